//! Settings of interfaces, as the kernel tells of them: `ip-netconf(8)` and `linux/netconf.h`.

use std::fmt;

use crate::family::Family;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received};

/// `RTM_NEWNETCONF`, `RTM_DELNETCONF`, `RTM_GETNETCONF`.
pub(crate) const NEW: u16 = 80;
pub(crate) const DELETE: u16 = 81;
const GET: u16 = 82;

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
    /// The settings of each interface, of all of them and of those to come, in the namespace that `route` is bound to; of IPv4 and
    /// of IPv6 if `family` is `None`.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETNETCONF")]
    pub fn list(route: &mut Netlink, family: Option<Family>) -> Result<Vec<Self>, Error> {
        route.dump(&List(family), |message| if message.kind == NEW { Self::read(message) } else { Ok(None) })
    }

    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
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

struct List(Option<Family>);

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list settings of links")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        // `struct netconfmsg`.
        Encoded(Message::new(GET, 0, &[Family::number_or_all(self.0)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_the_kernel_tells_is_read(index in 1_u32..1 << 31, forwarding: bool, check in 0..3_i32) {
            let mut message = Message::new(NEW, 0, &[10]);
            message.put_u32(1, index);
            message.put_i32(2, forwarding.into());
            message.put_i32(3, check);
            let body = message.body();
            let read = Netconf::read(&Received { kind: NEW, flags: 0, sequence: 0, body }).unwrap().unwrap();
            prop_assert_eq!((read.family, read.place), (Family::V6, Place::Link(index)));
            let all = [ReversePath::Off, ReversePath::Strict, ReversePath::Loose];
            let check = all.into_iter().zip(0..).find(|(_, number)| *number == check).map(|(one, _)| one);
            prop_assert_eq!((read.forwarding, read.reverse_path), (Some(forwarding), check));
        }

        #[test]
        fn no_message_panics(body: Vec<u8>) {
            let _ = Netconf::read(&Received { kind: NEW, flags: 0, sequence: 0, body: &body });
        }
    }
}
