//! Virtual routing and forwarding: `IFLA_VRF_*` in `linux/if_link.h`.

use crate::wire::attributes;

attributes! {
    /// What a VRF is.
    pub struct Vrf: "vrf" {
        /// The routing table of its ports.
        table: u32 = 1,
    }
}

attributes! {
    /// What a port of a VRF has.
    pub struct VrfPort: "vrf" {
        /// The routing table.
        table: u32 = 1,
    }
}
