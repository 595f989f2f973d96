//! `ip link`: interfaces.

mod brief;
mod filter;
mod flags;
mod hardware;
mod show;
mod statistics;

use super::page::Page;
use super::words::matches;
use super::{Session, Stop, Words};

pub(super) use filter::Filter;
pub(super) use show::Purpose;
pub(super) use statistics::show as statistics;

/// Shows one link, or the part of it that `purpose` needs.
pub(super) fn describe(session: &mut Session, page: &mut Page, link: &insula_net::Link, purpose: Purpose) {
    if session.options.brief {
        brief::head(session, page, link);
        if purpose == Purpose::LinkAddress {
            brief::tail(session, page, link);
        }
    } else {
        show::part(session, page, link, purpose);
    }
}

/// What is between `ip link` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let Some(verb) = words.take() else { return show::run(session, words) };
    if matches(verb, "show") || matches(verb, "lst") || matches(verb, "list") {
        return show::run(session, words);
    }
    Err(Stop::unknown_command(verb, "link"))
}

/// What `ip link help` says, as a failure: the original puts it on standard error and exits with 255.
fn usage() -> Stop {
    Stop::usage(HELP)
}

const HELP: &str = "\
Usage: ip link [show] [dev NAME | NAME] [up] [group GROUP] [master DEVICE | nomaster] [vrf NAME] [type TYPE]";
