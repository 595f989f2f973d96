//! Labels of IPv6 prefixes, by which source addresses are chosen: RFC 6724, `ip-addrlabel(8)` and `linux/if_addrlabel.h`.

use std::fmt;

use crate::address::Prefix;
use crate::family::Family;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received, at};

/// `RTM_NEWADDRLABEL`, `RTM_DELADDRLABEL`, `RTM_GETADDRLABEL`; `IFAL_ADDRESS` and `IFAL_LABEL`.
const NEW: u16 = 72;
const DELETE: u16 = 73;
const GET: u16 = 74;
const ADDRESS: u16 = 1;
const LABEL: u16 = 2;

/// The label of a prefix. Of two source addresses that with the label of the destination is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressLabel {
    /// The prefix.
    pub prefix: Prefix,
    /// The interface that it counts on; 0 is every one.
    pub index: u32,
    /// The label; any number but the greatest.
    pub label: u32,
}

impl AddressLabel {
    /// Every label in the namespace that `route` is bound to. There are some of IPv6 alone.
    ///
    /// # Errors
    /// [`Error`]: `EOPNOTSUPP` for a family that has none.
    #[doc(alias = "RTM_GETADDRLABEL")]
    pub fn list(route: &mut Netlink, family: Family) -> Result<Vec<Self>, Error> {
        route.dump(&List(family), |message| if message.kind == NEW { Self::read(message) } else { Ok(None) })
    }

    /// `None` for what has no address.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = message.split::<12>()?;
        let (mut address, mut label) = (None, 0);
        for attribute in attributes {
            match attribute.kind {
                ADDRESS => address = Some(attribute.ip()?),
                LABEL => label = attribute.u32()?,
                _ => {}
            }
        }
        let index = u32::from_ne_bytes(at(&header, 4)?);
        Ok(address.map(|address| Self { prefix: Prefix { address, length: header[2] }, index, label }))
    }

    fn message(&self, kind: u16, flags: i32) -> Message {
        // The kernel itself refuses what is not of IPv6.
        let mut message =
            Message::new(kind, flags, &header(Family::V6.number(), self.prefix.length, self.index));
        message.put_u32(LABEL, self.label);
        message.put_ip(ADDRESS, self.prefix.address);
        message
    }
}

/// `struct ifaddrlblmsg`.
fn header(family: u8, length: u8, index: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    (bytes[0], bytes[2]) = (family, length);
    bytes[4..8].copy_from_slice(&index.to_ne_bytes());
    bytes
}

impl fmt::Display for AddressLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "label {} of `{}`", self.label, self.prefix)
    }
}

struct List(Family);

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list labels of addresses")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        Encoded(Message::new(GET, 0, &header(self.0.number(), 0, 0)))
    }
}

/// A label to give.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct NewAddressLabel {
    /// Which.
    pub label: AddressLabel,
}

impl fmt::Display for NewAddressLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "add {}", self.label)
    }
}

impl Request for NewAddressLabel {
    fn encode(&self) -> Encoded {
        Encoded(self.label.message(NEW, libc::NLM_F_CREATE | libc::NLM_F_EXCL))
    }
}

/// A label to take away.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct DeleteAddressLabel {
    /// Which.
    pub label: AddressLabel,
}

impl fmt::Display for DeleteAddressLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete {}", self.label)
    }
}

impl Request for DeleteAddressLabel {
    fn encode(&self) -> Encoded {
        Encoded(self.label.message(DELETE, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Messages, captured};
    use proptest::prelude::*;
    use std::net::IpAddr;

    /// `ip addrlabel add prefix fd06::/16 dev va label 78` of iproute2 6.1, where `va` is number 3.
    const ASKED_BY_IPROUTE2: &str = "
        38 00 00 00 48 00 05 06 01 00 00 00 00 00 00 00 0a 00 10 00 03 00 00 00 00 00 00 00 08 00 02 00
        4e 00 00 00 14 00 01 00 fd 06 00 00 00 00 00 00 00 00 00 00 00 00 00 00";

    fn bytes(label: AddressLabel) -> Vec<u8> {
        let mut bytes = Vec::new();
        NewAddressLabel { label }.encode().0.write(1, libc::NLM_F_ACK, &mut bytes);
        bytes
    }

    #[test]
    fn what_we_ask_is_what_iproute2_asks() {
        let label = AddressLabel { prefix: "fd06::/16".parse().unwrap(), index: 3, label: 78 };
        assert_eq!(bytes(label), captured(ASKED_BY_IPROUTE2));
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_read_back(address: IpAddr, length: u8, index: u32, label: u32) {
            let label = AddressLabel { prefix: Prefix { address, length }, index, label };
            let bytes = bytes(label);
            let message = Messages::new(&bytes).next().unwrap().unwrap();
            prop_assert_eq!(AddressLabel::read(&message).unwrap(), Some(label));
        }

        #[test]
        fn no_message_panics(body: Vec<u8>) {
            let _ = AddressLabel::read(&Received { kind: NEW, flags: 0, sequence: 0, body: &body });
        }
    }
}
