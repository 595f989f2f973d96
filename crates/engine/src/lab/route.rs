//! A route of a node.

use std::net::IpAddr;

use insula_net::Prefix;

use super::interface::InterfaceName;

/// A route of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where to; `None` is everywhere.
    pub to: Option<Prefix>,
    /// The router.
    pub via: Option<IpAddr>,
    /// The interface.
    pub interface: Option<InterfaceName>,
}

impl Route {
    /// Reads `NETWORK via ADDRESS`, `default via ADDRESS dev INTERFACE` and the like.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let to = match words.next()? {
            "default" => None,
            network => Some(network.parse().ok()?),
        };
        let mut route = Self { to, via: None, interface: None };
        while let Some(word) = words.next() {
            let value = words.next()?;
            match word {
                "via" if route.via.is_none() => route.via = Some(value.parse().ok()?),
                "dev" if route.interface.is_none() => route.interface = Some(value.parse().ok()?),
                _ => return None,
            }
        }
        (route.via.is_some() || route.interface.is_some()).then_some(route)
    }
}
