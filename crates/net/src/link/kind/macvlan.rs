//! Macvlans and macvtaps: `IFLA_MACVLAN_*` in `linux/if_link.h`.

use crate::wire::{Attribute, Field, Malformed, Message, Native, attributes};

attributes! {
    /// What a macvlan, or a macvtap, is.
    pub struct Macvlan: "macvlan" | "macvtap" {
        /// `MACVLAN_MODE_*`: 1 private, 2 vepa, 4 bridge, 8 passthru, 16 source.
        mode: u32 = 1,
        /// `MACVLAN_FLAG_*`: 1 nopromisc, 2 nodst.
        flags: u16 = 2,
        /// What is done with [`Macvlan::address`] and [`Macvlan::sources`]: 0 add, 1 delete, 2 flush, 3 set.
        address_command: u32 = 3,
        /// An address that may send, in mode source.
        address: [u8; 6] = 4,
        /// Those that may.
        sources: SourceAddresses = 5,
        /// How many there are.
        source_count: u32 = 6,
        /// How many broadcasts may wait.
        broadcast_queue_length: u32 = 7,
        /// How many may, as the largest number asked for has it.
        broadcast_queue_used: u32 = 8,
        /// With fewer receivers than this, broadcasts are not queued.
        broadcast_cutoff: i32 = 9,
    }
}

/// Link-layer addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceAddresses(pub Vec<[u8; 6]>);

/// `IFLA_MACVLAN_MACADDR`.
const ADDRESS: u16 = 4;

impl Field<Native> for SourceAddresses {
    fn put(&self, kind: u16, message: &mut Message) {
        message.nest(kind | super::NESTED, |list| {
            for address in &self.0 {
                list.put(ADDRESS, address);
            }
        });
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let addresses = attribute.nested().filter(|one| one.kind == ADDRESS);
        addresses.map(|one| <[u8; 6] as Field<Native>>::read(&one)).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
impl crate::wire::Arbitrary for SourceAddresses {
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        use proptest::prelude::*;
        any::<Vec<[u8; 6]>>().prop_map(Self).boxed()
    }
}
