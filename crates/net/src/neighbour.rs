//! Which link-layer address a neighbour has: ARP, and neighbour discovery of IPv6. See `ip-neighbour(8)`, `arp(7)` and
//! `linux/neighbour.h`.

mod change;
mod forwarding;
mod state;
mod table;

use std::fmt;
use std::net::IpAddr;

pub use change::{DeleteNeighbour, NewNeighbour};
pub use forwarding::ForwardingEntry;
pub use state::{NeighbourFlags, NeighbourState};
pub use table::{
    ChangeNeighbourTable, NeighbourSetting, NeighbourSettings, NeighbourTable, TABLE_COUNTERS,
    TableConfiguration,
};

use crate::family::Family;
use crate::link::HardwareAddress;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Attribute, Malformed, Message, Received, at};

/// `NDA_MASTER`, `NDA_PROTOCOL`, `NDA_FLAGS_EXT`.
const MASTER: u16 = 9;
const PROTOCOL: u16 = 12;
const MORE_FLAGS: u16 = 15;

/// A neighbour: as the kernel has it, or as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The interface; a proxy may be for all of them, number 0.
    pub index: u32,
    /// Its address.
    pub address: IpAddr,
    /// Its link-layer address, if it is known.
    pub hardware: Option<HardwareAddress>,
    /// How sure that is.
    pub state: NeighbourState,
    /// `NTF_*`, those of `NDA_FLAGS_EXT` in the upper 16 bits.
    pub flags: NeighbourFlags,
    /// `RTN_*`, of the kernel's own: whether it is for multicast or broadcast.
    pub kind: u8,
    /// Who made it: `RTPROT_*`.
    pub protocol: Option<u8>,
    /// How often it was asked.
    pub probes: Option<u32>,
    /// Use and age.
    pub age: Option<NeighbourAge>,
}

/// Use and age of a neighbour: `struct nda_cacheinfo`. Times are in 1/100 s ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeighbourAge {
    /// When it last answered.
    pub confirmed: u32,
    /// When it was last used.
    pub used: u32,
    /// When it last changed.
    pub updated: u32,
    /// How many use it.
    pub references: u32,
}

impl NeighbourAge {
    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let word = |index: usize| at(attribute.payload, index * 4).map(u32::from_ne_bytes);
        Ok(Self { confirmed: word(0)?, used: word(1)?, updated: word(2)?, references: word(3)? })
    }
}

/// Which neighbours to list; what is `None` does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NeighbourFilter {
    /// IPv4 or IPv6.
    pub family: Option<Family>,
    /// On this interface.
    pub index: Option<u32>,
    /// On ports of this bridge, bond or VRF.
    pub master: Option<u32>,
    /// [`NeighbourFlags::PROXY`] lists what this host answers for instead.
    pub flags: NeighbourFlags,
}

/// `struct ndmsg`.
fn header(family: u8, index: u32, state: NeighbourState, flags: NeighbourFlags) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[0] = family;
    bytes[4..8].copy_from_slice(&index.to_ne_bytes());
    bytes[8..10].copy_from_slice(&state.0.to_ne_bytes());
    bytes[10] = flags.0.to_le_bytes()[0];
    bytes
}

impl Neighbour {
    /// The neighbour `address` on interface number `index`, always at `hardware`.
    #[must_use]
    pub fn permanent(index: u32, address: IpAddr, hardware: HardwareAddress) -> Self {
        let state = NeighbourState::PERMANENT;
        Self { hardware: Some(hardware), state, ..Self::unknown(index, address) }
    }

    /// An address that this host answers for on interface number `index`.
    #[must_use]
    pub fn proxy(index: u32, address: IpAddr) -> Self {
        let state = NeighbourState::PERMANENT;
        Self { flags: NeighbourFlags::PROXY, state, ..Self::unknown(index, address) }
    }

    /// The neighbour `address`, of which nothing else is told.
    #[must_use]
    pub const fn unknown(index: u32, address: IpAddr) -> Self {
        Self {
            index,
            address,
            hardware: None,
            state: NeighbourState::NONE,
            flags: NeighbourFlags(0),
            kind: 0,
            protocol: None,
            probes: None,
            age: None,
        }
    }

    /// The neighbours that `filter` describes, in the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETNEIGH")]
    pub fn list(route: &mut Netlink, filter: &NeighbourFilter) -> Result<Vec<Self>, Error> {
        route.dump(
            filter,
            |message| {
                if message.kind == libc::RTM_NEWNEIGH { Self::read(message) } else { Ok(None) }
            },
        )
    }

    /// The neighbour `address` on interface number `index`, or the proxy for it.
    ///
    /// # Errors
    /// [`Error`]: `ENOENT` if there is none.
    pub fn get(
        route: &mut Netlink,
        index: u32,
        address: IpAddr,
        flags: NeighbourFlags,
    ) -> Result<Self, Error> {
        let request = Get(Self { flags, ..Self::unknown(index, address) });
        route.ask(&request, |message| Self::read(message)?.ok_or(Malformed))
    }

    /// `None` for what is no neighbour of IP, such as an entry of a bridge's forwarding table.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = message.split::<12>()?;
        let Some(family) = Family::read(header[0]) else { return Ok(None) };
        let state = NeighbourState(u16::from_ne_bytes(at(&header, 8)?));
        let mut read = Self {
            state,
            flags: NeighbourFlags(header[10].into()),
            kind: header[11],
            ..Self::unknown(u32::from_ne_bytes(at(&header, 4)?), family.unspecified())
        };
        for attribute in attributes {
            match attribute.kind {
                libc::NDA_DST => read.address = attribute.ip()?,
                libc::NDA_LLADDR => read.hardware = Some(HardwareAddress::new(attribute.payload)),
                libc::NDA_CACHEINFO => read.age = Some(NeighbourAge::read(&attribute)?),
                libc::NDA_PROBES => read.probes = Some(attribute.u32()?),
                PROTOCOL => read.protocol = Some(attribute.u8()?),
                MORE_FLAGS => read.flags.0 |= attribute.u32()? << 16,
                _ => {}
            }
        }
        if Family::of(read.address) == family { Ok(Some(read)) } else { Err(Malformed) }
    }

    /// The message that makes, deletes or asks for it, which are alike.
    fn message(&self, kind: u16, flags: i32) -> Message {
        let header = header(Family::of(self.address).number(), self.index, self.state, self.flags);
        let mut message = Message::new(kind, flags, &header);
        message.put_ip(libc::NDA_DST, self.address);
        if let Some(hardware) = &self.hardware {
            message.put(libc::NDA_LLADDR, hardware.bytes());
        }
        if let Some(protocol) = self.protocol {
            message.put_u8(PROTOCOL, protocol);
        }
        let more = self.flags.0 >> 16;
        if more != 0 {
            message.put_u32(MORE_FLAGS, more);
        }
        message
    }
}

impl fmt::Display for Neighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.flags.contains(NeighbourFlags::PROXY) { "proxy" } else { "neighbour" };
        write!(f, "{what} `{}` on link {}", self.address, self.index)
    }
}

impl fmt::Display for NeighbourFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list neighbours")
    }
}

impl Request for NeighbourFilter {
    fn encode(&self) -> Encoded {
        let family = Family::number_or_all(self.family);
        let header = header(family, 0, NeighbourState::NONE, self.flags);
        let mut message = Message::new(libc::RTM_GETNEIGH, 0, &header);
        if let Some(index) = self.index {
            message.put_u32(libc::NDA_IFINDEX, index);
        }
        if let Some(master) = self.master {
            message.put_u32(MASTER, master);
        }
        Encoded(message)
    }
}

struct Get(Neighbour);

impl fmt::Display for Get {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "find {}", self.0)
    }
}

impl Request for Get {
    fn encode(&self) -> Encoded {
        Encoded(self.0.message(libc::RTM_GETNEIGH, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Messages, captured};
    use proptest::prelude::*;

    /// `ip neigh add 10.0.0.4 lladdr 02:00:00:00:00:05 dev va nud permanent` of iproute2 6.1, where `va` is number 3.
    const ASKED_BY_IPROUTE2: &str = "
        30 00 00 00 1c 00 05 06 ac 45 06 6b 00 00 00 00 02 00 00 00 03 00 00 00 80 00 00 00 08 00 01 00
        0a 00 00 04 0a 00 02 00 02 00 00 00 00 05 00 00";

    #[test]
    fn what_we_ask_is_what_iproute2_asks() {
        let hardware = "02:00:00:00:00:05".parse().unwrap();
        let request = NewNeighbour::add(Neighbour::permanent(3, "10.0.0.4".parse().unwrap(), hardware));
        let (mut ours, mut theirs) = (Vec::new(), captured(ASKED_BY_IPROUTE2));
        request.encode().0.write(1, libc::NLM_F_ACK, &mut ours);
        theirs[8..12].copy_from_slice(&1_u32.to_ne_bytes());
        assert_eq!(ours, theirs);
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_read_back(
            address: IpAddr, index: u32, state: u16, flags in 0..1_u32 << 18, hardware: Option<[u8; 6]>, protocol: Option<u8>,
        ) {
            let neighbour = Neighbour {
                hardware: hardware.map(HardwareAddress::new),
                state: NeighbourState(state),
                // The bits between are told in neither place.
                flags: NeighbourFlags(flags & !0xff00),
                protocol,
                ..Neighbour::unknown(index, address)
            };
            let mut bytes = Vec::new();
            NewNeighbour::add(neighbour.clone()).encode().0.write(1, 0, &mut bytes);
            let message = Messages::new(&bytes).next().unwrap().unwrap();
            prop_assert_eq!(Neighbour::read(&message).unwrap(), Some(neighbour));
        }

        #[test]
        fn no_message_panics(mut body: Vec<u8>, family in 0..16_u8) {
            if let Some(first) = body.first_mut() {
                *first = family;
            }
            let _ = Neighbour::read(&Received { kind: libc::RTM_NEWNEIGH, flags: 0, sequence: 0, body: &body });
        }
    }
}
