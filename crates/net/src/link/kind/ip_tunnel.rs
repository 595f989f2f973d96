//! Tunnels of IP in IP: `IFLA_IPTUN_*` in `linux/if_tunnel.h`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::wire::{Attribute, Field, Malformed, Message, Native, Present, attributes};

attributes! {
    /// What a tunnel is that carries IP: over IPv4, or for `ip6tnl` over IPv6.
    pub struct IpTunnel: "ipip" | "sit" | "ip6tnl" {
        /// The number of the interface that packets leave by.
        link: u32 = 1,
        /// The address that they come from.
        local: IpAddr = 2,
        /// The other end.
        remote: IpAddr = 3,
        /// How far they go; 0 inherits that of what is in them.
        ttl: u8 = 4,
        /// Their type of service over IPv4; 1 inherits that of what is in them.
        tos: u8 = 5,
        /// How often they may be put into tunnels again, over IPv6.
        encap_limit: u8 = 6,
        /// Traffic class and flow label over IPv6: 8 and 20 bits.
        flow: u32 = 7 Network,
        /// What else is done.
        flags: TunnelFlags = 8,
        /// `IPPROTO_*` of what they carry: 4 is IPv4, 41 IPv6, 137 MPLS, 0 any.
        protocol: u8 = 9,
        /// Whether they may not be cut on the way over IPv4.
        path_mtu_discovery: bool = 10,
        /// Whose IPv4 addresses are in their IPv6 addresses: RFC 5969.
        rapid_prefix: Ipv6Addr = 11,
        /// What all of those IPv4 addresses begin with.
        relay_prefix: Ipv4Addr = 12,
        /// In bits.
        rapid_prefix_length: u16 = 13,
        /// In bits.
        relay_prefix_length: u16 = 14,
        /// `TUNNEL_ENCAP_*`: 0 none, 1 FOU, 2 GUE, which are UDP.
        encapsulation: u16 = 15,
        /// `TUNNEL_ENCAP_FLAG_*`: 1 checksums, 2 those over IPv6, 4 remote ones.
        encapsulation_flags: u16 = 16,
        /// The UDP port that they come from, 0 for one by flow.
        source_port: u16 = 17 Network,
        /// The UDP port that they go to.
        port: u16 = 18 Network,
        /// Whether each packet says where it goes: `external`.
        collect_metadata: Present = 19,
        /// By which firewall mark routes are chosen.
        mark: u32 = 20,
    }
}

/// Flags of a tunnel, which have two bytes over IPv4 and four over IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelFlags {
    /// `SIT_ISATAP` is 1.
    V4(u16),
    /// `IP6_TNL_F_*`.
    V6(u32),
}

impl Field<Native> for TunnelFlags {
    fn put(&self, kind: u16, message: &mut Message) {
        match self {
            Self::V4(flags) => Field::<Native>::put(flags, kind, message),
            Self::V6(flags) => Field::<Native>::put(flags, kind, message),
        }
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        if attribute.payload.len() < 4 {
            attribute.u16().map(Self::V4)
        } else {
            attribute.u32().map(Self::V6)
        }
    }
}

#[cfg(test)]
impl crate::wire::Arbitrary for TunnelFlags {
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        use proptest::prelude::*;
        prop_oneof![any::<u16>().prop_map(Self::V4), any::<u32>().prop_map(Self::V6)].boxed()
    }
}
