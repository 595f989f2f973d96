//! Ipvlans and ipvtaps: `IFLA_IPVLAN_*` in `linux/if_link.h`.

use crate::link::LinkData;
use crate::wire::{Malformed, attributes};

attributes! {
    /// What an ipvlan, or an ipvtap, is.
    pub struct Ipvlan: "ipvlan" {
        /// `IPVLAN_MODE_*`: 0 l2, 1 l3, 2 l3s.
        mode: u16 = 1,
        /// `IPVLAN_F_*`: 0 bridge, 1 private, 2 vepa.
        flags: u16 = 2,
    }
}

/// What an ipvtap is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ipvtap(pub Ipvlan);

impl LinkData for Ipvtap {
    const KIND: &'static str = "ipvtap";

    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        Ipvlan::parse(bytes).map(Self)
    }
}
