//! `ip nexthop`: next hops as objects, which routes name by number.

mod bucket;
mod change;
mod filter;
mod flush;
mod show;

use insula_net::Verb;

use super::verbs::Verbs;
use super::{Session, Stop, Words};

pub(super) use show::{inner, object as show};

/// What is between `ip nexthop` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "nexthop",
    without: show::run,
    table: &[
        (&["add"], |session, words| change::add(session, words, Verb::Add)),
        (&["replace"], |session, words| change::add(session, words, Verb::Replace)),
        (&["delete"], change::delete),
        (&["list", "show", "lst"], show::run),
        (&["get"], show::get),
        (&["flush"], flush::run),
        (&["bucket"], bucket::run),
    ],
    absent: (&[], ""),
    usage,
};

/// The next word as the number of a next hop.
fn number(words: &mut Words<'_>) -> Result<u32, Stop> {
    words.number("invalid id value")
}

/// What `ip nexthop help` says, as a failure: the original puts it on standard error and exits with 255.
fn usage() -> Stop {
    Stop::usage(HELP)
}

const HELP: &str = "\
Usage: ip nexthop {list|flush} [protocol PROTO] [SELECTOR]
       ip nexthop {add|replace} id ID WAY [protocol PROTO]
       ip nexthop {get|del} id ID
       ip nexthop bucket list [SELECTOR | nhid ID]
       ip nexthop bucket get id ID index NUMBER

SELECTOR: id ID, dev DEV, vrf NAME, master DEV, groups, fdb
WAY: blackhole | [via [FAMILY] ADDRESS] [dev DEV] [onlink] [fdb] | group ID[,WEIGHT][/ID[,WEIGHT]]... [fdb] [TYPE]
TYPE: type mpath | type resilient [buckets NUMBER] [idle_timer SECONDS] [unbalanced_timer SECONDS]";
