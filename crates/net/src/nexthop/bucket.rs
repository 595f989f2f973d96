//! The buckets of a resilient group.

use std::fmt;

use super::{ID, MASTER, OUTGOING, message};
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::route::RouteProtocol;
use crate::wire::{Malformed, NESTED, Received, at};

/// `RTM_NEWNEXTHOPBUCKET`, `RTM_GETNEXTHOPBUCKET`.
const NEW: u16 = 116;
const GET: u16 = 118;
/// `NHA_RES_BUCKET`, and what is in it.
const BUCKET: u16 = 13;
const INDEX: u16 = 1;
const IDLE: u16 = 2;
const MEMBER: u16 = 3;

/// A bucket: connections that a resilient group keeps together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The group's number.
    pub group: u32,
    /// `RTNH_F_*`.
    pub flags: u32,
    /// Which of the group's.
    pub index: u16,
    /// For how long there was no traffic, in 1/100 s.
    pub idle: u64,
    /// The next hop that it goes to.
    pub member: u32,
}

/// Which buckets to list; what is `None` does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketFilter {
    /// Of this group.
    pub group: Option<u32>,
    /// By this interface.
    pub index: Option<u32>,
    /// By ports of this bridge, bond or VRF.
    pub master: Option<u32>,
    /// That go to this next hop.
    pub member: Option<u32>,
}

impl Bucket {
    /// The buckets that `filter` describes, in the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETNEXTHOPBUCKET")]
    pub fn list(route: &mut Netlink, filter: &BucketFilter) -> Result<Vec<Self>, Error> {
        route.dump(
            filter,
            |message| {
                if message.kind == NEW { Self::read(message).map(Some) } else { Ok(None) }
            },
        )
    }

    /// Bucket `index` of group `group`.
    ///
    /// # Errors
    /// [`Error`]: `ENOENT` if there is none.
    pub fn get(route: &mut Netlink, group: u32, index: u16) -> Result<Self, Error> {
        route.ask(&Get { group, index }, Self::read)
    }

    pub(super) fn read(message: &Received<'_>) -> Result<Self, Malformed> {
        let (header, attributes) = message.split::<8>()?;
        let flags = u32::from_ne_bytes(at(&header, 4)?);
        let mut read = Self { group: 0, flags, index: 0, idle: 0, member: 0 };
        for attribute in attributes {
            match attribute.kind {
                ID => read.group = attribute.u32()?,
                BUCKET => {
                    for inner in attribute.nested() {
                        match inner.kind {
                            INDEX => read.index = inner.u16()?,
                            IDLE => read.idle = inner.u64()?,
                            MEMBER => read.member = inner.u32()?,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

impl fmt::Display for BucketFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list buckets of next hops")
    }
}

impl Request for BucketFilter {
    fn encode(&self) -> Encoded {
        let mut message = message(GET, 0, 0, RouteProtocol::UNSPECIFIED, 0);
        for (kind, number) in [(ID, self.group), (OUTGOING, self.index), (MASTER, self.master)] {
            if let Some(number) = number {
                message.put_u32(kind, number);
            }
        }
        if let Some(member) = self.member {
            message.nest(BUCKET | NESTED, |nest| nest.put_u32(MEMBER, member));
        }
        Encoded(message)
    }
}

struct Get {
    group: u32,
    index: u16,
}

impl fmt::Display for Get {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "find bucket {} of next hop {}", self.index, self.group)
    }
}

impl Request for Get {
    fn encode(&self) -> Encoded {
        let mut message = message(GET, 0, 0, RouteProtocol::UNSPECIFIED, 0);
        message.put_u32(ID, self.group);
        message.nest(BUCKET | NESTED, |nest| nest.put_u16(INDEX, self.index));
        Encoded(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::captured;

    /// `ip nexthop bucket get id 2 index 1` of iproute2 6.1.
    const ASKED_BY_IPROUTE2: &str = "
        2c 00 00 00 76 00 01 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 08 00 01 00 02 00 00 00
        0c 00 0d 80 06 00 01 00 01 00 00 00";

    #[test]
    fn what_we_ask_is_what_iproute2_asks() {
        let mut ours = Vec::new();
        Get { group: 2, index: 1 }.encode().0.write(1, 0, &mut ours);
        assert_eq!(ours, captured(ASKED_BY_IPROUTE2));
    }
}
