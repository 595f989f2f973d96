//! Giving an interface an address, and taking it away.

use std::fmt;
use std::net::IpAddr;

use super::{AddressFlags, Lifetime, PRIORITY, PROTOCOL, Prefix, header, lifetime};
use crate::family::Family;
use crate::netlink::{Encoded, Request};
use crate::scope::Scope;
use crate::verb::Verb;
use crate::wire::Message;

/// An address to give to an interface.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewAddress {
    /// The number of the interface.
    pub index: u32,
    /// The address and its network.
    pub prefix: Prefix,
    /// The other end's address on a point-to-point link.
    pub peer: Option<IpAddr>,
    /// `IFA_F_*`.
    pub flags: AddressFlags,
    /// Where IPv4 broadcasts go.
    pub broadcast: Option<IpAddr>,
    /// That of several hosts.
    pub anycast: Option<IpAddr>,
    /// How far it is known.
    pub scope: Scope,
    /// A label that starts with the interface's name, of at most 15 bytes; only for IPv4.
    pub label: Option<String>,
    /// How long it is for new connections, and how long it is there at all. The first is at most the second.
    pub lifetimes: Option<(Lifetime, Lifetime)>,
    /// The metric of the route to its network.
    pub priority: Option<u32>,
    /// Who gives it.
    pub protocol: Option<u8>,
    /// What happens when it is there already.
    pub verb: Verb,
}

impl NewAddress {
    /// `prefix` for interface number `index`.
    pub const fn new(index: u32, prefix: Prefix) -> Self {
        Self {
            index,
            prefix,
            peer: None,
            flags: AddressFlags(0),
            broadcast: None,
            anycast: None,
            // A loopback address is known on this host only; IPv6 finds that out itself.
            scope: match prefix.address {
                IpAddr::V4(address) if address.is_loopback() => Scope::HOST,
                _ => Scope::GLOBAL,
            },
            label: None,
            lifetimes: None,
            priority: None,
            protocol: None,
            verb: Verb::Add,
        }
    }
}

impl fmt::Display for NewAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} address `{}` to link {}", self.verb, self.prefix, self.index)
    }
}

impl Request for NewAddress {
    fn encode(&self) -> Encoded {
        let address = self.prefix.address;
        let header = header(Family::of(address).number(), self.prefix.length, 0, self.scope, self.index);
        let mut message = Message::new(libc::RTM_NEWADDR, self.verb.flags(), &header);
        message.put_ip(libc::IFA_LOCAL, address);
        message.put_ip(libc::IFA_ADDRESS, self.peer.unwrap_or(address));
        for (kind, address) in [(libc::IFA_BROADCAST, self.broadcast), (libc::IFA_ANYCAST, self.anycast)] {
            if let Some(address) = address {
                message.put_ip(kind, address);
            }
        }
        if let Some(label) = &self.label {
            message.put_str(libc::IFA_LABEL, label);
        }
        if self.flags != AddressFlags::default() {
            message.put_u32(libc::IFA_FLAGS, self.flags.0);
        }
        if let Some((preferred, valid)) = self.lifetimes {
            lifetime::put(&mut message, preferred, valid);
        }
        if let Some(priority) = self.priority {
            message.put_u32(PRIORITY, priority);
        }
        if let Some(protocol) = self.protocol {
            message.put_u8(PROTOCOL, protocol);
        }
        Encoded(message)
    }
}

/// Takes an address from an interface.
#[derive(Clone, Debug)]
#[must_use]
pub struct RemoveAddress {
    /// The number of the interface.
    pub index: u32,
    /// The address and its network.
    pub prefix: Prefix,
    /// The other end's address, if it has to be that.
    pub peer: Option<IpAddr>,
    /// The label, if it has to be that.
    pub label: Option<String>,
    /// Whether the network counts: else the first IPv4 address that is the same.
    pub network: Network,
}

/// Whether an IPv4 address has to be of the same network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// It has.
    Same,
    /// It may be of any.
    Any,
}

impl RemoveAddress {
    /// `prefix` from interface number `index`.
    pub const fn new(index: u32, prefix: Prefix) -> Self {
        Self { index, prefix, peer: None, label: None, network: Network::Same }
    }
}

impl fmt::Display for RemoveAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "remove address `{}` from link {}", self.prefix, self.index)
    }
}

impl Request for RemoveAddress {
    fn encode(&self) -> Encoded {
        let address = self.prefix.address;
        let family = Family::of(address).number();
        let header = header(family, self.prefix.length, 0, Scope::GLOBAL, self.index);
        let mut message = Message::new(libc::RTM_DELADDR, 0, &header);
        message.put_ip(libc::IFA_LOCAL, address);
        // The kernel compares the network only when it is told the other end.
        match (self.peer, self.network) {
            (Some(peer), _) => message.put_ip(libc::IFA_ADDRESS, peer),
            (None, Network::Same) => message.put_ip(libc::IFA_ADDRESS, address),
            (None, Network::Any) => {}
        }
        if let Some(label) = &self.label {
            message.put_str(libc::IFA_LABEL, label);
        }
        Encoded(message)
    }
}
