//! The objects that `ip` is asked about.

use super::verbs::Run;
use super::{
    Session, Stop, Words, address, address_label, link, monitor, multicast, multicast_route, neighbour,
    neighbour_table, netconf, netns, nexthop, route, rule, token, tunnel, tuntap, usage, vrf,
};

/// One of them.
pub(super) struct Object {
    pub(super) name: &'static str,
    /// Does what the rest of the words say; `None` for one of iproute2's that we do not have.
    pub(super) run: Option<Run>,
}

/// All that iproute2 6.1 knows, in its order: an abbreviation means the first that begins so.
#[rustfmt::skip] // One a line.
pub(super) const OBJECTS: &[Object] = &[
    Object { name: "address", run: Some(address::run) },
    Object { name: "addrlabel", run: Some(address_label::run) },
    Object { name: "maddress", run: Some(multicast::run) },
    Object { name: "route", run: Some(route::run) },
    Object { name: "rule", run: Some(rule::run) },
    Object { name: "neighbor", run: Some(neighbour::run) },
    Object { name: "neighbour", run: Some(neighbour::run) },
    Object { name: "ntable", run: Some(neighbour_table::run) },
    Object { name: "ntbl", run: Some(neighbour_table::run) },
    Object { name: "link", run: Some(link::run) },
    Object { name: "l2tp", run: None },
    Object { name: "fou", run: None },
    Object { name: "ila", run: None },
    Object { name: "macsec", run: None },
    Object { name: "tunnel", run: Some(tunnel::run) },
    Object { name: "tunl", run: Some(tunnel::run) },
    Object { name: "tuntap", run: Some(tuntap::run) },
    Object { name: "tap", run: Some(tuntap::run) },
    Object { name: "token", run: Some(token::run) },
    Object { name: "tcpmetrics", run: None },
    Object { name: "tcp_metrics", run: None },
    Object { name: "monitor", run: Some(monitor::run) },
    Object { name: "xfrm", run: None },
    Object { name: "mroute", run: Some(multicast_route::run) },
    Object { name: "mrule", run: None },
    Object { name: "netns", run: Some(netns::run) },
    Object { name: "netconf", run: Some(netconf::run) },
    Object { name: "vrf", run: Some(vrf::run) },
    Object { name: "sr", run: None },
    Object { name: "nexthop", run: Some(nexthop::run) },
    Object { name: "mptcp", run: None },
    Object { name: "ioam", run: None },
    Object { name: "help", run: Some(help) },
    Object { name: "stats", run: None },
];

/// Those that ask the kernel by [`Session::route`] alone, in whatever namespace that is.
const ANYWHERE: [&str; 15] = [
    "address",
    "addrlabel",
    "route",
    "rule",
    "neighbor",
    "neighbour",
    "link",
    "nexthop",
    "netconf",
    "ntable",
    "ntbl",
    "token",
    "tunnel",
    "tunl",
    "mroute",
];

/// Runs a line of a batch, which can begin with the name of a namespace.
pub(super) fn run_line(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    if !matches!(words.peek(), Some("-n" | "-netns")) {
        session.go(None)?;
        return run(session, words);
    }
    words.take();
    let name = words.value()?;
    let object = words.peek().unwrap_or_default();
    let known = find(object).is_some_and(|found| ANYWHERE.contains(&found.name));
    if !known && !object.is_empty() {
        return Err(Stop::failed(format!("Object \"{object}\" cannot follow \"-n\" in a batch."))
            .hint(format!("`ip -n {name} -batch FILE` has all of a batch in `{name}`")));
    }
    session.go(Some(name))?;
    run(session, words)
}

fn find(word: &str) -> Option<&'static Object> {
    OBJECTS.iter().find(|object| super::words::matches(word, object.name))
}

/// Runs one command line: an object and what follows.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let word = words.value()?;
    let unknown = || Stop::failed(format!("Object \"{word}\" is unknown, try \"ip help\"."));
    let object = find(word).ok_or_else(unknown)?;
    let absent = || {
        let cause = format!("insula has no `ip {}`", object.name);
        unknown().cause(cause).hint("the `ip` of iproute2 has it")
    };
    object.run.ok_or_else(absent)?(session, words)
}

fn help(_: &mut Session, _: &mut Words<'_>) -> Result<(), Stop> {
    Err(usage())
}
