//! A lab as its file describes it, checked: what a file of this type says can be made.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use insula_net::{HardwareAddress, Prefix, Setting};
use insula_ns::{Kind, Kinds};

use super::bind::Bind;
use super::check::Check;
use super::env_file::EnvFile;
use super::impairments::Impairments;
use super::interface::InterfaceName;
use super::management::Management;
use super::node_name::NodeName;
use super::route::Route;
use super::yaml::Place;
use crate::firewall::Publication;
use crate::set::SetName;

/// A lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    /// Its name.
    pub name: SetName,
    /// What the names of its sets begin with: the node `r1` of the lab `ring` is the set `ring-r1`.
    pub prefix: String,
    /// Its nodes, in the order of the file.
    pub nodes: Vec<Node>,
    /// Its links, in the order of the file.
    pub links: Vec<Link>,
    /// The management network, if links lead to it.
    pub management: Option<Management>,
    /// What `insula lab check` asserts, in the order of the file.
    pub checks: Vec<Check>,
}

/// A node: an index into [`Topology::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub usize);

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name, which is its host name as well.
    pub name: NodeName,
    /// The line that it is in.
    pub line: usize,
    /// What it is.
    pub role: Role,
    /// Words that pictures group nodes by.
    pub group: Option<String>,
    /// The kinds of its namespaces, the network namespace among them.
    pub kinds: Kinds,
    /// Commands that are run in it when all links are there, as words.
    pub exec: Vec<Vec<String>>,
    /// Variables of the environment of all that is run in it.
    pub environment: BTreeMap<String, String>,
    /// Files with more of them.
    pub env_files: Vec<EnvFile>,
    /// What is mounted in it.
    pub binds: Vec<Bind>,
    /// Settings of its network namespace, `net.ipv4.ip_forward` and the like, with their values.
    pub sysctls: Vec<(Setting, String)>,
    /// Routes, beside those that come with its addresses.
    pub routes: Vec<Route>,
    /// What is published of it in the network namespace that the lab is made from.
    pub ports: Vec<Port>,
}

/// What is published of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Where that stands in the file.
    pub place: Place,
    /// What it is.
    pub publication: Publication,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A machine: it runs commands, on the file system of the host.
    Linux,
    /// A bridge in a network namespace of its own; the links to it are its ports.
    Bridge,
    /// The bridge of this name in the network namespace that the lab is made from, which exists already.
    HostBridge,
    /// What the lab is made from: its namespaces, all of them.
    Host,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The line that it is in.
    pub line: usize,
    /// The longest packet, in bytes; `None` as the kernel has it.
    pub mtu: Option<u32>,
    /// What it is.
    pub wire: Wire,
}

/// What a link is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// A veth pair: what goes in at one end comes out of the other.
    Veth(End, End),
    /// An interface that leads nowhere.
    Dummy(End),
    /// A second address on an interface of the host.
    Macvlan {
        /// In the lab.
        end: End,
        /// The interface of the host.
        parent: InterfaceName,
        /// What the interfaces on one parent see of each other.
        mode: MacvlanMode,
    },
    /// A tunnel to another machine, which begins in a node.
    Vxlan {
        /// In the lab.
        end: End,
        /// Where it leads.
        tunnel: Tunnel,
    },
    /// A veth pair to the host, where all that comes out of it is handed to a tunnel, and the other way round.
    VxlanStitch {
        /// In the lab.
        end: End,
        /// The other end of the pair, at the host.
        outer: End,
        /// The beginning of the tunnel, at the host.
        mouth: Box<End>,
        /// Where it leads.
        tunnel: Tunnel,
    },
}

/// A VXLAN tunnel to another machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// The other machine.
    pub remote: IpAddr,
    /// The number of the network: below 2^24.
    pub vni: u32,
    /// The UDP port of the other machine.
    pub port: u16,
    /// The UDP port that packets come from; `None` if the kernel is to choose one for each flow.
    pub source_port: Option<u16>,
    /// The interface of the host that it goes through, if it is not to follow the routes.
    pub parent: Option<InterfaceName>,
}

/// What the interfaces on one parent see of each other: `ip-link(8)`, "MACVLAN".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacvlanMode {
    /// Each other.
    Bridge,
    /// What a switch outside sends back.
    Vepa,
    /// Nothing.
    Private,
    /// There is one only, which has the parent for itself.
    Passthru,
    /// What comes from listed addresses.
    Source,
}

/// An end of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Where it is.
    pub at: At,
    /// Its interface there.
    pub interface: InterfaceName,
    /// Its hardware address, if the kernel is not to choose one.
    pub mac: Option<HardwareAddress>,
    /// Its addresses.
    pub addresses: Vec<Prefix>,
    /// What happens to packets that leave through it.
    pub impairments: Impairments,
}

/// Where an end of a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// In a node.
    Node(NodeIndex),
    /// In the network namespace that the lab is made from.
    Host,
    /// There, as a port of the bridge that is the management network.
    Management,
}

/// How long packets may be on veth pairs whose file doesn't say: as in containerlab.
pub const DEFAULT_MTU: u32 = 9500;

impl Topology {
    /// The node of an index.
    #[must_use]
    pub fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index.0]
    }

    /// The node called `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<NodeIndex> {
        self.nodes.iter().position(|node| node.name.as_str() == name).map(NodeIndex)
    }

    /// The name of the set that a node is.
    #[must_use]
    pub fn set_name(&self, node: &Node) -> SetName {
        let name = format!("{}{}", self.prefix, node.name);
        name.parse().expect("checked when the file was read")
    }

    /// The node in whose own network namespace something is; `None` if it is in the one that the lab is made from.
    #[must_use]
    pub fn home(&self, at: At) -> Option<NodeIndex> {
        match at {
            At::Node(node) => self.node(node).role.is_set().then_some(node),
            At::Host | At::Management => None,
        }
    }

    /// Whether what is there is a port of a bridge.
    #[must_use]
    pub fn is_port(&self, at: At) -> bool {
        match at {
            At::Node(node) => self.node(node).role.is_bridge(),
            At::Host => false,
            At::Management => true,
        }
    }

    /// All ends of links in a node.
    pub fn ends_in(&self, node: NodeIndex) -> impl Iterator<Item = &End> {
        self.links.iter().flat_map(Link::ends).filter(move |end| end.at == At::Node(node))
    }

    /// The node that has an address.
    #[must_use]
    pub fn owner(&self, address: IpAddr) -> Option<NodeIndex> {
        let ends = self.links.iter().flat_map(Link::ends);
        ends.filter(|end| end.addresses.iter().any(|own| own.address == address))
            .find_map(|end| if let At::Node(node) = end.at { Some(node) } else { None })
    }
}

impl Link {
    /// Its ends: one or two, and behind them the beginning of a tunnel that they lead to.
    pub fn ends(&self) -> impl Iterator<Item = &End> {
        let (first, others) = match &self.wire {
            Wire::Veth(first, second) => (first, [Some(second), None]),
            Wire::VxlanStitch { end, outer, mouth, .. } => (end, [Some(outer), Some(mouth)]),
            Wire::Dummy(end) | Wire::Macvlan { end, .. } | Wire::Vxlan { end, .. } => (end, [None, None]),
        };
        std::iter::once(first).chain(others.into_iter().flatten())
    }

    /// The interface of the host that packets leave through, if the file says one.
    #[must_use]
    pub const fn parent(&self) -> Option<&InterfaceName> {
        match &self.wire {
            Wire::Macvlan { parent, .. } => Some(parent),
            Wire::Vxlan { tunnel, .. } | Wire::VxlanStitch { tunnel, .. } => tunnel.parent.as_ref(),
            Wire::Veth(..) | Wire::Dummy(_) => None,
        }
    }

    /// The word for its type in a file.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self.wire {
            Wire::Veth(..) => "veth",
            Wire::Dummy(_) => "dummy",
            Wire::Macvlan { .. } => "macvlan",
            Wire::Vxlan { .. } => "vxlan",
            Wire::VxlanStitch { .. } => "vxlan-stitch",
        }
    }
}

impl Role {
    /// Whether a node of this role is a set, with a network namespace of its own.
    #[must_use]
    pub const fn is_set(self) -> bool {
        matches!(self, Self::Linux | Self::Bridge)
    }

    /// Whether a node of this role is a bridge, whose ports the links to it are.
    #[must_use]
    pub const fn is_bridge(self) -> bool {
        matches!(self, Self::Bridge | Self::HostBridge)
    }

    /// The kinds of namespaces that a node of this role has if its file doesn't say.
    pub(super) fn kinds(self) -> Kinds {
        match self {
            Self::Linux => Kind::Net | Kind::Uts | Kind::Mnt | Kind::Pid,
            Self::Bridge => Kind::Net.into(),
            Self::HostBridge | Self::Host => Kinds::NONE,
        }
    }
}

/// A time as files have it: `40ms`, `1.5s`, `200us`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().ok()?;
    let factor = match unit.trim() {
        "us" | "usec" | "µs" => 1e-6,
        "ms" | "msec" => 1e-3,
        "s" | "sec" => 1.0,
        _ => return None,
    };
    let seconds = number * factor;
    (seconds <= 3600.0).then(|| Duration::from_secs_f64(seconds))
}
