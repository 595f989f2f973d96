//! `ip neigh flush`.

use insula_net::{DeleteNeighbour, NeighbourState, Request};
use rustix::io::Errno;

use super::super::{Session, Stop, Words};
use super::filter::Filter;
use super::show::{self, Device};

/// How often it tries.
const ROUNDS: u32 = 10;

/// Deletes the neighbours that the words describe, if none are said all but those that an administrator has made.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.is_empty() {
        return Err(Stop::failed("Flush requires arguments."));
    }
    let states = !(NeighbourState::PERMANENT | NeighbourState::NO_ARP).0;
    let filter = Filter::parse(session, words, states)?;
    let named = if filter.index.is_some() { Device::Known } else { Device::Shown };
    for round in 0..ROUNDS {
        let all = filter.list(session)?;
        if all.is_empty() {
            return session.flushed(round);
        }
        if session.options.stats > 1 {
            for one in &all {
                session.with_page(|session, page| {
                    page.object(|page| show::neighbour(session, page, one, named));
                });
            }
        }
        let count = all.len();
        let requests: Vec<_> = all.into_iter().map(|neighbour| DeleteNeighbour { neighbour }).collect();
        let requests: Vec<&dyn Request> = requests.iter().map(|request| request as &dyn Request).collect();
        if let Err(failed) = session.route()?.perform_all(&requests)
            && failed.source.errno() != Some(Errno::NOENT)
        {
            return Err(failed.source.into());
        }
        if session.options.stats > 0 {
            let round = round + 1;
            session.page.text(format_args!("\n*** Round {round}, deleting {count} entries ***\n"));
        }
    }
    Err(Stop::failed(format!("*** Flush not complete bailing out after {ROUNDS} rounds")))
}
