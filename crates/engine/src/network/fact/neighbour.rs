//! A neighbour.

use std::fmt;

use insula_net::{Neighbour, NeighbourFlags, NeighbourState};
use serde::{Deserialize, Serialize};

use super::Names;

/// Which link-layer address an IP address on a link has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeighbourFact {
    /// Its address.
    pub address: String,
    /// The interface that it is reached by.
    pub interface: String,
    /// Its link-layer address, if that is known.
    pub mac: Option<String>,
    /// How sure that is: `reachable`, `stale`, `failed`, `permanent`, …
    pub state: String,
    /// Whether this network answers for it.
    pub proxy: bool,
}

impl NeighbourFact {
    /// `None` for what has no address on the link: multicast, the loopback.
    pub(in super::super) fn of(neighbour: &Neighbour, names: &Names) -> Option<Self> {
        if neighbour.state.intersects(NeighbourState::NO_ARP) || neighbour.address.is_multicast() {
            return None;
        }
        let known = NeighbourState::NAMES.iter().find(|(state, _)| neighbour.state.intersects(*state));
        Some(Self {
            address: neighbour.address.to_string(),
            interface: names.name(neighbour.index),
            mac: neighbour.hardware.as_ref().map(ToString::to_string),
            state: known.map_or("none", |(_, word)| word).to_owned(),
            proxy: neighbour.flags.contains(NeighbourFlags::PROXY),
        })
    }

    pub(super) fn identity(&self) -> String {
        format!("{} {} {}", self.address, self.interface, self.proxy)
    }

    /// Whether somebody has said so, and it does not come and go by itself.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.proxy || self.state == "permanent"
    }
}

impl fmt::Display for NeighbourFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} dev {}", self.address, self.interface)?;
        if let Some(mac) = &self.mac {
            write!(f, " mac {mac}")?;
        }
        if self.proxy { f.write_str(" proxy") } else { write!(f, " {}", self.state) }
    }
}
