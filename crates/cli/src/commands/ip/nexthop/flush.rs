//! `ip nexthop flush`.

use insula_net::{DeleteNextHopObject, Error};
use rustix::io::Errno;

use super::super::{Session, Stop, Words};
use super::filter::Filter;

/// Deletes the next hops that the words ask for, and says how many they were.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(session, words)?;
    if let Filter::Id(id) = filter {
        let deleted = session.route()?.perform(&DeleteNextHopObject { id });
        return deleted.map_err(|error| Stop::from(error).exit(1));
    }
    let all = filter.list(session)?;
    for one in &all {
        match session.route()?.perform(&DeleteNextHopObject { id: one.id }) {
            // A group goes with the last of its members.
            Err(Error::Refused { source, .. }) if source.errno == Errno::NOENT => {}
            done => done?,
        }
    }
    if all.is_empty() {
        session.page.text("Nothing to flush\n");
    } else {
        session.page.text(format_args!("Flushed {} nexthops\n", all.len()));
    }
    session.page.flush()
}
