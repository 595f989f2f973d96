//! Links, in the brief form and in the extended ones.

use std::collections::HashMap;
use std::net::IpAddr;

use insula_net::{HardwareAddress, Prefix};

use super::super::fields::{Fields, Text, list, text};
use super::super::impairments::Impairments;
use super::super::interface::InterfaceName;
use super::super::problem::{FileError, Problem, Warning};
use super::super::topology::{At, DEFAULT_MTU, End, Link, MacvlanMode, Node, NodeIndex, Tunnel, Wire};
use super::super::yaml::{Content, Place, Value};
use super::keys::OF_LINKS;
use crate::set::SetName;

/// The types of links, for messages.
const TYPES: &str = "veth, host, mgmt-net, macvlan, vxlan, vxlan-stitch, dummy";
/// The port that containerlab has for VXLAN, as labs at the other end of a link have it; not the one of IANA.
const VXLAN_PORT: u16 = 14_789;
/// The keys of an end that hold addresses.
const ADDRESS_KEYS: [&str; 3] = ["addr", "ipv4", "ipv6"];

/// What links are read with: the nodes by name, and how long packets may be on links to the management network.
#[derive(Debug)]
pub(super) struct Links<'a> {
    lab: &'a SetName,
    nodes: HashMap<&'a str, NodeIndex>,
    management_mtu: Option<u32>,
}

/// An end as it is written: a node or a word that stands for something else, and an interface.
struct Written<'a> {
    place: Place,
    node: &'a str,
    interface: &'a str,
    rest: Option<Fields<'a>>,
}

impl<'a> Links<'a> {
    pub(super) fn of(lab: &'a SetName, nodes: &'a [Node], management_mtu: Option<u32>) -> Self {
        let index = |(index, node): (usize, &'a Node)| (node.name.as_str(), NodeIndex(index));
        Self { lab, nodes: nodes.iter().enumerate().map(index).collect(), management_mtu }
    }

    /// Reads one link.
    pub(super) fn read(&mut self, value: &Value, warnings: &mut Vec<Warning>) -> Result<Link, FileError> {
        let line = value.place.line;
        let fields = Fields::of(format!("the link in line {line}"), "links", value)?;
        let mtu = mtu(&fields)?;
        fields.get("labels");
        fields.get("vars");
        let wire = match fields.text("type")? {
            None | Some(Text { text: "brief" | "veth", .. }) => self.pair(&fields, warnings)?,
            Some(Text { text: text @ ("host" | "mgmt-net"), .. }) => {
                let end = self.end_of(&fields, warnings)?;
                let interface = named(&fields.needed("host-interface")?)?;
                let at = if text == "host" { At::Host } else { At::Management };
                Wire::Veth(end, End { at, interface, ..bare() })
            }
            Some(Text { text: "dummy", .. }) => Wire::Dummy(self.end_of(&fields, warnings)?),
            Some(Text { text: "macvlan", .. }) => Wire::Macvlan {
                end: self.end_of(&fields, warnings)?,
                parent: named(&fields.needed("host-interface")?)?,
                mode: mode(&fields)?,
            },
            Some(Text { text: "vxlan", .. }) => {
                Wire::Vxlan { end: self.end_of(&fields, warnings)?, tunnel: tunnel(&fields)? }
            }
            Some(Text { text: "vxlan-stitch", .. }) => self.stitch(&fields, warnings)?,
            Some(other) => {
                let found = other.text.to_owned();
                return Err(Problem::LinkType { found, expected: TYPES }.at(other.place));
            }
        };
        let common = impairments(&fields, warnings)?;
        fields.finish(&OF_LINKS, warnings);
        let own = match &wire {
            Wire::Veth(first, second) if [first, second].iter().any(|end| end.at == At::Management) => {
                Some(self.management_mtu.unwrap_or(DEFAULT_MTU))
            }
            Wire::Veth(..) | Wire::Dummy(_) => Some(DEFAULT_MTU),
            // Of an interface that leads outside, the way there decides.
            Wire::Macvlan { .. } | Wire::Vxlan { .. } => None,
            // But a pair does not know of a way behind its end, and sends what is too long for that.
            Wire::VxlanStitch { tunnel, .. } => Some(if tunnel.remote.is_ipv4() { 1450 } else { 1430 }),
        };
        let mut whole = Link { line, mtu: mtu.or(own), wire };
        whole.impair(common);
        Ok(whole)
    }

    /// A link with two endpoints, or what the second of them stands for.
    fn pair(&self, fields: &Fields<'_>, warnings: &mut Vec<Warning>) -> Result<Wire, FileError> {
        let missing = || Problem::Missing { owner: fields.owner.clone(), key: "endpoints" }.at(fields.place);
        let value = fields.get("endpoints").ok_or_else(missing)?;
        let items = list("endpoints", value)?;
        let mut written = items.iter().map(written).collect::<Result<Vec<_>, _>>()?;
        let addresses = addresses(fields, items.len())?;
        let special = written.iter().position(|end| matches!(end.node, "dummy" | "macvlan"));
        let mut end = |index: usize, written: Written<'_>| -> Result<End, FileError> {
            let mut end = self.end(written, warnings)?;
            end.addresses.extend_from_slice(&addresses[index]);
            Ok(end)
        };
        match (items.len(), special) {
            (2, None) => {
                let second = written.pop().expect("there are two");
                let first = written.pop().expect("there are two");
                Ok(Wire::Veth(end(0, first)?, end(1, second)?))
            }
            (2, Some(index)) => {
                let special = written.remove(index);
                let end = end(1 - index, written.remove(0))?;
                if special.node == "dummy" {
                    return Ok(Wire::Dummy(end));
                }
                let parent = named(&Text { place: special.place, text: special.interface })?;
                Ok(Wire::Macvlan { end, parent, mode: MacvlanMode::Bridge })
            }
            (found, _) => Err(Problem::EndCount { found }.at(value.place)),
        }
    }

    /// What is at the host of it is called after the lab and the end in it.
    fn stitch(&self, fields: &Fields<'_>, warnings: &mut Vec<Warning>) -> Result<Wire, FileError> {
        let place = fields.place;
        let end = self.end_of(fields, warnings)?;
        let At::Node(NodeIndex(index)) = end.at else { return Err(Problem::Outside.at(place)) };
        let node = self.nodes.iter().find(|(_, node)| node.0 == index).map_or("", |(name, _)| name);
        let at_host = |prefix: &str| -> Result<End, FileError> {
            let name = format!("{prefix}-{}-{node}_{}", self.lab, end.interface);
            Ok(End { interface: named(&Text { place, text: &name })?, ..bare() })
        };
        Ok(Wire::VxlanStitch {
            outer: at_host("ve")?,
            mouth: Box::new(at_host("vx")?),
            tunnel: tunnel(fields)?,
            end,
        })
    }

    /// The one end of a link that has one in the lab.
    fn end_of(&self, fields: &Fields<'_>, warnings: &mut Vec<Warning>) -> Result<End, FileError> {
        let missing = || Problem::Missing { owner: fields.owner.clone(), key: "endpoint" }.at(fields.place);
        let value = fields.get("endpoint").ok_or_else(missing)?;
        self.end(written(value)?, warnings)
    }

    fn end(&self, written: Written<'_>, warnings: &mut Vec<Warning>) -> Result<End, FileError> {
        let Written { place, node, interface, rest } = written;
        let at = match node {
            "host" => At::Host,
            "mgmt-net" => At::Management,
            "vxlan" | "vxlan-stitch" => {
                let found = node.to_owned();
                let expected = "host, mgmt-net, macvlan and dummy can stand for a node; vxlan and vxlan-stitch have the extended form";
                return Err(Problem::LinkType { found, expected }.at(place));
            }
            name => match self.nodes.get(name) {
                Some(index) => At::Node(*index),
                None => return Err(Problem::UnknownNode { node: name.to_owned() }.at(place)),
            },
        };
        let interface = named(&Text { place, text: interface })?;
        let mut end = End { at, interface, ..bare() };
        let Some(rest) = rest else { return Ok(end) };
        if let Some(given) = rest.text("mac")? {
            let expected = "six bytes as `02:00:00:00:00:01`, not of a group";
            let invalid = || Problem::Invalid { key: "mac".into(), text: given.text.into(), expected };
            end.mac = Some(mac(given.text).ok_or_else(|| invalid().at(given.place))?);
        }
        for key in ADDRESS_KEYS {
            for given in rest.texts(key)?.iter().filter(|given| !given.text.is_empty()) {
                end.addresses.push(address(key, given)?);
            }
        }
        end.impairments = impairments(&rest, warnings)?;
        rest.get("vars");
        rest.get("labels");
        rest.finish(&[], warnings);
        Ok(end)
    }
}

impl Link {
    /// What happens in both directions, where an end has nothing of its own.
    fn impair(&mut self, common: Impairments) {
        let (first, second) = match &mut self.wire {
            Wire::Veth(first, second) | Wire::VxlanStitch { end: first, outer: second, .. } => {
                (first, Some(second))
            }
            Wire::Dummy(end) | Wire::Macvlan { end, .. } | Wire::Vxlan { end, .. } => (end, None),
        };
        for end in std::iter::once(first).chain(second).filter(|end| end.impairments.is_none()) {
            end.impairments = common;
        }
    }
}

fn bare() -> End {
    End {
        at: At::Host,
        interface: "none".parse().expect("a name"),
        mac: None,
        addresses: Vec::new(),
        impairments: Impairments::default(),
    }
}

/// An endpoint: `"NODE:INTERFACE"`, or a mapping.
fn written(value: &Value) -> Result<Written<'_>, FileError> {
    let place = value.place;
    if let Content::Text(text) = &value.content {
        if text == "dummy" {
            return Ok(Written { place, node: text, interface: "", rest: None });
        }
        let (node, interface) =
            text.split_once(':').ok_or_else(|| Problem::Endpoint { text: text.clone() }.at(place))?;
        return Ok(Written { place, node, interface, rest: None });
    }
    let fields = Fields::of(format!("the endpoint in line {}", place.line), "endpoints", value)?;
    let (node, interface) = (fields.needed("node")?, fields.needed("interface")?);
    Ok(Written { place, node: node.text, interface: interface.text, rest: Some(fields) })
}

pub(super) fn named(given: &Text<'_>) -> Result<InterfaceName, FileError> {
    given.text.parse().map_err(|error| Problem::InterfaceName(error).at(given.place))
}

/// The addresses that a link has for its ends, in the order of these.
fn addresses(fields: &Fields<'_>, ends: usize) -> Result<Vec<Vec<Prefix>>, FileError> {
    let mut all = vec![Vec::new(); ends];
    for key in ADDRESS_KEYS {
        let Some(value) = fields.get(key) else { continue };
        let items = list(key, value)?;
        if items.len() > ends {
            let expected = "a list with one address for each endpoint, or an empty text";
            let text = format!("a list of {}", items.len());
            return Err(Problem::Invalid { key: key.into(), text, expected }.at(value.place));
        }
        for (own, item) in all.iter_mut().zip(items) {
            if item.content != Content::Null && item.content != Content::Text(String::new()) {
                own.push(address(key, &text(key, item)?)?);
            }
        }
    }
    Ok(all)
}

fn address(key: &str, given: &Text<'_>) -> Result<Prefix, FileError> {
    let parsed = given.text.parse::<Prefix>().ok().filter(|_| given.text.contains('/'));
    let found = parsed.filter(|prefix| match key {
        "ipv4" => prefix.address.is_ipv4(),
        "ipv6" => prefix.address.is_ipv6(),
        _ => true,
    });
    let expected = match key {
        "ipv4" => "an address with the length of its prefix, such as `10.0.0.1/24`",
        "ipv6" => "an address with the length of its prefix, such as `2001:db8::1/64`",
        _ => "an address with the length of its prefix, such as `10.0.0.1/24` or `2001:db8::1/64`",
    };
    found.ok_or_else(|| {
        Problem::Invalid { key: key.into(), text: given.text.into(), expected }.at(given.place)
    })
}

/// A hardware address of one interface.
fn mac(text: &str) -> Option<HardwareAddress> {
    let address: HardwareAddress = text.parse().ok()?;
    let bytes = address.bytes();
    (bytes.len() == 6 && bytes[0] & 1 == 0 && bytes != [0; 6]).then_some(address)
}

/// Where a link of type `vxlan` or `vxlan-stitch` leads.
fn tunnel(fields: &Fields<'_>) -> Result<Tunnel, FileError> {
    let remote = fields.needed("remote")?;
    let expected = "the address of another machine";
    let invalid = || Problem::Invalid { key: "remote".into(), text: remote.text.into(), expected };
    let address: IpAddr = remote.text.parse().map_err(|_| invalid().at(remote.place))?;
    let expected = "a number below 16777216";
    let invalid = |key: &str, number: u64, expected, place| {
        Problem::Invalid { key: key.into(), text: number.to_string(), expected }.at(place)
    };
    let missing = || Problem::Missing { owner: fields.owner.clone(), key: "vni" }.at(fields.place);
    let (vni, place) = fields.number("vni", expected)?.ok_or_else(missing)?;
    let fits = u32::try_from(vni).ok().filter(|vni| *vni < 1 << 24);
    let vni = fits.ok_or_else(|| invalid("vni", vni, expected, place))?;
    let port = |key: &str| {
        let expected = "a port";
        let Some((number, place)) = fields.number(key, expected)? else { return Ok(None) };
        u16::try_from(number).map(Some).map_err(|_| invalid(key, number, expected, place))
    };
    let (old, new) = (port("udp-port")?, port("dst-port")?);
    Ok(Tunnel {
        remote: address,
        vni,
        port: new.or(old).unwrap_or(VXLAN_PORT),
        source_port: port("src-port")?,
        parent: fields.text("parent-interface")?.map(|parent| named(&parent)).transpose()?,
    })
}

/// How long packets may be.
pub(super) fn mtu(fields: &Fields<'_>) -> Result<Option<u32>, FileError> {
    let expected = "a number of bytes from 68 to 65535";
    // As in containerlab, where nothing and zero are one.
    let Some((mtu, place)) = fields.number("mtu", expected)?.filter(|(mtu, _)| *mtu != 0) else {
        return Ok(None);
    };
    let fits = u32::try_from(mtu).ok().filter(|mtu| (68..=65_535).contains(mtu));
    let invalid = || Problem::Invalid { key: "mtu".into(), text: mtu.to_string(), expected }.at(place);
    fits.map(Some).ok_or_else(invalid)
}

fn mode(fields: &Fields<'_>) -> Result<MacvlanMode, FileError> {
    let Some(Text { place, text }) = fields.text("mode")? else { return Ok(MacvlanMode::Bridge) };
    Ok(match text {
        "bridge" => MacvlanMode::Bridge,
        "vepa" => MacvlanMode::Vepa,
        "private" => MacvlanMode::Private,
        "passthru" => MacvlanMode::Passthru,
        "source" => MacvlanMode::Source,
        _ => {
            let expected = "bridge, vepa, private, passthru, source";
            return Err(Problem::Invalid { key: "mode".into(), text: text.into(), expected }.at(place));
        }
    })
}

fn impairments(fields: &Fields<'_>, warnings: &mut Vec<Warning>) -> Result<Impairments, FileError> {
    let mut impairments = Impairments::default();
    let Some(value) = fields.get("impairments") else { return Ok(impairments) };
    let inner = Fields::of(format!("the impairments of {}", fields.owner), "impairments", value)?;
    for key in Impairments::KEYS {
        if let Some(Text { place, text }) = inner.text(key)? {
            impairments.set(key, text).map_err(|problem| problem.at(place))?;
        }
    }
    impairments.check().map_err(|problem| problem.at(value.place))?;
    inner.finish(&[], warnings);
    Ok(impairments)
}
