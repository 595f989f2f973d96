//! The management network: `mgmt`.

use std::net::IpAddr;

use insula_net::Prefix;

use super::super::fields::{Fields, Text};
use super::super::management::Management;
use super::super::problem::{FileError, NoEffect, Problem, Warning};
use super::super::topology::{At, Link, Topology};
use super::link::{mtu, named};
use crate::network::address_in;

/// What containerlab knows of its management network, and why it has no effect here.
const INERT: [(&str, &str); 5] = [
    ("network", "the management network of a lab is a bridge: `bridge` names it"),
    ("ipv4-range", "addresses are those that endpoints have"),
    ("ipv6-range", "addresses are those that endpoints have"),
    ("external-access", "nothing gets in but to what is published, and nothing past the host"),
    ("driver-opts", "they are options of a container engine's networks"),
];

/// How long packets may be on links to it that don't say.
pub(super) fn mtu_of_links(top: &Fields<'_>) -> Result<Option<u32>, FileError> {
    top.get("mgmt").map_or(Ok(None), |value| mtu(&Fields::of("`mgmt`", "mgmt", value)?))
}

/// Reads it, if a link leads to it.
pub(super) fn read(
    top: &Fields<'_>,
    topology: &Topology,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Management>, FileError> {
    let value = top.get("mgmt");
    if !topology.links.iter().flat_map(Link::ends).any(|end| end.at == At::Management) {
        warnings.extend(top.place_of("mgmt").map(|place| Warning {
            place,
            owner: top.owner.clone(),
            key: "mgmt".to_owned(),
            why: NoEffect::NoManagement,
        }));
        return Ok(None);
    }
    let bridge = format!("mgmt-{}", topology.name);
    let bridge = |place| named(&Text { place, text: &bridge });
    let Some(value) = value else {
        return Ok(Some(Management { bridge: bridge(top.place)?, addresses: Vec::new() }));
    };
    let fields = Fields::of("`mgmt`", "mgmt", value)?;
    let bridge = fields.text("bridge")?.map_or_else(|| bridge(value.place), |given| named(&given))?;
    let mut addresses = Vec::new();
    for family in [&IPV4, &IPV6] {
        addresses.extend(address(&fields, family)?);
    }
    // It was read with the links.
    fields.get("mtu");
    fields.finish(&INERT, warnings);
    Ok(Some(Management { bridge, addresses }))
}

/// The keys of one family.
struct Keys {
    subnet: &'static str,
    gateway: &'static str,
    is_own: fn(&IpAddr) -> bool,
    subnet_expected: &'static str,
}

const IPV4: Keys = Keys {
    subnet: "ipv4-subnet",
    gateway: "ipv4-gw",
    is_own: IpAddr::is_ipv4,
    subnet_expected: "a network such as `172.20.20.0/24`, or `auto` for none",
};

const IPV6: Keys = Keys {
    subnet: "ipv6-subnet",
    gateway: "ipv6-gw",
    is_own: IpAddr::is_ipv6,
    subnet_expected: "a network such as `fd00:20::/64`, or `auto` for none",
};

/// The address of the bridge in its network: the gateway of the nodes in it, by default the first address.
fn address(fields: &Fields<'_>, keys: &Keys) -> Result<Option<Prefix>, FileError> {
    let (subnet, gateway) = (fields.text(keys.subnet)?, fields.text(keys.gateway)?);
    let invalid = |key: &str, given: &Text<'_>, expected| {
        Problem::Invalid { key: key.to_owned(), text: given.text.to_owned(), expected }.at(given.place)
    };
    let Some(subnet) = subnet.filter(|subnet| subnet.text != "auto") else {
        let without = || Problem::Without { key: keys.gateway, other: keys.subnet };
        return gateway.map_or(Ok(None), |gateway| Err(without().at(gateway.place)));
    };
    let network = subnet.text.parse::<Prefix>().ok().filter(|network| {
        let hosts = if network.address.is_ipv4() { 30 } else { 126 };
        subnet.text.contains('/') && (keys.is_own)(&network.address) && network.length <= hosts
    });
    let network = network.ok_or_else(|| invalid(keys.subnet, &subnet, keys.subnet_expected))?;
    let Some(gateway) = gateway else { return Ok(Some(address_in(network, 1))) };
    let found = gateway.text.parse::<IpAddr>().ok().filter(|address| network.contains(*address));
    let found =
        found.ok_or_else(|| invalid(keys.gateway, &gateway, "an address in the network beside it"))?;
    Ok(Some(Prefix { address: found, length: network.length }))
}
