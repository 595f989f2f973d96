//! `ip rule`: which table is asked for which packets.

mod change;
mod filter;
mod show;

use insula_net::{DeleteRule, Family, Rule};

use super::verbs::Verbs;
use super::{Session, Stop, Words};
use filter::Filter;

pub(super) use show::rule as show;

/// What is between `ip rule` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "rule",
    without: show::run,
    table: &[
        (&["list", "lst", "show"], show::run),
        (&["add"], change::add),
        (&["delete"], change::delete),
        (&["flush"], flush),
    ],
    absent: (
        &["save", "restore"],
        "`ip -json rule` writes the rules, and a file for `ip -batch` gives them back",
    ),
    usage,
};

/// The rules of the family that is asked for, which is IPv4 where none is.
fn list(session: &mut Session) -> Result<Vec<Rule>, Stop> {
    let family = session.options.family.of_ip().unwrap_or(Family::V4);
    Ok(Rule::list(session.route()?, Some(family))?)
}

/// Deletes the rules that the words ask for; the first one stays, by which the kernel's own table is asked.
fn flush(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(session, words)?;
    for rule in list(session)? {
        let wanted = filter.accepts(&rule) && filter.is_of_protocol(&rule);
        if wanted && rule.priority.is_some_and(|priority| priority != 0) {
            session.route()?.perform(&DeleteRule { rule })?;
        }
    }
    Ok(())
}

/// What `ip rule help` says, as a failure: the original puts it on standard error and exits with 255.
fn usage() -> Stop {
    Stop::usage(HELP)
}

const HELP: &str = "\
Usage: ip rule {add|del} SELECTOR ACTION
       ip rule flush [protocol PROTO]
       ip rule [list [SELECTOR]]

SELECTOR: [not] [from PREFIX] [to PREFIX] [tos TOS] [fwmark MARK[/MASK]] [iif NAME] [oif NAME] [pref NUMBER]
          [l3mdev] [uidrange NUMBER-NUMBER] [ipproto PROTOCOL] [sport NUMBER[-NUMBER]] [dport NUMBER[-NUMBER]]
          [tun_id NUMBER]
ACTION: [table TABLE] [protocol PROTO] [prohibit|unreachable|blackhole] [realms [SRC/]DST]
        [goto NUMBER] [nop] [suppress_prefixlength NUMBER] [suppress_ifgroup GROUP]";
