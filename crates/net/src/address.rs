//! IP addresses of interfaces. See `rtnetlink(7)` and `linux/if_addr.h`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::family::Family;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received, at};

/// An address and how many of its first bits name the network: `10.0.0.1/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix {
    /// The address, with all its bits.
    pub address: IpAddr,
    /// 0 to 32, or to 128 for IPv6.
    pub length: u8,
}

/// Not an address, or not a length that it can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no address with a prefix length, such as `10.0.0.1/24` or `fd00::1/64`")]
pub struct PrefixError {
    /// The text.
    pub text: Box<str>,
}

impl Prefix {
    /// The network: all bits behind the prefix zero.
    #[must_use]
    pub fn network(self) -> Self {
        let kept = u32::from(self.length);
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - kept.min(32)).unwrap_or(0);
                IpAddr::V4((address.to_bits() & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - kept.min(128)).unwrap_or(0);
                IpAddr::V6((address.to_bits() & mask).into())
            }
        };
        Self { address, length: self.length }
    }

    /// Whether `address` is in the network.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && Self { address, length: self.length }.network() == self.network()
    }

    /// Whether the two networks have an address in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        if self.length <= other.length { self.contains(other.address) } else { other.contains(self.address) }
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    /// Without a length it is that of a single address.
    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let refused = || PrefixError { text: text.into() };
        let (address, length) =
            text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => longest,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|length| *length <= longest).ok_or_else(refused)?
            }
            Some(_) => return Err(refused()),
        };
        Ok(Self { address, length })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// `IFA_F_*`: what state an address is in, or what is asked for with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddressFlags(pub u32);

impl AddressFlags {
    /// No duplicate address detection, so that an IPv6 address is usable at once: `IFA_F_NODAD`.
    pub const NO_DAD: Self = Self(libc::IFA_F_NODAD);

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// An address that an interface has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address {
    /// The number of the interface.
    pub index: u32,
    /// Its own address, and the network of the link. On a point-to-point link the length belongs to [`Address::peer`].
    pub prefix: Prefix,
    /// The other end's address, where it is another one.
    pub peer: Option<IpAddr>,
    /// Where IPv4 broadcasts go.
    pub broadcast: Option<IpAddr>,
    /// `RT_SCOPE_*`: 0 global, 253 link, 254 host.
    pub scope: u8,
    /// `IFA_F_*`.
    pub flags: AddressFlags,
    /// The label of an IPv4 address: the interface's name, or that and `:` and more.
    pub label: Option<String>,
}

/// `struct ifaddrmsg` in `linux/if_addr.h`.
fn header(family: u8, length: u8, scope: u8, index: u32) -> [u8; 8] {
    let index = index.to_ne_bytes();
    [family, length, 0, scope, index[0], index[1], index[2], index[3]]
}

impl Address {
    /// Every address in the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETADDR")]
    pub fn list(route: &mut Netlink) -> Result<Vec<Self>, Error> {
        route.dump(
            &List,
            |message| {
                if message.kind == libc::RTM_NEWADDR { Self::read(message) } else { Ok(None) }
            },
        )
    }

    /// `None` for what is no IP address.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = message.split::<8>()?;
        let (mut local, mut far, mut broadcast, mut label) = (None, None, None, None);
        let mut flags = u32::from(header[2]);
        for attribute in attributes {
            match attribute.kind {
                libc::IFA_LOCAL => local = Some(attribute.ip()?),
                libc::IFA_ADDRESS => far = Some(attribute.ip()?),
                libc::IFA_BROADCAST => broadcast = Some(attribute.ip()?),
                libc::IFA_LABEL => label = Some(attribute.text().into_owned()),
                libc::IFA_FLAGS => flags = attribute.u32()?,
                _ => {}
            }
        }
        let Some(address) = local.or(far) else { return Ok(None) };
        Ok(Some(Self {
            index: u32::from_ne_bytes(at(&header, 4)?),
            prefix: Prefix { address, length: header[1] },
            peer: far.filter(|far| *far != address),
            broadcast,
            scope: header[3],
            flags: AddressFlags(flags),
            label,
        }))
    }
}

struct List;

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list addresses")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        Encoded(Message::new(libc::RTM_GETADDR, 0, &header(0, 0, 0, 0)))
    }
}

/// An address to give to an interface.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewAddress {
    /// The number of the interface.
    pub index: u32,
    /// The address and its network.
    pub prefix: Prefix,
    /// The other end's address on a point-to-point link.
    pub peer: Option<IpAddr>,
    /// `IFA_F_*`.
    pub flags: AddressFlags,
}

impl NewAddress {
    /// `prefix` for interface number `index`.
    pub const fn new(index: u32, prefix: Prefix) -> Self {
        Self { index, prefix, peer: None, flags: AddressFlags(0) }
    }
}

impl fmt::Display for NewAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "add address `{}` to link {}", self.prefix, self.index)
    }
}

impl Request for NewAddress {
    fn encode(&self) -> Encoded {
        let address = self.prefix.address;
        let header = header(Family::of(address).number(), self.prefix.length, 0, self.index);
        let mut message = Message::new(libc::RTM_NEWADDR, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &header);
        message.put_ip(libc::IFA_LOCAL, address);
        message.put_ip(libc::IFA_ADDRESS, self.peer.unwrap_or(address));
        if self.flags != AddressFlags::default() {
            message.put_u32(libc::IFA_FLAGS, self.flags.0);
        }
        Encoded(message)
    }
}

/// Takes an address from an interface.
#[derive(Clone, Copy, Debug)]
pub struct RemoveAddress {
    /// The number of the interface.
    pub index: u32,
    /// The address and its network.
    pub prefix: Prefix,
}

impl fmt::Display for RemoveAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "remove address `{}` from link {}", self.prefix, self.index)
    }
}

impl Request for RemoveAddress {
    fn encode(&self) -> Encoded {
        let address = self.prefix.address;
        let header = header(Family::of(address).number(), self.prefix.length, 0, self.index);
        let mut message = Message::new(libc::RTM_DELADDR, 0, &header);
        message.put_ip(libc::IFA_LOCAL, address);
        Encoded(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn networks_contain_their_addresses_and_no_other() {
        assert_eq!(prefix("10.1.2.3/8").network(), prefix("10.0.0.0/8"));
        assert_eq!(prefix("fd00::1/0").network(), prefix("::/0"));
        assert!(prefix("10.0.0.0/8").overlaps(prefix("10.1.0.0/16")));
        assert!(prefix("10.1.0.0/16").overlaps(prefix("10.0.0.0/8")));
        assert!(!prefix("10.1.0.0/16").overlaps(prefix("10.2.0.0/16")));
        assert!(!prefix("0.0.0.0/0").overlaps(prefix("::/0")));
    }

    #[test]
    fn what_is_no_prefix_is_refused() {
        for text in ["", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/+1", "10.0.0/8", "fd00::1/129", "fd00::1/-1"] {
            assert!(text.parse::<Prefix>().is_err(), "{text}");
        }
        assert_eq!(prefix("10.0.0.1").length, 32);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(address: IpAddr, length: u8) {
            let longest = if address.is_ipv4() { 32 } else { 128 };
            let prefix = Prefix { address, length: length % (longest + 1) };
            prop_assert_eq!(prefix.to_string().parse(), Ok(prefix));
            prop_assert!(prefix.network().contains(address));
        }

        #[test]
        fn no_message_panics(body: Vec<u8>) {
            let _ = Address::read(&Received { kind: libc::RTM_NEWADDR, flags: 0, sequence: 0, body: &body });
        }
    }
}
