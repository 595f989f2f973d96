//! Network namespaces: interfaces, and what connects them.

use std::net::{IpAddr, SocketAddr};

/// A network namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its inode number.
    pub inode: u64,
    /// The sets that it belongs to; [`Map::of`](super::Map::of) takes them from its namespace.
    pub names: Vec<String>,
    /// Whether it is the one that the machine's first process is in.
    pub host: bool,
    /// Its interfaces, by ascending index.
    pub interfaces: Vec<Interface>,
    /// Whether the caller could see its interfaces.
    pub is_known: bool,
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its index in its network namespace, from 1.
    pub index: u32,
    /// Its name: at most 15 bytes, which may be anything but `/`, `:` and white space.
    pub name: String,
    /// Other names that it is found by, up to 127 bytes each.
    pub alternative_names: Vec<String>,
    /// Its kind.
    pub kind: InterfaceKind,
    /// Whether it is set up, with a carrier if it needs one.
    pub up: bool,
    /// Its addresses.
    pub addresses: Vec<Address>,
    /// The index of the bridge, bond or VRF that it is a port of.
    pub master: Option<u32>,
    /// The namespace and index of its other end or lower device, in [`Map::networks`](super::Map::networks); the
    /// namespace is missing if it is out of sight.
    pub peer: Option<(Option<usize>, u32)>,
}

/// What kind of interface it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterfaceKind {
    /// `lo`.
    Loopback,
    /// A device of the machine's.
    Device,
    /// One end of a pair.
    Veth,
    /// A bridge.
    Bridge,
    /// One that the kernel calls so: `dummy`, `vlan`, `wireguard`, …
    Other(String),
}

/// An address with the length of its network's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// The length of the prefix: 0 to 32, or to 128 for IPv6.
    pub prefix: u8,
}

/// Something that connects two interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// Its two ends; of one that lies on top of the other, the upper first.
    pub ends: [End; 2],
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A pair of interfaces: what enters one leaves the other.
    Pair,
    /// The first is made on top of the second: vlan, macvlan, ipvlan, …
    OnTop,
}

/// An interface of a network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    /// The index in [`Map::networks`](super::Map::networks).
    pub network: usize,
    /// The place in [`Network::interfaces`].
    pub interface: usize,
}

/// A port of one network namespace that leads into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The protocol.
    pub protocol: Protocol,
    /// Where it can be reached; an address of zeros is any of the host's.
    pub outside: SocketAddr,
    /// The namespace that it leads into, by its index in [`Map::networks`](super::Map::networks).
    pub network: usize,
    /// The port there.
    pub port: u16,
    /// How many ports from these on are published, at least 1.
    pub count: u16,
}

/// A service at the loopback of the host that a network reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// The protocol.
    pub protocol: Protocol,
    /// Where it is reached.
    pub at: SocketAddr,
    /// Where it is.
    pub service: SocketAddr,
    /// The namespace that reaches it, by its index in [`Map::networks`](super::Map::networks): the host's own, where that is all
    /// on one of its bridges.
    pub network: usize,
    /// How many ports from these on are reached, at least 1.
    pub count: u16,
}

/// The protocol of a published port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Network {
    /// One of which nothing is known.
    #[must_use]
    pub const fn new(inode: u64) -> Self {
        Self { inode, names: Vec::new(), host: false, interfaces: Vec::new(), is_known: false }
    }
}

impl Protocol {
    /// `tcp` or `udp`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.ip, self.prefix)
    }
}

impl InterfaceKind {
    /// The kernel's word for it, and `device` for one of the machine's.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Loopback => "loopback",
            Self::Device => "device",
            Self::Veth => "veth",
            Self::Bridge => "bridge",
            Self::Other(name) => name,
        }
    }
}

impl Interface {
    /// Whether other interfaces are ports of it.
    #[must_use]
    pub fn is_master(&self) -> bool {
        match &self.kind {
            InterfaceKind::Bridge => true,
            InterfaceKind::Other(kind) => ["bond", "team", "vrf"].contains(&kind.as_str()),
            _ => false,
        }
    }
}

/// The lines between all interfaces, each once.
pub(super) fn lines(networks: &[Network]) -> Vec<Line> {
    let mut lines = Vec::new();
    let place = |network: usize, index: u32| {
        let interfaces = &networks[network].interfaces;
        interfaces.iter().position(|interface| interface.index == index)
    };
    for (network, seen) in networks.iter().enumerate() {
        for (interface, from) in seen.interfaces.iter().enumerate() {
            let Some((Some(there), index)) = from.peer else { continue };
            let here = End { network, interface };
            let Some(other) = place(there, index).map(|interface| End { network: there, interface }) else {
                continue;
            };
            let mutual =
                networks[there].interfaces[other.interface].peer == Some((Some(network), from.index));
            let kind = if mutual { LineKind::Pair } else { LineKind::OnTop };
            // Both ends of a pair tell of it.
            if here != other && (kind == LineKind::OnTop || here < other) {
                lines.push(Line { kind, ends: [here, other] });
            }
        }
    }
    lines
}
