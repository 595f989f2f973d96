//! Next hops as objects of their own, which routes name by number instead of saying a way. See `ip-nexthop(8)` and
//! `linux/nexthop.h`.

mod bucket;
mod change;
mod list;
mod resilient;

use std::fmt;
use std::net::IpAddr;

pub use bucket::{Bucket, BucketFilter};
pub use change::{DeleteNextHopObject, NewNextHopObject};
pub use list::NextHopFilter;
pub use resilient::Resilience;

use crate::family::Family;
use crate::route::{Encapsulation, RouteProtocol};
use crate::scope::Scope;
use crate::wire::{Attribute, Malformed, Message, NESTED, Received, at};

/// `RTM_NEWNEXTHOP`, `RTM_DELNEXTHOP`, `RTM_GETNEXTHOP`: not every C library has them.
pub(crate) const NEW: u16 = 104;
pub(crate) const DELETE: u16 = 105;
const GET: u16 = 106;

/// `NHA_*` in `linux/nexthop.h`.
const ID: u16 = 1;
const GROUP: u16 = 2;
const GROUP_TYPE: u16 = 3;
const BLACKHOLE: u16 = 4;
const OUTGOING: u16 = 5;
const GATEWAY: u16 = 6;
const ENCAPSULATION_KIND: u16 = 7;
const ENCAPSULATION: u16 = 8;
const GROUPS: u16 = 9;
const MASTER: u16 = 10;
const FORWARDING: u16 = 11;
const RESILIENT_GROUP: u16 = 12;
/// `NEXTHOP_GRP_TYPE_RES`; 0 is the usual type.
const RESILIENT: u16 = 1;

/// A next hop object: as the kernel has it, or as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextHopObject {
    /// Its number; 0 lets the kernel choose one.
    pub id: u32,
    /// IPv4 or IPv6; a group is of neither.
    pub family: Option<Family>,
    /// How far away it is. The kernel finds it out.
    pub scope: Scope,
    /// Who made it.
    pub protocol: RouteProtocol,
    /// `RTNH_F_*`.
    pub flags: u32,
    /// Whether packets are dropped.
    pub blackhole: bool,
    /// The next router.
    pub gateway: Option<IpAddr>,
    /// The interface that packets leave by.
    pub index: Option<u32>,
    /// What packets are wrapped in.
    pub encapsulation: Option<Encapsulation>,
    /// Other next hops, over which connections are spread.
    pub group: Vec<Member>,
    /// How a group keeps connections where they are, if it does.
    pub resilience: Option<Resilience>,
    /// Whether it is for forwarding tables of bridges and VXLANs.
    pub forwarding: bool,
}

/// A next hop in a group: `struct nexthop_grp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its number.
    pub id: u32,
    /// Its share, from 1; kernels before 6.12 know at most 256.
    pub weight: u16,
}

impl Member {
    fn read_all(attribute: &Attribute<'_>) -> Result<Vec<Self>, Malformed> {
        let read = |bytes: &[u8]| {
            let [low, high] = at(bytes, 4)?;
            let weight = u16::from_le_bytes([low, high]).saturating_add(1);
            Ok(Self { id: u32::from_ne_bytes(at(bytes, 0)?), weight })
        };
        attribute.payload.chunks(8).map(read).collect()
    }

    /// The weight less one, its upper half behind the lower.
    fn bytes(self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.id.to_ne_bytes());
        bytes[4..6].copy_from_slice(&self.weight.saturating_sub(1).to_le_bytes());
        bytes
    }
}

impl NextHopObject {
    /// Number `id`, with no way yet.
    #[must_use]
    pub const fn new(id: u32) -> Self {
        Self {
            id,
            family: None,
            scope: Scope::GLOBAL,
            protocol: RouteProtocol::UNSPECIFIED,
            flags: 0,
            blackhole: false,
            gateway: None,
            index: None,
            encapsulation: None,
            group: Vec::new(),
            resilience: None,
            forwarding: false,
        }
    }

    /// By the router `gateway`, on interface number `index`.
    #[must_use]
    pub fn via(self, gateway: IpAddr, index: u32) -> Self {
        Self { family: Some(Family::of(gateway)), gateway: Some(gateway), index: Some(index), ..self }
    }

    /// By those with these numbers, evenly.
    #[must_use]
    pub fn group(self, ids: &[u32]) -> Self {
        Self { group: ids.iter().map(|id| Member { id: *id, weight: 1 }).collect(), ..self }
    }

    pub(crate) fn read(message: &Received<'_>) -> Result<Self, Malformed> {
        let (header, attributes) = message.split::<8>()?;
        let mut read = Self {
            family: Family::read(header[0]),
            scope: Scope(header[1]),
            protocol: RouteProtocol(header[2]),
            flags: u32::from_ne_bytes(at(&header, 4)?),
            ..Self::new(0)
        };
        let (mut kind, mut resilience) = (0, None);
        let mut encapsulation = (0, None);
        for attribute in attributes {
            match attribute.kind {
                ID => read.id = attribute.u32()?,
                GROUP => read.group = Member::read_all(&attribute)?,
                GROUP_TYPE => kind = attribute.u16()?,
                BLACKHOLE => read.blackhole = true,
                OUTGOING => read.index = Some(attribute.u32()?),
                GATEWAY => read.gateway = Some(attribute.ip()?),
                ENCAPSULATION_KIND => encapsulation.0 = attribute.u16()?,
                ENCAPSULATION => encapsulation.1 = Some(attribute.payload.to_vec()),
                FORWARDING => read.forwarding = true,
                RESILIENT_GROUP => resilience = Some(Resilience::read(&attribute)?),
                _ => {}
            }
        }
        if kind == RESILIENT {
            read.resilience = Some(resilience.unwrap_or_default());
        }
        let (kind, attributes) = encapsulation;
        read.encapsulation = attributes.map(|attributes| Encapsulation { kind, attributes });
        Ok(read)
    }

    fn message(&self, kind: u16, flags: i32) -> Message {
        let mut message = message(kind, flags, Family::number_or_all(self.family), self.protocol, self.flags);
        if self.id != 0 {
            message.put_u32(ID, self.id);
        }
        if !self.group.is_empty() {
            let bytes: Vec<u8> = self.group.iter().flat_map(|member| member.bytes()).collect();
            message.put(GROUP, &bytes);
        }
        if let Some(resilience) = &self.resilience {
            message.nest(RESILIENT_GROUP | NESTED, |nest| resilience.put(nest));
            message.put_u16(GROUP_TYPE, RESILIENT);
        }
        if self.blackhole {
            message.put_flag(BLACKHOLE);
        }
        if let Some(gateway) = self.gateway {
            message.put_ip(GATEWAY, gateway);
        }
        if let Some(index) = self.index {
            message.put_u32(OUTGOING, index);
        }
        if let Some(encapsulation) = &self.encapsulation {
            message.put_u16(ENCAPSULATION_KIND, encapsulation.kind);
            message.put(ENCAPSULATION | NESTED, &encapsulation.attributes);
        }
        if self.forwarding {
            message.put_flag(FORWARDING);
        }
        message
    }
}

impl fmt::Display for NextHopObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            0 => f.write_str("next hop"),
            id => write!(f, "next hop {id}"),
        }
    }
}

/// With `struct nhmsg`; the scope is the kernel's to say.
fn message(kind: u16, flags: i32, family: u8, protocol: RouteProtocol, hop_flags: u32) -> Message {
    let mut header = [family, 0, protocol.0, 0, 0, 0, 0, 0];
    header[4..].copy_from_slice(&hop_flags.to_ne_bytes());
    Message::new(kind, flags, &header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::Request as _;
    use crate::wire::{Messages, captured};
    use proptest::prelude::*;

    /// `ip nexthop add id 1 via 10.0.0.2 dev va proto 5 onlink` of iproute2 6.1, where `va` is number 3.
    const ONE: &str = "
        30 00 00 00 68 00 05 06 f8 15 0d 6b 00 00 00 00 02 00 05 00 04 00 00 00 08 00 01 00 01 00 00 00
        08 00 06 00 0a 00 00 02 08 00 05 00 03 00 00 00";
    /// `ip nexthop add id 2 group 1,3/3 type resilient buckets 4 idle_timer 7`.
    const SEVERAL: &str = "
        50 00 00 00 68 00 05 06 f8 15 0d 6b 00 00 00 00 00 00 00 00 00 00 00 00 08 00 01 00 02 00 00 00
        14 00 02 00 01 00 00 00 02 00 00 00 03 00 00 00 00 00 00 00 14 00 0c 80 06 00 01 00 04 00 00 00
        08 00 02 00 bc 02 00 00 06 00 03 00 01 00 00 00";

    fn bytes(object: NextHopObject) -> Vec<u8> {
        let mut bytes = Vec::new();
        NewNextHopObject::add(object).encode().0.write(1, libc::NLM_F_ACK, &mut bytes);
        bytes
    }

    #[test]
    fn what_we_ask_is_what_iproute2_asks() {
        let protocol = RouteProtocol(5);
        let one = NextHopObject { protocol, flags: 4, ..NextHopObject::new(1) };
        let resilience = Resilience { buckets: Some(4), idle: Some(700), ..Resilience::default() };
        let several = NextHopObject {
            group: vec![Member { id: 1, weight: 3 }, Member { id: 3, weight: 1 }],
            resilience: Some(resilience),
            ..NextHopObject::new(2)
        };
        for (ours, theirs) in [(one.via("10.0.0.2".parse().unwrap(), 3), ONE), (several, SEVERAL)] {
            let mut theirs = captured(theirs);
            theirs[8..12].copy_from_slice(&1_u32.to_ne_bytes());
            assert_eq!(bytes(ours), theirs);
        }
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_read_back(
            id in 1_u32.., protocol: u8, flags: u32, blackhole: bool, gateway: Option<IpAddr>, index: Option<u32>,
            group: Vec<(u32, u16)>, resilience: Option<(Option<u16>, Option<u32>, Option<u32>)>, forwarding: bool,
        ) {
            let group = group.into_iter().map(|(id, weight)| Member { id, weight: weight.max(1) }).collect();
            let resilience = resilience.map(|(buckets, idle, unbalanced)| {
                Resilience { buckets, idle, unbalanced, ..Resilience::default() }
            });
            let object = NextHopObject {
                family: gateway.map(Family::of), protocol: RouteProtocol(protocol), flags, blackhole, gateway, index, group,
                resilience, forwarding, ..NextHopObject::new(id)
            };
            let bytes = bytes(object.clone());
            let message = Messages::new(&bytes).next().unwrap().unwrap();
            prop_assert_eq!(NextHopObject::read(&message).unwrap(), object);
        }

        #[test]
        fn no_message_panics(body: Vec<u8>) {
            let message = Received { kind: NEW, flags: 0, sequence: 0, body: &body };
            let _ = NextHopObject::read(&message);
            let _ = Bucket::read(&message);
        }
    }
}
