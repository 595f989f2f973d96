//! `ip route`: routes.

mod change;
mod filter;
mod flush;
mod get;
mod hops;
mod metrics;
mod show;

use insula_net::Verb;

use super::words::matches;
use super::{Session, Stop, Words};

pub(super) use filter::{Filter, realms};
pub(super) use show::{color, route as show, service};

/// What is between `ip route` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let Some(verb) = words.take() else { return show::run(session, words) };
    let is = |names: &[&str]| names.iter().any(|name| matches(verb, name));
    if is(&["list", "show", "lst"]) {
        show::run(session, words)
    } else if is(&["get"]) {
        get::run(session, words)
    } else if is(&["add"]) {
        change::add(session, words, Verb::Add)
    } else if is(&["change", "chg"]) {
        change::add(session, words, Verb::Change)
    } else if is(&["replace"]) {
        change::add(session, words, Verb::Replace)
    } else if is(&["prepend"]) {
        change::add(session, words, Verb::Prepend)
    } else if is(&["append"]) {
        change::add(session, words, Verb::Append)
    } else if is(&["delete"]) {
        change::delete(session, words)
    } else if is(&["flush"]) {
        flush::run(session, words)
    } else if is(&["save", "restore", "showdump", "test"]) {
        Err(Stop::failed(format!("`ip route {verb}` is not supported"))
            .hint("`ip -json route` writes the routes, and a file for `ip -batch` gives them back"))
    } else if is(&["help"]) {
        Err(usage())
    } else {
        Err(Stop::unknown_command(verb, "route"))
    }
}

/// What `ip route help` says, as a failure: the original puts it on standard error and exits with 255.
fn usage() -> Stop {
    Stop::usage(HELP)
}

const HELP: &str = "\
Usage: ip route {list|flush} SELECTOR
       ip route get [fibmatch] ADDRESS [from ADDRESS [iif IFNAME]] [oif IFNAME] [mark MARK] [tos TOS] [uid UID]
                    [ipproto PROTOCOL] [sport PORT] [dport PORT]
       ip route {add|change|append|prepend|replace|del} ROUTE

SELECTOR: [root PREFIX] [match PREFIX] [exact PREFIX] [table TABLE|all] [vrf NAME] [proto PROTO] [type TYPE]
          [scope SCOPE] [dev IFNAME] [via ADDRESS] [src ADDRESS] [from PREFIX] [metric METRIC] [tos TOS]
ROUTE: [TYPE] PREFIX [from PREFIX] [tos TOS] [table TABLE] [proto PROTO] [scope SCOPE] [metric METRIC]
       [via [FAMILY] ADDRESS] [dev IFNAME] [src ADDRESS] [onlink] [OPTION]... [nexthop HOP]...
HOP: [via [FAMILY] ADDRESS] [dev IFNAME] [weight NUMBER] [realms REALM] [onlink]
OPTION: mtu, advmss, window, rtt, rttvar, ssthresh, cwnd, initcwnd, initrwnd, reordering, hoplimit, rto_min,
        quickack, features, congctl, fastopen_no_cookie, each with its value; [lock] before some; realms REALM,
        pref low|medium|high, expires SECONDS, nhid ID
TYPE: unicast, local, broadcast, multicast, throw, unreachable, prohibit, blackhole";
