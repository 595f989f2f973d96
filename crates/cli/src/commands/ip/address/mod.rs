//! `ip address`: addresses of interfaces.

mod change;
mod filter;
mod flags;
mod flush;
mod show;

use insula_net::Verb;

use super::words::matches;
use super::{Session, Stop, Words};

pub(super) use show::event;

/// What is between `ip address` and the end of the line.
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
    } else if is(&["list", "show", "lst"]) {
        show::run(session, words)
    } else if is(&["flush"]) {
        flush::run(session, words)
    } else if is(&["save", "showdump", "restore"]) {
        Err(Stop::failed(format!("`ip address {verb}` is not supported"))
            .hint("`ip -json address` writes the addresses, and a file for `ip -batch` gives them back"))
    } else if is(&["help"]) {
        Err(usage())
    } else {
        Err(Stop::unknown_command(verb, "address"))
    }
}

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
