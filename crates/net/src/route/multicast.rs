//! Routes by which a multicast router sends packets on: `RTNL_FAMILY_IPMR`, see `ip-mroute(8)` and `linux/mroute.h`.

use std::fmt;
use std::net::IpAddr;

use super::NextHop;
use super::header::RouteHeader;
use crate::family::Family;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received, at};

/// `RTNL_FAMILY_IPMR`, `RTNL_FAMILY_IP6MR`.
const IPMR: u8 = 128;
const IP6MR: u8 = 129;
/// `RTA_MFC_STATS`, `RTA_EXPIRES`.
const COUNTERS: u16 = 17;
const AGE: u16 = 23;
/// `RTNH_F_UNRESOLVED`.
const UNRESOLVED: u32 = 32;

/// A route of a multicast router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MulticastRoute {
    /// Who sends.
    pub source: IpAddr,
    /// To which group.
    pub group: IpAddr,
    /// The table.
    pub table: u32,
    /// The interface that packets come in by.
    pub incoming: Option<u32>,
    /// The interfaces that they leave by; the weight is the TTL that they must have.
    pub outgoing: Vec<NextHop>,
    /// Whether the router has yet to say where they go.
    pub unresolved: bool,
    /// Packets, bytes, and packets that came in by another interface.
    pub counters: Option<[u64; 3]>,
    /// How long it was not used, in 1/100 s.
    pub age: Option<u64>,
}

impl MulticastRoute {
    /// The routes in table number `table`, or in all if that is 0.
    ///
    /// # Errors
    /// [`Error`]: `ENOENT` if there is no such table.
    pub fn list(route: &mut Netlink, family: Family, table: u32) -> Result<Vec<Self>, Error> {
        route.dump(&List { family, table }, |message| {
            if message.kind == libc::RTM_NEWROUTE { Self::read(message) } else { Ok(None) }
        })
    }

    /// `None` for what is no such route.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = message.split()?;
        let header = RouteHeader::read(&header)?;
        let family = match header.family {
            IPMR => Family::V4,
            IP6MR => Family::V6,
            _ => return Ok(None),
        };
        let mut read = Self {
            source: family.unspecified(),
            group: family.unspecified(),
            table: header.table.into(),
            incoming: None,
            outgoing: Vec::new(),
            unresolved: header.flags & UNRESOLVED != 0,
            counters: None,
            age: None,
        };
        for attribute in attributes {
            match attribute.kind {
                libc::RTA_SRC => read.source = attribute.ip()?,
                libc::RTA_DST => read.group = attribute.ip()?,
                libc::RTA_TABLE => read.table = attribute.u32()?,
                libc::RTA_IIF => read.incoming = Some(attribute.u32()?),
                libc::RTA_MULTIPATH => read.outgoing = NextHop::read_all(&attribute)?,
                AGE => read.age = Some(attribute.u64()?),
                COUNTERS => {
                    let number = |place| at(attribute.payload, place).map(u64::from_ne_bytes);
                    read.counters = Some([number(0)?, number(8)?, number(16)?]);
                }
                _ => {}
            }
        }
        Ok(Some(read))
    }
}

struct List {
    family: Family,
    table: u32,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list multicast routes")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        let family = if self.family == Family::V4 { IPMR } else { IP6MR };
        let header = RouteHeader { family, ..RouteHeader::default() };
        let mut message = Message::new(libc::RTM_GETROUTE, 0, &header.bytes());
        if self.table != 0 {
            message.put_u32(libc::RTA_TABLE, self.table);
        }
        Encoded(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Messages, captured};
    use proptest::prelude::*;

    /// What the kernel told iproute2 6.1 of `(10.0.0.5, 239.1.1.1)`, from link 3 to 2, and with a TTL of 5 to 1.
    const TOLD: &str = "
        78 00 00 00 18 00 22 00 38 23 0d 6b 87 5e 00 00 80 20 20 00 fd 11 00 05 00 00 00 00 08 00 0f 00
        fd 00 00 00 08 00 02 00 0a 00 00 05 08 00 01 00 ef 01 01 01 08 00 03 00 03 00 00 00 14 00 09 00
        08 00 00 01 02 00 00 00 08 00 00 05 01 00 00 00 1c 00 11 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 0c 00 17 00 30 00 00 00 00 00 00 00";

    #[test]
    fn what_the_kernel_tells_is_understood() {
        let bytes = captured(TOLD);
        let read = MulticastRoute::read(&Messages::new(&bytes).next().unwrap().unwrap()).unwrap().unwrap();
        let hop = |index, weight| NextHop { weight, ..NextHop::dev(index) };
        let expected = MulticastRoute {
            source: "10.0.0.5".parse().unwrap(),
            group: "239.1.1.1".parse().unwrap(),
            table: 253,
            incoming: Some(3),
            // The weight is one more than what is told.
            outgoing: vec![hop(2, 2), hop(1, 6)],
            unresolved: false,
            counters: Some([0; 3]),
            age: Some(48),
        };
        assert_eq!(read, expected);
    }

    proptest! {
        #[test]
        fn no_message_panics(mut body: Vec<u8>, family in 128..130_u8) {
            if let Some(first) = body.first_mut() {
                *first = family;
            }
            let message = Received { kind: libc::RTM_NEWROUTE, flags: 0, sequence: 0, body: &body };
            let _ = MulticastRoute::read(&message);
        }
    }
}
