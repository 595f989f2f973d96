//! `ip neigh`: link-layer addresses of neighbours.

mod change;
mod filter;
mod flush;
mod get;
mod show;

use insula_net::Verb;

use super::words::matches;
use super::{Session, Stop, Words};

pub(super) use show::{Device, forwarding, neighbour as show};

/// What is between `ip neigh` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let Some(verb) = words.take() else { return show::run(session, words) };
    let is = |names: &[&str]| names.iter().any(|name| matches(verb, name));
    if is(&["add"]) {
        change::add(session, words, Verb::Add)
    } else if is(&["change", "chg"]) {
        change::add(session, words, Verb::Change)
    } else if is(&["replace"]) {
        change::add(session, words, Verb::Replace)
    } else if is(&["delete"]) {
        change::delete(session, words)
    } else if is(&["get"]) {
        get::run(session, words)
    } else if is(&["show", "lst", "list"]) {
        show::run(session, words)
    } else if is(&["flush"]) {
        flush::run(session, words)
    } else if is(&["help"]) {
        Err(usage())
    } else {
        Err(Stop::unknown_command(verb, "neigh"))
    }
}

/// What `ip neigh help` says, as a failure: the original puts it on standard error and exits with 255.
fn usage() -> Stop {
    Stop::usage(HELP)
}

const HELP: &str = "\
Usage: ip neigh {add|del|change|replace} {ADDR [lladdr LLADDR] [nud STATE] | proxy ADDR} [dev DEV]
                [router] [use] [managed] [extern_learn] [protocol PROTO]
       ip neigh {show|flush} [proxy] [to PREFIX] [dev DEV] [nud STATE] [vrf NAME] [nomaster] [unused]
       ip neigh get {ADDR|proxy ADDR} dev DEV

STATE: delay, failed, incomplete, noarp, none, permanent, probe, reachable, stale; to show also all";
