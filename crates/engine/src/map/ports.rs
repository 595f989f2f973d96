//! Ports of the host that lead into other network namespaces, and services of the host that those reach.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use insula_net::Transport;

use super::{Forwarded, Network, Protocol, Published};
use crate::firewall::{self, Client, HostAddress};
use crate::network::{NetworkError, Networks};

/// What leads from the host to other network namespaces, and back.
#[derive(Debug, Default)]
pub(super) struct Ports {
    pub(super) published: Vec<Published>,
    pub(super) forwarded: Vec<Forwarded>,
}

impl Ports {
    /// What there is on the host, as far as it is about one of `networks`.
    ///
    /// # Errors
    /// [`NetworkError`] where the packet filter cannot be read; nothing, where the caller may not look or there is none of ours.
    pub(super) fn read(networks: &[Network]) -> Result<Self, NetworkError> {
        let ruleset = Networks::of_caller().ruleset_if_any()?;
        Ok(Self {
            published: ruleset.published.iter().filter_map(|one| published(one, networks)).collect(),
            forwarded: ruleset.forwarded.iter().filter_map(|one| forwarded(one, networks)).collect(),
        })
    }
}

fn published(of: &firewall::Published, networks: &[Network]) -> Option<Published> {
    let publication = &of.publication;
    let address = match publication.address {
        HostAddress::Any => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        HostAddress::AnyOf(family) => family.unspecified(),
        HostAddress::Only(address) => address,
    };
    let ports = &publication.ports;
    Some(Published {
        protocol: protocol(ports.transport),
        outside: SocketAddr::new(address, *ports.from.start()),
        network: networks.iter().position(|network| network.inode == of.netns)?,
        port: *ports.to.start(),
        count: count(ports),
    })
}

fn forwarded(of: &firewall::Forwarded, networks: &[Network]) -> Option<Forwarded> {
    let ports = &of.forward.ports;
    let is_its = |network: &Network| match of.client {
        Client::Set { netns, .. } => network.inode == netns,
        Client::Bridge(_) => network.host,
    };
    Some(Forwarded {
        protocol: protocol(ports.transport),
        at: SocketAddr::new(of.address, *ports.from.start()),
        service: SocketAddr::new(of.forward.service, *ports.to.start()),
        network: networks.iter().position(is_its)?,
        count: count(ports),
    })
}

const fn protocol(transport: Transport) -> Protocol {
    match transport {
        Transport::Tcp => Protocol::Tcp,
        Transport::Udp => Protocol::Udp,
    }
}

const fn count(ports: &firewall::PortMap) -> u16 {
    (*ports.from.end() - *ports.from.start()).saturating_add(1)
}
