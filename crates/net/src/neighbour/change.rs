//! Making, changing and deleting neighbours.

use std::fmt;

use super::Neighbour;
use crate::netlink::{Encoded, Request};
use crate::verb::Verb;

/// A neighbour to make, or a proxy for one.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewNeighbour {
    /// What it is to be.
    pub neighbour: Neighbour,
    /// What happens when it is there already.
    pub verb: Verb,
}

impl NewNeighbour {
    /// `neighbour`, which is not there yet.
    pub const fn add(neighbour: Neighbour) -> Self {
        Self { neighbour, verb: Verb::Add }
    }
}

impl fmt::Display for NewNeighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.neighbour)
    }
}

impl Request for NewNeighbour {
    fn encode(&self) -> Encoded {
        Encoded(self.neighbour.message(libc::RTM_NEWNEIGH, self.verb.flags()))
    }
}

/// A neighbour to delete, or a proxy for one.
#[derive(Clone, Debug)]
#[must_use]
pub struct DeleteNeighbour {
    /// Which: its address, its interface, and whether it is a proxy.
    pub neighbour: Neighbour,
}

impl fmt::Display for DeleteNeighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete {}", self.neighbour)
    }
}

impl Request for DeleteNeighbour {
    fn encode(&self) -> Encoded {
        let Neighbour { index, address, flags, state, .. } = self.neighbour;
        let which = Neighbour { state, flags, ..Neighbour::unknown(index, address) };
        Encoded(which.message(libc::RTM_DELNEIGH, 0))
    }
}
