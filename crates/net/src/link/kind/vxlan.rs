//! VXLANs: `IFLA_VXLAN_*` in `linux/if_link.h`.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::wire::{Attribute, Field, Malformed, Message, Native, Present, attributes};

attributes! {
    /// What a VXLAN is.
    pub struct Vxlan: "vxlan" {
        /// Its number, 24 bits.
        id: u32 = 1,
        /// The other end, or the group of them.
        group: Ipv4Addr = 2,
        /// The number of the interface that packets leave by.
        link: u32 = 3,
        /// The address that they come from.
        local: Ipv4Addr = 4,
        /// How far they go; 0 as routes say.
        ttl: u8 = 5,
        /// Their type of service; 1 inherits that of what is in them.
        tos: u8 = 6,
        /// Whether addresses are learned.
        learning: bool = 7,
        /// For how many seconds.
        ageing: u32 = 8,
        /// How many, 0 without limit.
        limit: u32 = 9,
        /// The ports that they come from.
        source_ports: (u16, u16) = 10 Network,
        /// Whether ARP is answered for others.
        proxy: bool = 11,
        /// Whether it routes between tunnels.
        route_short_circuit: bool = 12,
        /// Whether user space is told of unknown link-layer addresses.
        l2_miss: bool = 13,
        /// Whether user space is told of unknown IP addresses.
        l3_miss: bool = 14,
        /// The port that they go to.
        port: u16 = 15 Network,
        /// The other end, or the group of them.
        group6: Ipv6Addr = 16,
        /// The address that they come from.
        local6: Ipv6Addr = 17,
        /// Whether there are checksums over IPv4.
        udp_checksum: bool = 18,
        /// Whether there are none over IPv6.
        udp_zero_checksum6_transmit: bool = 19,
        /// Whether packets over IPv6 may have none.
        udp_zero_checksum6_receive: bool = 20,
        /// Whether inner checksums are left to the other end.
        remote_checksum_transmit: bool = 21,
        /// Whether the other end may leave them to us.
        remote_checksum_receive: bool = 22,
        /// Group policy extension.
        group_policy: Present = 23,
        /// Whether partial checksums are not made of those.
        remote_checksum_no_partial: Present = 24,
        /// Whether each packet says where it goes: `external`.
        collect_metadata: bool = 25,
        /// The flow label of IPv6.
        label: u32 = 26 Network,
        /// Generic protocol extension.
        protocol_extension: Present = 27,
        /// Whether how far they go is inherited.
        ttl_inherit: Inherit = 28,
        /// Whether they may be cut: 0 yes, 1 no, 2 as what is in them.
        dont_fragment: u8 = 29,
        /// Whether it has a list of numbers.
        vni_filter: bool = 30,
        /// Whether what is for this machine goes directly to the interface there that has the number.
        local_bypass: bool = 31,
        /// Whose flow label the outer packet has: 0 that of [`Vxlan::label`], 1 the inner one's.
        label_policy: u32 = 32,
        /// The bits of a header, two words, with which a packet is dropped.
        reserved_bits: (u32, u32) = 33 Network,
        /// Whether multicast is sent on by the routes for that.
        multicast_route: bool = 34,
    }
}

/// Whether something is inherited: asked for by an attribute that is there, told by a byte in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inherit(pub bool);

impl Field<Native> for Inherit {
    fn put(&self, kind: u16, message: &mut Message) {
        if self.0 {
            message.put_flag(kind);
        }
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        Ok(Self(attribute.payload.first().is_none_or(|byte| *byte != 0)))
    }
}

#[cfg(test)]
impl crate::wire::Arbitrary for Inherit {
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        use proptest::prelude::*;
        Just(Self(true)).boxed()
    }
}
