//! `ip address`: addresses of interfaces.

mod change;
mod filter;
mod flags;
mod flush;
mod show;

use insula_net::Verb;

use super::verbs::Verbs;
use super::{Session, Stop, Words};

pub(super) use show::event;

/// What is between `ip address` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "address",
    without: show::run,
    table: &[
        (&["add"], |session, words| change::add(session, words, Verb::Add)),
        (&["change", "chg"], |session, words| change::add(session, words, Verb::Change)),
        (&["replace"], |session, words| change::add(session, words, Verb::Replace)),
        (&["delete"], change::delete),
        (&["list", "show", "lst"], show::run),
        (&["flush"], flush::run),
    ],
    absent: (
        &["save", "showdump", "restore"],
        "`ip -json address` writes the addresses, and a file for `ip -batch` gives them back",
    ),
    usage,
};

/// What `ip address help` says, as a failure: the original puts it on standard error and exits with 255.
fn usage() -> Stop {
    Stop::usage(HELP)
}

const HELP: &str = "\
Usage: ip address {add|change|replace} IFADDR dev IFNAME [valid_lft LFT] [preferred_lft LFT] [FLAG]...
       ip address del IFADDR dev IFNAME
       ip address {show|flush} [dev IFNAME] [scope SCOPE-ID] [to PREFIX] [FLAG]... [label LABEL] [up]
                               [master DEVICE] [vrf NAME] [group GROUP] [type TYPE]

IFADDR: PREFIX [peer PREFIX] [broadcast ADDR|+|-] [anycast ADDR] [label LABEL] [scope SCOPE-ID] [metric METRIC]
SCOPE-ID: host, link, global or NUMBER
FLAG: home, nodad, optimistic, mngtmpaddr, noprefixroute, autojoin; to show also dynamic, permanent, primary,
      secondary, temporary, tentative, deprecated, dadfailed, and those behind a minus
LFT: forever, or seconds";
