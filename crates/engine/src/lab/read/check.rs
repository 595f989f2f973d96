//! Assertions.
//!
//! ```yaml
//! checks:
//!   - reachable: {from: [h1, h2], to: web, protocol: tcp, port: 80}
//!   - unreachable: {from: h1, to: 10.0.3.2}
//!   - delay: {from: h1, to: h2, within: [35ms, 60ms]}
//!   - path: {from: h1, to: h2, via: [r1, r2]}
//! ```

use std::net::IpAddr;
use std::time::Duration;

use super::super::check::{Check, Expect, Hop, Probe};
use super::super::fields::{Fields, Text};
use super::super::problem::{FileError, Problem, Warning};
use super::super::topology::{NodeIndex, Topology, duration};
use super::super::yaml::Value;

/// What a check can be called.
const KINDS: &str = "a mapping with one of the keys reachable, unreachable, delay, path";
/// How long an answer may take if the file doesn't say.
const TIMEOUT: Duration = Duration::from_secs(3);
/// The same where none is expected, so that all of it passes.
const SILENCE: Duration = Duration::from_secs(1);

/// Reads one item of the list and adds the checks that it stands for.
pub(super) fn read(
    value: &Value,
    topology: &mut Topology,
    warnings: &mut Vec<Warning>,
) -> Result<(), FileError> {
    let line = value.place.line;
    let outer = Fields::of(format!("the check in line {line}"), "checks", value)?;
    let [(key, inner)] = outer.all() else {
        let text = format!("a mapping with {} keys", outer.all().len());
        return Err(Problem::Invalid { key: "checks".into(), text, expected: KINDS }.at(value.place));
    };
    let fields = Fields::of(outer.owner.clone(), &key.name, inner)?;
    let expect = match key.name.as_str() {
        "reachable" => Expect::Reachable,
        "unreachable" => Expect::Unreachable,
        "delay" => delay(&fields)?,
        "path" => path(&fields, topology)?,
        other => {
            let text = other.to_owned();
            return Err(Problem::Invalid { key: "checks".into(), text, expected: KINDS }.at(key.place));
        }
    };
    let probe = probe(&fields)?;
    let usual = if expect == Expect::Unreachable { SILENCE } else { TIMEOUT };
    let timeout = fields.text("timeout")?.map_or(Ok(usual), |given| time("timeout", &given))?;
    let (from, to) = (fields.texts("from")?, fields.texts("to")?);
    for (key, given) in [("from", &from), ("to", &to)] {
        if given.is_empty() {
            return Err(Problem::Missing { owner: fields.owner.clone(), key }.at(inner.place));
        }
    }
    let mut checks = Vec::new();
    for from in &from {
        let node = node(topology, from)?;
        for to in &to {
            let (to_node, to) = target(topology, node, to)?;
            checks.push(Check { line, from: node, to_node, to, probe, expect: expect.clone(), timeout });
        }
    }
    fields.finish(&[], warnings);
    topology.checks.extend(checks);
    Ok(())
}

fn delay(fields: &Fields<'_>) -> Result<Expect, FileError> {
    let within = fields.texts("within")?;
    let times = within.iter().map(|given| time("within", given)).collect::<Result<Vec<_>, _>>()?;
    let missing = || Problem::Missing { owner: fields.owner.clone(), key: "within" }.at(fields.place);
    let (least, most) = match times[..] {
        [most] => (Duration::ZERO, most),
        [least, most] if least <= most => (least, most),
        [] => return Err(missing()),
        _ => {
            let text = format!("a list of {}", times.len());
            let expected = "a time, or the shortest and the longest";
            return Err(Problem::Invalid { key: "within".into(), text, expected }.at(within[0].place));
        }
    };
    Ok(Expect::Delay { least, most })
}

fn path(fields: &Fields<'_>, topology: &Topology) -> Result<Expect, FileError> {
    let hop = |given: &Text<'_>| match given.text.parse::<IpAddr>() {
        Ok(address) => Ok(Hop::Address(address)),
        Err(_) => Ok(Hop::Node(node(topology, given)?)),
    };
    // No router at all can be a path too.
    fields.texts("via")?.iter().map(hop).collect::<Result<_, _>>().map(Expect::Path)
}

fn probe(fields: &Fields<'_>) -> Result<Probe, FileError> {
    let expected = "a port from 1 to 65535";
    let port = match fields.number("port", expected)? {
        None => None,
        Some((port, place)) => {
            let invalid = || Problem::Invalid { key: "port".into(), text: port.to_string(), expected };
            Some(u16::try_from(port).ok().filter(|port| *port != 0).ok_or_else(|| invalid().at(place))?)
        }
    };
    let protocol = fields.text("protocol")?;
    match (protocol.map(|protocol| protocol.text), port) {
        (None | Some("icmp"), None) => Ok(Probe::Echo),
        (Some("udp"), Some(port)) => Ok(Probe::Udp(port)),
        (None | Some("tcp"), Some(port)) => Ok(Probe::Tcp(port)),
        (Some("udp" | "tcp"), None) => {
            Err(Problem::Without { key: "protocol", other: "port" }.at(fields.place))
        }
        (Some(text), _) => {
            let expected = "icmp, without a port, or udp or tcp with one";
            let place = protocol.map_or(fields.place, |protocol| protocol.place);
            Err(Problem::Invalid { key: "protocol".into(), text: text.into(), expected }.at(place))
        }
    }
}

fn time(key: &str, given: &Text<'_>) -> Result<Duration, FileError> {
    let expected = "a time such as `40ms`, of at most an hour";
    let invalid = || Problem::Invalid { key: key.into(), text: given.text.into(), expected };
    duration(given.text).filter(|time| !time.is_zero()).ok_or_else(|| invalid().at(given.place))
}

/// The node of a name, which is a machine.
fn node(topology: &Topology, given: &Text<'_>) -> Result<NodeIndex, FileError> {
    let unknown = || Problem::UnknownNode { node: given.text.to_owned() }.at(given.place);
    let index = topology.find(given.text).ok_or_else(unknown)?;
    if !topology.node(index).role.is_bridge() {
        return Ok(index);
    }
    let why = "is a bridge, and has no addresses";
    Err(Problem::CheckNode { node: given.text.to_owned(), why }.at(given.place))
}

/// The address that is meant: of a node, one in a network that the asking node is in, else the first.
fn target(
    topology: &Topology,
    from: NodeIndex,
    given: &Text<'_>,
) -> Result<(Option<NodeIndex>, IpAddr), FileError> {
    if let Ok(address) = given.text.parse::<IpAddr>() {
        return Ok((topology.owner(address), address));
    }
    let index = node(topology, given)?;
    let near: Vec<_> = topology.ends_in(from).flat_map(|end| &end.addresses).collect();
    let all: Vec<_> = topology.ends_in(index).flat_map(|end| &end.addresses).collect();
    let found = all.iter().find(|address| near.iter().any(|near| near.network() == address.network()));
    let why = "has no address: `addr` of its endpoints gives it one";
    let none = || Problem::CheckNode { node: given.text.to_owned(), why }.at(given.place);
    found.or(all.first()).map(|address| (Some(index), address.address)).ok_or_else(none)
}
