//! Making and deleting next hop objects.

use std::fmt;

use super::{DELETE, NEW, NextHopObject};
use crate::netlink::{Encoded, Request};
use crate::verb::Verb;

/// A next hop object to make.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewNextHopObject {
    /// What it is to be.
    pub object: NextHopObject,
    /// [`Verb::Add`], or [`Verb::Replace`] for one that may be there.
    pub verb: Verb,
}

impl NewNextHopObject {
    /// `object`, which is not there yet.
    pub const fn add(object: NextHopObject) -> Self {
        Self { object, verb: Verb::Add }
    }
}

impl fmt::Display for NewNextHopObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.object)
    }
}

impl Request for NewNextHopObject {
    fn encode(&self) -> Encoded {
        Encoded(self.object.message(NEW, self.verb.flags()))
    }
}

/// A next hop object to delete, with the routes that name it.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct DeleteNextHopObject {
    /// Its number.
    pub id: u32,
}

impl fmt::Display for DeleteNextHopObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete next hop {}", self.id)
    }
}

impl Request for DeleteNextHopObject {
    fn encode(&self) -> Encoded {
        Encoded(NextHopObject::new(self.id).message(DELETE, 0))
    }
}
