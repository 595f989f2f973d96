//! Entries of a bridge's or VXLAN's forwarding table, which the kernel tells of as neighbours. See `bridge(8)`, `bridge fdb`.

use std::net::IpAddr;

use super::{NeighbourAge, NeighbourFlags, NeighbourState};
use crate::link::HardwareAddress;
use crate::wire::{Malformed, Received, at};

/// By which interface a link-layer address is reached. It is heard of by a [`Monitor`](crate::Monitor) of neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForwardingEntry {
    /// The port of the bridge, or the VXLAN interface.
    pub index: u32,
    /// The link-layer address.
    pub hardware: Option<HardwareAddress>,
    /// The host that a VXLAN interface sends to.
    pub destination: Option<IpAddr>,
    /// Whether it was learned, or somebody has said so.
    pub state: NeighbourState,
    /// `NTF_*`.
    pub flags: NeighbourFlags,
    /// Use and age.
    pub age: Option<NeighbourAge>,
}

/// `AF_BRIDGE`.
const BRIDGE: u8 = 7;

impl ForwardingEntry {
    /// `None` for a neighbour of IP.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = message.split::<12>()?;
        if header[0] != BRIDGE {
            return Ok(None);
        }
        let mut read = Self {
            index: u32::from_ne_bytes(at(&header, 4)?),
            hardware: None,
            destination: None,
            state: NeighbourState(u16::from_ne_bytes(at(&header, 8)?)),
            flags: NeighbourFlags(header[10].into()),
            age: None,
        };
        for attribute in attributes {
            match attribute.kind {
                libc::NDA_LLADDR => read.hardware = Some(HardwareAddress::new(attribute.payload)),
                libc::NDA_DST => read.destination = Some(attribute.ip()?),
                libc::NDA_CACHEINFO => read.age = Some(NeighbourAge::read(&attribute)?),
                _ => {}
            }
        }
        Ok(Some(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_message_panics(mut body: Vec<u8>) {
            if let Some(first) = body.first_mut() {
                *first = BRIDGE;
            }
            let _ = ForwardingEntry::read(&Received { kind: libc::RTM_NEWNEIGH, flags: 0, sequence: 0, body: &body });
        }
    }
}
