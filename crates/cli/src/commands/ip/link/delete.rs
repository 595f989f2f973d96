//! `ip link delete`.

use insula_net::{DeleteGroup, DeleteLink};

use super::super::{Session, Stop, Words};
use super::settings::Asked;

/// Deletes a link, or all of a group.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let asked = Asked::parse(session, words)?;
    if let Some(device) = &asked.device {
        let index = session.index(device)?;
        session.forget();
        session.change(DeleteLink { index }, Stop::from)
    } else {
        let Some(group) = asked.settings.group else {
            return Err(Stop::usage("Not enough information: \"dev\" argument is required."));
        };
        session.forget();
        session.change(DeleteGroup { group }, Stop::from)
    }
}
