//! `ip route`: routes.

mod change;
mod filter;
mod flush;
mod get;
mod hops;
mod metrics;
mod saved;
mod show;

use insula_net::Verb;

use super::verbs::Verbs;
use super::{Session, Stop, Words};

pub(super) use filter::{Filter, family_word, protocol, realms};
pub(super) use hops::unsupported;
pub(super) use show::{color, encapsulation, flags, route as show, service};

/// What is between `ip route` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "route",
    without: show::run,
    table: &[
        (&["list", "show", "lst"], show::run),
        (&["get"], get::run),
        (&["add"], |session, words| change::add(session, words, Verb::Add)),
        (&["change", "chg"], |session, words| change::add(session, words, Verb::Change)),
        (&["replace"], |session, words| change::add(session, words, Verb::Replace)),
        (&["prepend"], |session, words| change::add(session, words, Verb::Prepend)),
        (&["append"], |session, words| change::add(session, words, Verb::Append)),
        (&["delete"], change::delete),
        (&["test"], |session, words| change::add(session, words, Verb::Test)),
        (&["flush"], flush::run),
        (&["save"], saved::save),
        (&["restore"], |session, _| saved::restore(session)),
        (&["showdump"], |session, _| saved::show_saved(session)),
    ],
    absent: (&[], ""),
    usage,
};

/// What `ip route help` says, as a failure: the original puts it on standard error and exits with 255.
fn usage() -> Stop {
    Stop::usage(HELP)
}

const HELP: &str = "\
Usage: ip route {list|flush|save} SELECTOR
       ip route {restore|showdump}
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
