//! `ip address flush`.

use insula_net::{Address, Network, RemoveAddress, Request};
use rustix::io::Errno;

use super::super::options::Family;
use super::super::{Session, Stop, Words};
use super::filter::Filter;
use super::show;

/// Deletes the addresses that the words describe, until there are none.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.is_empty() {
        return Err(Stop::failed("Flush requires arguments."));
    }
    if session.options.family == Family::Link {
        return Err(Stop::failed("Cannot flush link addresses."));
    }
    let filter = Filter::parse(session, words)?;
    let loops = session.options.loops;
    let mut round = 0;
    while loops == 0 || round < loops {
        let mut all = show::list(session, &filter)?;
        all.retain(|address| filter.accepts(address, &session.name(address.index)));
        if all.is_empty() {
            return session.flushed(round);
        }
        round += 1;
        if session.options.stats > 1 {
            for address in &all {
                session.with_page(|session, page| show::event(session, page, address));
            }
        }
        remove(session, &all)?;
        if session.options.stats > 0 {
            let count = all.len();
            session.page.text(format_args!("\n*** Round {round}, deleting {count} addresses ***\n"));
        }
        if filter.is_of_primary() {
            return session.flushed(round);
        }
    }
    Err(Stop::failed(format!("*** Flush remains incomplete after {loops} rounds. ***")))
}

/// Deletes `all`. With a first address of its network a second one may go by itself.
fn remove(session: &mut Session, all: &[Address]) -> Result<(), Stop> {
    let requests: Vec<_> = all
        .iter()
        .map(|address| RemoveAddress {
            peer: address.peer,
            label: address.label.clone(),
            network: Network::Same,
            ..RemoveAddress::new(address.index, address.prefix)
        })
        .collect();
    let requests: Vec<&dyn Request> = requests.iter().map(|request| request as &dyn Request).collect();
    match session.route()?.perform_all(&requests) {
        Err(failed) if failed.source.errno() != Some(Errno::ADDRNOTAVAIL) => Err(failed.source.into()),
        _ => Ok(()),
    }
}
