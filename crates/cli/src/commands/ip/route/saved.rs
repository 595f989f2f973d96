//! `ip route save`, `restore` and `showdump`: routes in a file.

use std::io::Read as _;

use insula_net::{SavedRoutes, SavedRoutesError};
use insula_sys::errno::sentence_of;
use rustix::io::Errno;

use super::super::page::Page;
use super::super::{Session, Stop, Words};
use super::filter::Filter;
use super::show;
use crate::output;

/// Writes the routes that the words ask for to standard output.
pub(super) fn save(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(session, words)?;
    if output::is_terminal() {
        return Err(Stop::failed("Not sending a binary stream to stdout"));
    }
    let listed = SavedRoutes::list(session.route()?, &filter.of_kernel(), |route| filter.accepts(route));
    let refused = show::unless_missing(listed, &filter).map_err(|stop| stop.then("Dump terminated"));
    let (saved, done) = match refused {
        Ok(saved) => (saved, Ok(())),
        // What says that it is a file of routes is there before them.
        Err(stop) => (SavedRoutes::default(), Err(stop)),
    };
    output::print(saved.to_bytes()).map_err(|failure| Stop::output(&failure))?;
    done
}

/// Makes the routes in standard input; those that are there stay as they are.
pub(super) fn restore(session: &mut Session) -> Result<(), Stop> {
    for request in read()?.restore() {
        match session.route()?.perform(&request) {
            Err(error) if error.errno() == Some(Errno::EXIST) => output::complain(&Stop::from(error).text()),
            done => done?,
        }
    }
    Ok(())
}

/// Shows the routes in standard input.
pub(super) fn show_saved(session: &mut Session) -> Result<(), Stop> {
    let saved = read()?;
    // The original has no JSON here.
    let mut options = session.options.clone();
    options.json = false;
    let mut page = Page::new(&options);
    for route in saved.routes() {
        show::route(session, &mut page, &route, &Filter::all());
    }
    page.flush()
}

fn read() -> Result<SavedRoutes, Stop> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Stop::failed(format!("Can't read standard input: {}", sentence_of(&error))))?;
    SavedRoutes::parse(&bytes).map_err(|error| match error {
        SavedRoutesError::Magic { found } => {
            let elements = u8::from(bytes.len() >= 4);
            Stop::failed(format!("Magic mismatch ({elements} elems, {found:x} magic)"))
        }
        error => Stop::failed(error.to_string()),
    })
}
