//! The next hop objects that there are.

use std::fmt;

use super::{FORWARDING, GET, GROUPS, MASTER, NEW, NextHopObject, OUTGOING, message};
use crate::family::Family;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::route::RouteProtocol;

/// Which next hop objects to list. The kernel itself leaves out the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NextHopFilter {
    /// IPv4 or IPv6.
    pub family: Option<Family>,
    /// By this interface.
    pub index: Option<u32>,
    /// By ports of this bridge, bond or VRF.
    pub master: Option<u32>,
    /// Only groups.
    pub groups: bool,
    /// Only those for forwarding tables. Kernels heed it along with others alone.
    pub forwarding: bool,
}

impl NextHopObject {
    /// The next hop objects that `filter` describes, in the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETNEXTHOP")]
    pub fn list(route: &mut Netlink, filter: &NextHopFilter) -> Result<Vec<Self>, Error> {
        route.dump(
            filter,
            |message| {
                if message.kind == NEW { Self::read(message).map(Some) } else { Ok(None) }
            },
        )
    }

    /// The next hop object with number `id`.
    ///
    /// # Errors
    /// [`Error`]: `ENOENT` if there is none.
    pub fn get(route: &mut Netlink, id: u32) -> Result<Self, Error> {
        route.ask(&Get(id), Self::read)
    }
}

impl fmt::Display for NextHopFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list next hops")
    }
}

impl Request for NextHopFilter {
    fn encode(&self) -> Encoded {
        let family = Family::number_or_all(self.family);
        let mut message = message(GET, 0, family, RouteProtocol::UNSPECIFIED, 0);
        for (kind, number) in [(OUTGOING, self.index), (MASTER, self.master)] {
            if let Some(number) = number {
                message.put_u32(kind, number);
            }
        }
        for (kind, only) in [(GROUPS, self.groups), (FORWARDING, self.forwarding)] {
            if only {
                message.put_flag(kind);
            }
        }
        Encoded(message)
    }
}

struct Get(u32);

impl fmt::Display for Get {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "find next hop {}", self.0)
    }
}

impl Request for Get {
    fn encode(&self) -> Encoded {
        Encoded(NextHopObject::new(self.0).message(GET, 0))
    }
}
