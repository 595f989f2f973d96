//! IP addresses of interfaces. See `rtnetlink(7)`, `ip-address(8)` and `linux/if_addr.h`.

mod change;
mod flags;
mod lifetime;
mod prefix;

use std::fmt;
use std::net::IpAddr;

pub use change::{Network, NewAddress, RemoveAddress};
pub use flags::AddressFlags;
pub use lifetime::{AddressAge, Lifetime};
pub use prefix::{Prefix, PrefixError};

use crate::family::Family;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::scope::Scope;
use crate::wire::{Malformed, Message, Received, at};

/// `IFA_RT_PRIORITY` and `IFA_PROTO`.
const PRIORITY: u16 = 9;
const PROTOCOL: u16 = 11;

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
    /// That of several hosts, of which one answers.
    pub anycast: Option<IpAddr>,
    /// How far it is known.
    pub scope: Scope,
    /// `IFA_F_*`.
    pub flags: AddressFlags,
    /// The label of an IPv4 address: the interface's name, or that and `:` and more.
    pub label: Option<String>,
    /// How long it may be used, and since when it is there.
    pub age: Option<AddressAge>,
    /// The metric of the route to its network; `None` is the usual one.
    pub priority: Option<u32>,
    /// Who gave it: `IFAPROT_*`; 1 is the loopback, 2 a router's advertisement, 3 the link-local one.
    pub protocol: Option<u8>,
}

/// `struct ifaddrmsg` in `linux/if_addr.h`.
fn header(family: u8, length: u8, flags: u8, scope: Scope, index: u32) -> [u8; 8] {
    let index = index.to_ne_bytes();
    [family, length, flags, scope.0, index[0], index[1], index[2], index[3]]
}

impl Address {
    /// Every address in the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETADDR")]
    pub fn list(route: &mut Netlink) -> Result<Vec<Self>, Error> {
        Self::list_where(route, None, None)
    }

    /// The addresses of one family, and of one interface; `None` is all.
    ///
    /// # Errors
    /// [`Error`]: `ENODEV` if there is no such interface.
    pub fn list_where(
        route: &mut Netlink,
        family: Option<Family>,
        index: Option<u32>,
    ) -> Result<Vec<Self>, Error> {
        route.dump(&List { family, index }, |message| {
            if message.kind == libc::RTM_NEWADDR { Self::read(message) } else { Ok(None) }
        })
    }

    /// `None` for what is no IP address.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = message.split::<8>()?;
        let Some(family) = Family::read(header[0]) else { return Ok(None) };
        let (mut local, mut far) = (None, None);
        let mut read = Self {
            index: u32::from_ne_bytes(at(&header, 4)?),
            prefix: Prefix { address: family.unspecified(), length: header[1] },
            peer: None,
            broadcast: None,
            anycast: None,
            scope: Scope(header[3]),
            flags: AddressFlags(header[2].into()),
            label: None,
            age: None,
            priority: None,
            protocol: None,
        };
        for attribute in attributes {
            match attribute.kind {
                libc::IFA_LOCAL => local = Some(attribute.ip()?),
                libc::IFA_ADDRESS => far = Some(attribute.ip()?),
                libc::IFA_BROADCAST => read.broadcast = Some(attribute.ip()?),
                libc::IFA_ANYCAST => read.anycast = Some(attribute.ip()?),
                libc::IFA_LABEL => read.label = Some(attribute.text().into_owned()),
                libc::IFA_FLAGS => read.flags = AddressFlags(attribute.u32()?),
                libc::IFA_CACHEINFO => read.age = Some(AddressAge::read(&attribute)?),
                PRIORITY => read.priority = Some(attribute.u32()?),
                PROTOCOL => read.protocol = Some(attribute.u8()?),
                _ => {}
            }
        }
        let Some(address) = local.or(far) else { return Ok(None) };
        read.prefix.address = address;
        if Family::of(address) != family || header[1] > family.bits() {
            return Err(Malformed);
        }
        read.peer = far.filter(|far| *far != address);
        Ok(Some(read))
    }
}

struct List {
    family: Option<Family>,
    index: Option<u32>,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            None => f.write_str("list addresses"),
            Some(index) => write!(f, "list addresses of link {index}"),
        }
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        let family = Family::number_or_all(self.family);
        let header = header(family, 0, 0, Scope::GLOBAL, self.index.unwrap_or(0));
        Encoded(Message::new(libc::RTM_GETADDR, 0, &header))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Messages, captured};
    use proptest::prelude::*;

    /// `ip address add 10.1.0.1/24 peer 10.1.0.2 brd 10.1.0.255 dev va label va:x scope link valid_lft 100 preferred_lft 50
    /// metric 77` of iproute2 6.1, where `va` is number 3. The length is the peer's.
    const ASKED_BY_IPROUTE2: &str = "
        58 00 00 00 14 00 05 06 ab 45 06 6b 00 00 00 00 02 20 00 fd 03 00 00 00 08 00 02 00 0a 01 00 01
        08 00 01 00 0a 01 00 02 08 00 04 00 0a 01 00 ff 09 00 03 00 76 61 3a 78 00 00 00 00 08 00 09 00
        4d 00 00 00 14 00 06 00 32 00 00 00 64 00 00 00 00 00 00 00 00 00 00 00";

    #[test]
    fn what_we_ask_is_what_iproute2_asks() {
        let asked = NewAddress {
            peer: Some("10.1.0.2".parse().unwrap()),
            broadcast: Some("10.1.0.255".parse().unwrap()),
            label: Some("va:x".to_owned()),
            scope: Scope::LINK,
            lifetimes: Some((Lifetime(50), Lifetime(100))),
            priority: Some(77),
            ..NewAddress::new(3, "10.1.0.1/32".parse().unwrap())
        };
        let (mut ours, theirs) = (Vec::new(), captured(ASKED_BY_IPROUTE2));
        asked.encode().0.write(1, 0, &mut ours);
        let read =
            |bytes: &[u8]| Address::read(&Messages::new(bytes).next().unwrap().unwrap()).unwrap().unwrap();
        assert_eq!(read(&ours), read(&theirs));
        assert_eq!(read(&theirs).label, asked.label);
        assert_eq!(ours.len(), theirs.len());
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_read_back(
            address: IpAddr, length: u8, peer: Option<std::net::Ipv4Addr>, index: u32, scope: u8, flags in 1..4096_u32,
            priority: Option<u32>, protocol: Option<u8>, lifetimes: (u32, u32),
        ) {
            let prefix = Prefix { address, length: length % (Family::of(address).bits() + 1) };
            let peer = peer.map(IpAddr::V4).filter(|peer| address.is_ipv4() && *peer != address);
            let asked = NewAddress {
                peer, scope: Scope(scope), flags: AddressFlags(flags), priority, protocol,
                lifetimes: Some((Lifetime(lifetimes.0), Lifetime(lifetimes.1))),
                ..NewAddress::new(index, prefix)
            };
            let mut bytes = Vec::new();
            asked.encode().0.write(1, 0, &mut bytes);
            let read = Address::read(&Messages::new(&bytes).next().unwrap().unwrap()).unwrap().unwrap();
            prop_assert_eq!((read.index, read.prefix, read.peer), (index, prefix, peer));
            prop_assert_eq!((read.scope, read.flags, read.priority), (asked.scope, asked.flags, priority));
            let age = read.age.unwrap();
            prop_assert_eq!((read.protocol, Some((age.preferred, age.valid))), (protocol, asked.lifetimes));
        }

        #[test]
        fn no_message_panics(mut body: Vec<u8>, family in 0..16_u8) {
            if let Some(first) = body.first_mut() {
                *first = family;
            }
            let _ = Address::read(&Received { kind: libc::RTM_NEWADDR, flags: 0, sequence: 0, body: &body });
        }
    }
}
