//! `ip neigh`: link-layer addresses of neighbours.

mod change;
mod filter;
mod flush;
mod get;
mod show;

use insula_net::Verb;

use super::verbs::Verbs;
use super::{Session, Stop, Words};

pub(super) use show::{Device, forwarding, neighbour as show};

/// What is between `ip neigh` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "neigh",
    without: show::run,
    table: &[
        (&["add"], |session, words| change::add(session, words, Verb::Add)),
        (&["change", "chg"], |session, words| change::add(session, words, Verb::Change)),
        (&["replace"], |session, words| change::add(session, words, Verb::Replace)),
        (&["delete"], change::delete),
        (&["get"], get::run),
        (&["show", "lst", "list"], show::run),
        (&["flush"], flush::run),
    ],
    absent: (&[], ""),
    usage,
};

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
