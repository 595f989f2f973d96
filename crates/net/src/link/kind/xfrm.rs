//! Interfaces for IPsec policies, by number: `IFLA_XFRM_*` in `linux/if_link.h`.

use crate::wire::{Present, attributes};

attributes! {
    /// What an interface for IPsec policies is.
    pub struct Xfrm: "xfrm" {
        /// The number of the interface that packets leave by.
        link: u32 = 1,
        /// The number that its policies and states have, from 1.
        id: u32 = 2,
        /// Whether each packet says which: `external`.
        collect_metadata: Present = 3,
    }
}
