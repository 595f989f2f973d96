//! Links, addresses, routes, rules, neighbours, traffic control and firewall of any network namespace, by netlink.
//!
//! ```no_run
//! use insula_net::{Link, Netlink, Protocol};
//!
//! let mut route = Netlink::open(Protocol::Route)?;
//! for link in Link::list(&mut route)? {
//!     println!("{}: {}", link.index, link.name);
//! }
//! # Ok::<(), insula_net::Error>(())
//! ```

#![forbid(unsafe_code)]

mod address;
mod address_label;
pub mod capture;
mod conntrack;
mod family;
pub mod firewall;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod generic;
mod link;
mod monitor;

/// The types of interfaces, and what each has of its own. See `ip-link(8)`, TYPES.
pub mod kind {
    pub use crate::link::kind::{
        Aggregator, AggregatorState, Bond, BondPort, Bridge, BridgeId, BridgePort, BridgePortState,
        BridgeState, Geneve, Gre, Inherit, IpTunnel, Ipvlan, Macsec, Macvlan, Netkit, NetkitMode,
        PriorityMap, SourceAddresses, Targets, Tun, TunnelFlags, Veth, Vlan, Vrf, VrfPort, Vti, Vxlan, Xfrm,
    };
}
mod multicast;
mod name;
mod neighbour;
mod netconf;
mod netlink;
mod netns_id;
mod nexthop;
mod route;
mod rule;
mod scope;
mod sockets;
mod sysctl;
pub mod traffic;
mod tuntap;
mod verb;
mod wire;
pub mod wireguard;

pub use address::{
    Address, AddressAge, AddressFlags, Lifetime, Network, NewAddress, Prefix, PrefixError, RemoveAddress,
};
pub use address_label::{AddressLabel, DeleteAddressLabel, NewAddressLabel};
pub use conntrack::{Connection, ForgetConnection, Tuple};
pub use family::Family;
pub use link::{
    AggregationStatistics, BothWays, ChangeAlternativeNames, ChangeLink, CountedAs, Creation, DeleteGroup,
    DeleteLink, Direction, FlagChange, FunctionChange, FunctionSetting, FunctionState, HardwareAddress,
    HardwareAddressError, InterfaceToken, Link, LinkData, LinkKind, LinkRequest, LinkSettings, Modification,
    MplsStatistics, MulticastStatistics, NewLink, Offload, OperState, Place, PortKind, SetInterfaceToken,
    SpanningTreeStatistics, Statistics, TypeCounters, TypeStatistics, Veth, function_rates,
};
pub use monitor::{Event, Group, Happened, Heard, Monitor, Reach, Snapshot, Subject};
pub use multicast::{GroupAddress, LinkMulticast, MulticastAddress, MulticastError};
pub use name::{IfName, IfNameError};
pub use neighbour::{
    ChangeNeighbourTable, DeleteNeighbour, ForwardingEntry, Neighbour, NeighbourAge, NeighbourFilter,
    NeighbourFlags, NeighbourSetting, NeighbourSettings, NeighbourState, NeighbourTable, NewNeighbour,
    TABLE_COUNTERS, TableConfiguration,
};
pub use netconf::{Netconf, Place as NetconfPlace, ReversePath};
pub use netlink::{Encoded, Error, Netlink, Protocol, Refusal, Request, RequestFailed};
pub use netns_id::{AssignNetnsId, NetnsId};
pub use nexthop::{
    Bucket, BucketFilter, DeleteNextHopObject, Member, NewNextHopObject, NextHopFilter, NextHopObject,
    Resilience,
};
pub use route::{
    DeleteRoute, Encapsulation, Metric, Metrics, MulticastRoute, NewRoute, NextHop, RestoreRoute, Route,
    RouteCache, RouteFilter, RouteKind, RouteLookup, RouteProtocol, SavedRoutes, SavedRoutesError,
};
pub use rule::{DeleteRule, NewRule, Range, Rule, RuleAction, RuleFlags};
pub use scope::Scope;
pub use sockets::{Listener, Transport};
pub use sysctl::{Setting, SettingError, SysctlError};
pub use tuntap::{NewTun, TunError, TunMode};
pub use verb::Verb;
pub use wire::{Malformed, Present};
