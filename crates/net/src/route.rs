//! Routes of IPv4 and IPv6, in every table. See `rtnetlink(7)`, `ip-route(8)` and `linux/rtnetlink.h`.

mod attributes;
mod change;
mod header;
mod kind;
mod list;
mod lookup;
mod metrics;
mod multicast;
mod next_hop;
mod protocol;
mod read;
mod saved;

use std::fmt;
use std::net::IpAddr;

pub use change::{DeleteRoute, NewRoute};
pub(crate) use header::RouteHeader;
pub use kind::RouteKind;
pub use list::RouteFilter;
pub use lookup::RouteLookup;
pub use metrics::{Metric, Metrics};
pub use multicast::MulticastRoute;
pub use next_hop::{Encapsulation, NextHop};
pub use protocol::RouteProtocol;
pub use read::RouteCache;
pub use saved::{RestoreRoute, SavedRoutes, SavedRoutesError};

use crate::address::Prefix;
use crate::family::Family;
use crate::scope::Scope;

/// `RTA_VIA`, `RTA_PREF`, `RTA_ENCAP_TYPE`, `RTA_ENCAP`, `RTA_EXPIRES`, `RTA_UID`, `RTA_TTL_PROPAGATE`, `RTA_IP_PROTO`, `RTA_SPORT`, `RTA_DPORT`,
/// `RTA_NH_ID` of `linux/rtnetlink.h`: not every C library has them.
const VIA: u16 = 18;
const PREFERENCE: u16 = 20;
const ENCAPSULATION_KIND: u16 = 21;
const ENCAPSULATION: u16 = 22;
const EXPIRES: u16 = 23;
const USER: u16 = 25;
const TTL_PROPAGATION: u16 = 26;
const IP_PROTOCOL: u16 = 27;
const SOURCE_PORT: u16 = 28;
const DESTINATION_PORT: u16 = 29;
const NEXT_HOP_ID: u16 = 30;

/// A route: as the kernel has it, or as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where it leads to; a length of 0 makes it the default route.
    pub destination: Prefix,
    /// What it is for: only packets from there.
    pub source: Option<Prefix>,
    /// `unicast`, `blackhole`, `local`.
    pub kind: RouteKind,
    /// The table it is in: [`Route::MAIN`], [`Route::LOCAL`], or any other number.
    pub table: u32,
    /// Who made it.
    pub protocol: RouteProtocol,
    /// How far away what it leads to is. IPv6 has only [`Scope::GLOBAL`].
    pub scope: Scope,
    /// Type of service that packets must have.
    pub tos: u8,
    /// `RTNH_F_*` and `RTM_F_*`.
    pub flags: u32,
    /// The next router. One of the other family makes it a `via inet6` route.
    pub gateway: Option<IpAddr>,
    /// The interface that packets leave by.
    pub index: Option<u32>,
    /// Several ways, each with its weight.
    pub next_hops: Vec<NextHop>,
    /// A next hop object that says the way instead: `ip nexthop`.
    pub next_hop_id: Option<u32>,
    /// The source address that packets get.
    pub preferred_source: Option<IpAddr>,
    /// The metric: of two routes to the same destination the one with the lower number is taken.
    pub priority: Option<u32>,
    /// MTU and the like.
    pub metrics: Metrics,
    /// The realm: source in the upper 16 bits, destination in the lower. `None` is none.
    pub realm: Option<u32>,
    /// ICMPv6 router preference: 0 medium, 1 high, 3 low.
    pub preference: Option<u8>,
    /// What packets are wrapped in.
    pub encapsulation: Option<Encapsulation>,
    /// In how many seconds an IPv6 route goes away.
    pub expires: Option<u32>,
    /// Whether what leaves an MPLS tunnel has the TTL that it had there. Other routes have no such thing.
    pub ttl_propagation: Option<bool>,
    /// The interface that packets come in by, as answered to a [`RouteLookup`].
    pub incoming: Option<u32>,
    /// The firewall mark, as answered to a [`RouteLookup`].
    pub mark: Option<u32>,
    /// The user, as answered to a [`RouteLookup`].
    pub uid: Option<u32>,
    /// What the kernel tells of use and age: `RTA_CACHEINFO`.
    pub cache: Option<RouteCache>,
}

impl Route {
    /// The table that packets are routed by: `RT_TABLE_MAIN`.
    pub const MAIN: u32 = libc::RT_TABLE_MAIN as u32;
    /// The kernel's own table of local and broadcast addresses: `RT_TABLE_LOCAL`.
    pub const LOCAL: u32 = libc::RT_TABLE_LOCAL as u32;
    /// The table that is asked last: `RT_TABLE_DEFAULT`.
    pub const DEFAULT: u32 = libc::RT_TABLE_DEFAULT as u32;
    /// The next hop is on the link although no address says so: `RTNH_F_ONLINK`.
    pub const ON_LINK: u32 = 4;

    /// One to `destination`, in the main table, made by an administrator. It needs a way: a gateway, an interface, or a kind
    /// without one.
    #[must_use]
    pub fn to(destination: Prefix) -> Self {
        Self {
            destination,
            source: None,
            kind: RouteKind::UNICAST,
            table: Self::MAIN,
            protocol: RouteProtocol::BOOT,
            // What is reached without a router is on the link.
            scope: if destination.address.is_ipv4() { Scope::LINK } else { Scope::GLOBAL },
            tos: 0,
            flags: 0,
            gateway: None,
            index: None,
            next_hops: Vec::new(),
            next_hop_id: None,
            preferred_source: None,
            priority: None,
            metrics: Metrics::default(),
            realm: None,
            preference: None,
            encapsulation: None,
            expires: None,
            ttl_propagation: None,
            incoming: None,
            mark: None,
            uid: None,
            cache: None,
        }
    }

    /// The default route of a family.
    #[must_use]
    pub fn default_of(family: Family) -> Self {
        Self::to(Prefix { address: family.unspecified(), length: 0 })
    }

    /// By the router `gateway`.
    #[must_use]
    pub fn via(self, gateway: IpAddr) -> Self {
        Self { gateway: Some(gateway), scope: Scope::GLOBAL, ..self }
    }

    /// By interface number `index`.
    #[must_use]
    pub fn dev(self, index: u32) -> Self {
        Self { index: Some(index), ..self }
    }

    /// By several ways, over which connections are spread.
    #[must_use]
    pub fn ways(self, next_hops: Vec<NextHop>) -> Self {
        let routed = next_hops.iter().any(|hop| hop.gateway.is_some());
        Self { next_hops, scope: if routed { Scope::GLOBAL } else { self.scope }, ..self }
    }

    /// Of another kind, with the scope and table that are usual for it.
    #[must_use]
    pub fn kind(self, kind: RouteKind) -> Self {
        let table = match kind {
            RouteKind::LOCAL | RouteKind::BROADCAST | RouteKind::ANYCAST => Self::LOCAL,
            _ => self.table,
        };
        let scope = match kind {
            _ if !self.destination.address.is_ipv4() => Scope::GLOBAL,
            RouteKind::LOCAL => Scope::HOST,
            RouteKind::BLACKHOLE | RouteKind::UNREACHABLE | RouteKind::PROHIBIT | RouteKind::THROW => {
                Scope::GLOBAL
            }
            _ => self.scope,
        };
        Self { kind, table, scope, ..self }
    }

    /// In table number `table`.
    #[must_use]
    pub fn table(self, table: u32) -> Self {
        Self { table, ..self }
    }

    /// Of IPv4 or of IPv6.
    #[must_use]
    pub const fn family(&self) -> Family {
        Family::of(self.destination.address)
    }

    /// Whether it leads to everything.
    #[must_use]
    pub const fn is_default(&self) -> bool {
        self.destination.length == 0
    }
}

impl fmt::Display for Route {
    /// As `ip-route(8)` is told one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != RouteKind::UNICAST && self.kind != RouteKind::UNSPECIFIED {
            write!(f, "{} ", self.kind)?;
        }
        if self.is_default() {
            f.write_str("default")?;
        } else {
            self.destination.fmt(f)?;
        }
        if let Some(gateway) = self.gateway {
            write!(f, " via {gateway}")?;
        }
        if let Some(index) = self.index {
            write!(f, " dev {index}")?;
        }
        if self.table != Self::MAIN && self.table != 0 {
            write!(f, " table {}", self.table)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::Request as _;
    use crate::wire::{Messages, Received, captured};
    use proptest::prelude::*;

    fn prefix() -> impl Strategy<Value = Prefix> {
        (any::<IpAddr>(), any::<u8>()).prop_map(|(address, length)| {
            let length = length % (Family::of(address).bits() + 1);
            Prefix { address, length }.network()
        })
    }

    prop_compose! {
        fn hop()(gateway: Option<IpAddr>, index: u32, weight in 1..=256_u16, flags: u8, realm in 1..9_u32) -> NextHop {
            NextHop { gateway, weight, flags, realm: Some(realm), ..NextHop::dev(index) }
        }
    }

    prop_compose! {
        fn route()(
            destination in prefix(), table in 1..9999_u32, kind: u8, protocol: u8, scope: u8, flags: u32,
            gateway: Option<IpAddr>, index: Option<u32>, priority: Option<u32>, preference: Option<u8>,
            metrics: Vec<u32>, locked: bool, next_hops in prop::collection::vec(hop(), 0..4),
        ) -> Route {
            let mut route = Route {
                kind: RouteKind(kind), protocol: RouteProtocol(protocol), scope: Scope(scope),
                flags, gateway, index, priority, preference, next_hops, ..Route::to(destination).table(table)
            };
            for (metric, value) in Metric::ALL.into_iter().zip(metrics) {
                route.metrics.set(metric, value);
                if locked {
                    route.metrics.lock(metric);
                }
            }
            route
        }
    }

    /// `ip route add 10.2.0.0/16 metric 7 mtu lock 1400 advmss 1200 nexthop via 10.0.0.8 dev va weight 3 nexthop via inet6
    /// fd00::9 dev va` of iproute2 6.1, where `va` is number 3.
    const ASKED_BY_IPROUTE2: &str = "
        7c 00 00 00 18 00 05 06 8f 43 06 6b 00 00 00 00 02 10 00 00 fe 03 00 01 00 00 00 00 08 00 01 00
        0a 02 00 00 08 00 06 00 07 00 00 00 1c 00 08 00 08 00 02 00 78 05 00 00 08 00 08 00 b0 04 00 00
        08 00 01 00 04 00 00 00 34 00 09 00 10 00 00 02 03 00 00 00 08 00 05 00 0a 00 00 08 20 00 00 00
        03 00 00 00 16 00 12 00 0a 00 fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 09 01 00";

    #[test]
    fn what_iproute2_asks_is_understood() {
        let bytes = captured(ASKED_BY_IPROUTE2);
        let message = Messages::new(&bytes).next().unwrap().unwrap();
        let via = |text: &str| NextHop { index: 3, ..NextHop::via(text.parse().unwrap()) };
        let ways = vec![NextHop { weight: 3, ..via("10.0.0.8") }, via("fd00::9")];
        let mut route = Route { priority: Some(7), ..Route::to("10.2.0.0/16".parse().unwrap()).ways(ways) };
        route.metrics.set(Metric::Mtu, 1400);
        route.metrics.lock(Metric::Mtu);
        route.metrics.set(Metric::AdvertisedMss, 1200);
        assert_eq!(Route::read(&message).unwrap(), Some(route));
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_read_back(route in route()) {
            let mut bytes = Vec::new();
            NewRoute::add(route.clone()).encode().0.write(1, 0, &mut bytes);
            let message = Messages::new(&bytes).next().unwrap().unwrap();
            prop_assert_eq!(Route::read(&message).unwrap(), Some(route));
        }

        #[test]
        fn no_message_panics(mut body: Vec<u8>, family in 0..16_u8) {
            if let Some(first) = body.first_mut() {
                *first = family;
            }
            let _ = Route::read(&Received { kind: libc::RTM_NEWROUTE, flags: 0, sequence: 0, body: &body });
        }
    }
}
