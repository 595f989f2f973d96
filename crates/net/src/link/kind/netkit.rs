//! The pair netkit: `IFLA_NETKIT_*` in `linux/if_link.h`.

use crate::link::NewLink;
use crate::wire::{Message, attributes};

attributes! {
    /// What can be said of a netkit pair, besides its peer.
    pub struct NetkitMode: "netkit" {
        /// Whether this end is the one that was asked for; only read.
        primary: bool = 2,
        /// What happens without a program: 0 pass, 2 drop.
        policy: u32 = 3,
        /// The same at the other end.
        peer_policy: u32 = 4,
        /// 0 Ethernet, 1 IP packets.
        mode: u32 = 5,
        /// What is taken off packets from another namespace, mark and priority: 0 nothing, 1 as usual.
        scrub: u32 = 6,
        /// The same at the other end.
        peer_scrub: u32 = 7,
        /// Bytes that are kept free before a packet.
        headroom: u16 = 8,
        /// And behind it.
        tailroom: u16 = 9,
    }
}

/// A netkit pair.
#[derive(Clone, Debug, Default)]
pub struct Netkit {
    /// The other end, if it is to have a name, or a place, of its own.
    pub peer: Option<Box<NewLink>>,
    /// What they are.
    pub mode: NetkitMode,
}

/// `IFLA_NETKIT_PEER_INFO`.
const PEER_INFO: u16 = 1;

impl Netkit {
    pub(super) fn put(&self, data: &mut Message) {
        if let Some(peer) = &self.peer {
            data.nest(PEER_INFO | super::NESTED, |message| {
                message.append(&peer.header().bytes());
                peer.put_attributes(message);
            });
        }
        self.mode.put(data);
    }
}
