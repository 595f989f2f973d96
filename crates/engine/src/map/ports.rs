//! Ports of the host that lead into other network namespaces.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use insula_net::Transport;

use super::{Network, Protocol, Published};
use crate::firewall::HostAddress;
use crate::network::{NetworkError, Networks};

/// What is published on the host, as far as it leads to one of `networks`.
///
/// # Errors
/// [`NetworkError`] where the packet filter cannot be read; nothing, where the caller may not look or there is none of ours.
pub(super) fn published(networks: &[Network]) -> Result<Vec<Published>, NetworkError> {
    let ruleset = Networks::of_caller().ruleset_if_any()?;
    let of = |one: &crate::firewall::Published| {
        let publication = &one.publication;
        let address = match publication.address {
            HostAddress::Any => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            HostAddress::Only(address) => address,
        };
        let (first, last) = (*publication.host_ports.start(), *publication.host_ports.end());
        Some(Published {
            protocol: match publication.transport {
                Transport::Tcp => Protocol::Tcp,
                Transport::Udp => Protocol::Udp,
            },
            outside: SocketAddr::new(address, first),
            network: networks.iter().position(|network| network.inode == one.netns)?,
            port: *publication.ports.start(),
            count: (last - first).saturating_add(1),
        })
    };
    Ok(ruleset.published.iter().filter_map(of).collect())
}
