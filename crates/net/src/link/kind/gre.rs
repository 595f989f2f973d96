//! Generic routing encapsulation, RFC 2784 and 2890: `IFLA_GRE_*` in `linux/if_tunnel.h`.

use std::net::{IpAddr, Ipv4Addr};

use crate::wire::{Present, attributes};

attributes! {
    /// What a tunnel is that carries packets, frames, or copies of frames (ERSPAN): over IPv4, or for those whose name begins with
    /// `ip6` over IPv6.
    pub struct Gre: "gre" | "gretap" | "erspan" | "ip6gre" | "ip6gretap" | "ip6erspan" {
        /// The number of the interface that packets leave by.
        link: u32 = 1,
        /// What those that come have, in the protocol's own bits: [`Gre::KEY`] and the like.
        input_flags: u16 = 2 Network,
        /// What those that go have.
        output_flags: u16 = 3 Network,
        /// The key of those that come.
        input_key: Ipv4Addr = 4,
        /// The key of those that go.
        output_key: Ipv4Addr = 5,
        /// The address that they come from.
        local: IpAddr = 6,
        /// The other end.
        remote: IpAddr = 7,
        /// How far they go; 0 inherits that of what is in them.
        ttl: u8 = 8,
        /// Their type of service over IPv4; 1 inherits that of what is in them.
        tos: u8 = 9,
        /// Whether they may not be cut on the way over IPv4.
        path_mtu_discovery: bool = 10,
        /// How often they may be put into tunnels again, over IPv6.
        encap_limit: u8 = 11,
        /// Traffic class and flow label over IPv6: 8 and 20 bits.
        flow: u32 = 12 Network,
        /// `IP6_TNL_F_*`.
        flags: u32 = 13,
        /// `TUNNEL_ENCAP_*`: 0 none, 1 FOU, 2 GUE, which are UDP.
        encapsulation: u16 = 14,
        /// `TUNNEL_ENCAP_FLAG_*`: 1 checksums, 2 those over IPv6, 4 remote ones.
        encapsulation_flags: u16 = 15,
        /// The UDP port that they come from, 0 for one by flow.
        source_port: u16 = 16 Network,
        /// The UDP port that they go to.
        port: u16 = 17 Network,
        /// Whether each packet says where it goes: `external`.
        collect_metadata: Present = 18,
        /// Whether what must not be cut may be, in the tunnel.
        ignore_dont_fragment: bool = 19,
        /// By which firewall mark routes are chosen.
        mark: u32 = 20,
        /// The number of the mirror, 20 bits, in version 1 of ERSPAN.
        erspan_index: u32 = 21,
        /// The version of ERSPAN, 0 to 2.
        erspan_version: u8 = 22,
        /// Whether what is mirrored went out, in version 2.
        erspan_egress: bool = 23,
        /// The number of the engine, 6 bits, in version 2.
        erspan_hardware_id: u16 = 24,
    }
}

impl Gre {
    /// A checksum.
    pub const CHECKSUM: u16 = 0x8000;
    /// A key, of 32 bits.
    pub const KEY: u16 = 0x2000;
    /// A sequence number.
    pub const SEQUENCE: u16 = 0x1000;
}
