//! Interfaces for IPsec tunnels, by key: `IFLA_VTI_*` in `linux/if_tunnel.h`.

use std::net::{IpAddr, Ipv4Addr};

use crate::wire::attributes;

attributes! {
    /// What an interface for an IPsec tunnel is: over IPv4, or for `vti6` over IPv6.
    pub struct Vti: "vti" | "vti6" {
        /// The number of the interface that packets leave by.
        link: u32 = 1,
        /// The mark that those that come are looked up by.
        input_key: Ipv4Addr = 2,
        /// The mark that those that go are looked up by.
        output_key: Ipv4Addr = 3,
        /// The address that they come from.
        local: IpAddr = 4,
        /// The other end.
        remote: IpAddr = 5,
        /// By which firewall mark routes are chosen.
        mark: u32 = 6,
    }
}
