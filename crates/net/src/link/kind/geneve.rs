//! Generic network virtualization encapsulation, RFC 8926: `IFLA_GENEVE_*` in `linux/if_link.h`.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::wire::{Present, attributes};

attributes! {
    /// What a GENEVE interface is.
    pub struct Geneve: "geneve" {
        /// Its number, 24 bits.
        id: u32 = 1,
        /// The other end.
        remote: Ipv4Addr = 2,
        /// How far packets go; 0 as routes say.
        ttl: u8 = 3,
        /// Their type of service; 1 inherits that of what is in them.
        tos: u8 = 4,
        /// The UDP port that they go to.
        port: u16 = 5 Network,
        /// Whether each packet says where it goes: `external`.
        collect_metadata: Present = 6,
        /// The other end.
        remote6: Ipv6Addr = 7,
        /// Whether there are checksums over IPv4.
        udp_checksum: bool = 8,
        /// Whether there are none over IPv6.
        udp_zero_checksum6_transmit: bool = 9,
        /// Whether packets over IPv6 may have none.
        udp_zero_checksum6_receive: bool = 10,
        /// The flow label of IPv6.
        label: u32 = 11 Network,
        /// Whether how far they go is inherited.
        ttl_inherit: bool = 12,
        /// Whether they may be cut: 0 yes, 1 no, 2 as what is in them.
        dont_fragment: u8 = 13,
        /// Whether they carry packets of the protocol that they say, not frames.
        inner_protocol_inherit: Present = 14,
    }
}
