//! Ipvlans and ipvtaps: `IFLA_IPVLAN_*` in `linux/if_link.h`.

use crate::wire::attributes;

attributes! {
    /// What an ipvlan, or an ipvtap, is.
    pub struct Ipvlan: "ipvlan" | "ipvtap" {
        /// `IPVLAN_MODE_*`: 0 l2, 1 l3, 2 l3s.
        mode: u16 = 1,
        /// `IPVLAN_F_*`: 0 bridge, 1 private, 2 vepa.
        flags: u16 = 2,
    }
}
