//! Interfaces of user-space programs: `IFLA_TUN_*` in `linux/if_link.h`. They are made by [`NewTun`](crate::NewTun).

use crate::wire::attributes;

attributes! {
    /// What a tun or tap interface is.
    pub struct Tun: "tun" {
        /// The user who may use it.
        owner: u32 = 1,
        /// The group that may.
        group: u32 = 2,
        /// 1 tun, IP packets; 2 tap, Ethernet.
        mode: u8 = 3,
        /// Whether a protocol stands before each packet.
        packet_information: bool = 4,
        /// Whether a `virtio` header does.
        virtio_header: bool = 5,
        /// Whether it stays when nobody uses it.
        persistent: bool = 6,
        /// Whether it has several queues.
        multi_queue: bool = 7,
        /// How many of them are in use.
        queues: u32 = 8,
        /// How many are switched off.
        disabled_queues: u32 = 9,
    }
}
