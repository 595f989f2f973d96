//! A route.

use std::fmt;

use insula_net::{NextHop, Prefix, Route, RouteKind};
use serde::{Deserialize, Serialize};

use super::Names;

/// A route of any table but `local`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteFact {
    /// Where it leads to: `0.0.0.0/0` and `::/0` are the default routes.
    pub destination: String,
    /// `unicast`, `blackhole`, `unreachable`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The number of its table; 254 is `main`.
    pub table: u32,
    /// The next router.
    pub via: Option<String>,
    /// The interface that packets leave by.
    pub interface: Option<String>,
    /// Several ways, where it has them.
    pub ways: Vec<WayFact>,
    /// The source address that packets get.
    pub source: Option<String>,
    /// Of two routes to the same destination the one with the lower number is taken.
    pub metric: Option<u32>,
    /// The type of service that packets must have.
    pub tos: u8,
    /// Who made it: `kernel`, `boot`, `static`, `ra`, …
    pub protocol: String,
}

/// One of several ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayFact {
    /// The next router.
    pub via: Option<String>,
    /// The interface.
    pub interface: String,
    /// Its share, from 1 to 256.
    pub weight: u16,
}

/// `RTM_F_CLONED`: what was learned of a destination, and is no route of its own.
const CLONED: u32 = 0x200;

impl RouteFact {
    /// `None` for what follows from addresses, and what the kernel gives to every interface.
    pub(in super::super) fn of(route: &Route, names: &Names) -> Option<Self> {
        if route.table == Route::LOCAL || route.flags & CLONED != 0 || is_link_local(route.destination) {
            return None;
        }
        Some(Self {
            destination: route.destination.to_string(),
            kind: route.kind.to_string(),
            table: route.table,
            via: route.gateway.map(|gateway| gateway.to_string()),
            interface: route.index.map(|index| names.name(index)),
            ways: route.next_hops.iter().map(|hop| WayFact::of(hop, names)).collect(),
            source: route.preferred_source.map(|source| source.to_string()),
            metric: route.priority,
            tos: route.tos,
            protocol: route.protocol.to_string(),
        })
    }

    pub(super) fn identity(&self) -> String {
        let Self { destination, table, metric, tos, .. } = self;
        // On several links at once there can be the same network, but by several routers there is one route.
        let link = self.interface.as_deref().filter(|_| self.via.is_none()).unwrap_or_default();
        format!("{destination} {table} {} {tos} {link}", metric.unwrap_or_default())
    }
}

/// `fe80::/64`, which every interface has that is up.
fn is_link_local(destination: Prefix) -> bool {
    matches!(destination.address, std::net::IpAddr::V6(address) if address.segments() == [0xfe80, 0, 0, 0, 0, 0, 0, 0])
}

impl WayFact {
    fn of(hop: &NextHop, names: &Names) -> Self {
        let via = hop.gateway.map(|gateway| gateway.to_string());
        Self { via, interface: names.name(hop.index), weight: hop.weight }
    }
}

impl fmt::Display for RouteFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != RouteKind::UNICAST.to_string() {
            write!(f, "{} ", self.kind)?;
        }
        match self.destination.as_str() {
            "0.0.0.0/0" => f.write_str("default")?,
            destination => f.write_str(destination)?,
        }
        for (word, value) in [("via", &self.via), ("dev", &self.interface)] {
            if let Some(value) = value {
                write!(f, " {word} {value}")?;
            }
        }
        for way in &self.ways {
            f.write_str(" nexthop")?;
            if let Some(via) = &way.via {
                write!(f, " via {via}")?;
            }
            write!(f, " dev {} weight {}", way.interface, way.weight)?;
        }
        match self.table {
            Route::MAIN => {}
            Route::DEFAULT => f.write_str(" table default")?,
            table => write!(f, " table {table}")?,
        }
        if let Some(source) = &self.source {
            write!(f, " src {source}")?;
        }
        if let Some(metric) = self.metric {
            write!(f, " metric {metric}")?;
        }
        if self.tos != 0 {
            write!(f, " tos {:#04x}", self.tos)?;
        }
        write!(f, " proto {}", self.protocol)
    }
}
