//! VLANs: `IFLA_VLAN_*` in `linux/if_link.h`.

use crate::wire::{Attribute, Field, Malformed, Message, Native, attributes};

attributes! {
    /// What a VLAN is.
    pub struct Vlan: "vlan" {
        /// Its number, 0 to 4094.
        id: u16 = 1,
        /// `VLAN_FLAG_*`: values, and which of them count.
        flags: (u32, u32) = 2,
        /// From priorities of packets to those in tags.
        egress: PriorityMap = 3,
        /// From priorities in tags to those of packets.
        ingress: PriorityMap = 4,
        /// `ETH_P_8021Q` or `ETH_P_8021AD`.
        protocol: u16 = 5 Network,
    }
}

/// From one priority to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriorityMap(pub Vec<(u32, u32)>);

/// `IFLA_VLAN_QOS_MAPPING`.
const MAPPING: u16 = 1;

impl Field<Native> for PriorityMap {
    fn put(&self, kind: u16, message: &mut Message) {
        message.nest(kind | super::NESTED, |list| {
            for pair in &self.0 {
                Field::<Native>::put(pair, MAPPING, list);
            }
        });
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let pairs = attribute.nested().filter(|one| one.kind == MAPPING);
        pairs.map(|one| <(u32, u32) as Field<Native>>::read(&one)).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
impl crate::wire::Arbitrary for PriorityMap {
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        use proptest::prelude::*;
        any::<Vec<(u32, u32)>>().prop_map(Self).boxed()
    }
}
