//! Settings of interfaces, as the kernel tells of them: `linux/netconf.h`.

use crate::family::Family;
use crate::wire::{Malformed, Received};

/// Whose settings they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Of all interfaces at once: `conf/all`.
    All,
    /// Of those to come: `conf/default`.
    Default,
    /// Of one interface.
    Link(u32),
}

/// Whether a packet's source must be reached by the way that it came: `rp_filter`, RFC 3704.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReversePath {
    /// It need not.
    Off,
    /// By that interface.
    Strict,
    /// By any interface.
    Loose,
}

/// Settings of interfaces. What is not told is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Netconf {
    /// Of IPv4 or of IPv6.
    pub family: Family,
    /// Whose they are.
    pub place: Place,
    /// Whether packets for others are sent on.
    pub forwarding: Option<bool>,
    /// The check of sources.
    pub reverse_path: Option<ReversePath>,
    /// Whether multicast packets are sent on.
    pub multicast_forwarding: Option<bool>,
    /// Whether this host answers for others: `proxy_arp`, `proxy_ndp`.
    pub proxy_neighbour: Option<bool>,
    /// Whether routes by interfaces without a carrier do not count.
    pub ignore_linkdown: Option<bool>,
}

const ALL: i32 = -1;
const DEFAULT: i32 = -2;

impl Netconf {
    pub(super) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let ([family], attributes) = message.split::<1>()?;
        let Some(family) = Family::read(family) else { return Ok(None) };
        let mut read = Self {
            family,
            place: Place::All,
            forwarding: None,
            reverse_path: None,
            multicast_forwarding: None,
            proxy_neighbour: None,
            ignore_linkdown: None,
        };
        for attribute in attributes {
            let number = attribute.i32()?;
            let switch = Some(number != 0);
            match attribute.kind {
                1 => {
                    read.place = match number {
                        ALL => Place::All,
                        DEFAULT => Place::Default,
                        index => Place::Link(index.cast_unsigned()),
                    }
                }
                2 => read.forwarding = switch,
                3 => {
                    read.reverse_path = Some(match number {
                        0 => ReversePath::Off,
                        1 => ReversePath::Strict,
                        _ => ReversePath::Loose,
                    });
                }
                4 => read.multicast_forwarding = switch,
                5 => read.proxy_neighbour = switch,
                6 => read.ignore_linkdown = switch,
                _ => {}
            }
        }
        Ok(Some(read))
    }
}
