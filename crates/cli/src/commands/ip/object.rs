//! The objects that `ip` is asked about.

use super::{
    Session, Stop, Words, address, address_label, link, monitor, multicast, multicast_route, neighbour,
    neighbour_table, netconf, netns, nexthop, route, rule, token, tunnel, tuntap, usage, vrf,
};

/// One of them.
pub(super) struct Object {
    pub(super) name: &'static str,
    /// Does what the rest of the words say.
    pub(super) run: fn(&mut Session, &mut Words<'_>) -> Result<(), Stop>,
}

/// All that iproute2 6.1 knows, in its order: an abbreviation means the first that begins so.
#[rustfmt::skip] // One a line.
pub(super) const OBJECTS: &[Object] = &[
    Object { name: "address", run: address::run },
    Object { name: "addrlabel", run: address_label::run },
    Object { name: "maddress", run: multicast::run },
    Object { name: "route", run: route::run },
    Object { name: "rule", run: rule::run },
    Object { name: "neighbor", run: neighbour::run },
    Object { name: "neighbour", run: neighbour::run },
    Object { name: "ntable", run: neighbour_table::run },
    Object { name: "ntbl", run: neighbour_table::run },
    Object { name: "link", run: link::run },
    Object { name: "l2tp", run: absent },
    Object { name: "fou", run: absent },
    Object { name: "ila", run: absent },
    Object { name: "macsec", run: absent },
    Object { name: "tunnel", run: tunnel::run },
    Object { name: "tunl", run: tunnel::run },
    Object { name: "tuntap", run: tuntap::run },
    Object { name: "tap", run: tuntap::run },
    Object { name: "token", run: token::run },
    Object { name: "tcpmetrics", run: absent },
    Object { name: "tcp_metrics", run: absent },
    Object { name: "monitor", run: monitor::run },
    Object { name: "xfrm", run: absent },
    Object { name: "mroute", run: multicast_route::run },
    Object { name: "mrule", run: absent },
    Object { name: "netns", run: netns::run },
    Object { name: "netconf", run: netconf::run },
    Object { name: "vrf", run: vrf::run },
    Object { name: "sr", run: absent },
    Object { name: "nexthop", run: nexthop::run },
    Object { name: "mptcp", run: absent },
    Object { name: "ioam", run: absent },
    Object { name: "help", run: help },
    Object { name: "stats", run: absent },
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
    if object.run as usize == absent as fn(&mut Session, &mut Words<'_>) -> Result<(), Stop> as usize {
        return Err(unknown()
            .cause(format!("insula has no `ip {}`", object.name))
            .hint("the `ip` of iproute2 has it"));
    }
    (object.run)(session, words)
}

/// An object of iproute2's that we do not have.
fn absent(_: &mut Session, _: &mut Words<'_>) -> Result<(), Stop> {
    Err(Stop::failed("no such object"))
}

fn help(_: &mut Session, _: &mut Words<'_>) -> Result<(), Stop> {
    Err(usage())
}
