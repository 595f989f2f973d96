//! What the kernel says of an interface.

use std::fmt;

use super::hardware::HardwareAddress;
use super::header::LinkHeader;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received};

/// An interface as the kernel describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// Its number in its network namespace, from 1.
    pub index: u32,
    /// Its name. The kernel keeps bytes; what is no UTF-8 is replaced.
    pub name: String,
    /// Other names that it is found by, up to 127 bytes each.
    pub alternative_names: Vec<String>,
    /// A text for people: `ip link set alias`.
    pub alias: Option<String>,
    /// `ARPHRD_*`: 1 is Ethernet, 772 the loopback.
    pub hardware: u16,
    /// `IFF_*`.
    pub flags: u32,
    /// The largest packet that it takes, in bytes.
    pub mtu: u32,
    /// Its own link-layer address.
    pub address: Option<HardwareAddress>,
    /// The bridge, bond or VRF that it is a port of.
    pub master: Option<u32>,
    /// What it is made on, or its peer: the number is of network namespace [`Link::link_netnsid`] if that is there.
    pub link: Option<u32>,
    /// What this network namespace calls the one that [`Link::link`] is in.
    pub link_netnsid: Option<i32>,
    /// Whether it can carry traffic.
    pub state: OperState,
    /// `veth`, `bridge`; none for hardware and the loopback.
    pub kind: Option<String>,
}

/// The operational state, as RFC 2863 has it: `IF_OPER_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the RFC's words, which are what `ip link` prints")]
pub enum OperState {
    #[default]
    Unknown,
    NotPresent,
    Down,
    LowerLayerDown,
    Testing,
    Dormant,
    Up,
}

impl OperState {
    fn of(number: u8) -> Self {
        match number {
            1 => Self::NotPresent,
            2 => Self::Down,
            3 => Self::LowerLayerDown,
            4 => Self::Testing,
            5 => Self::Dormant,
            6 => Self::Up,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for OperState {
    /// As `ip-link(8)` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unknown => "UNKNOWN",
            Self::NotPresent => "NOTPRESENT",
            Self::Down => "DOWN",
            Self::LowerLayerDown => "LOWERLAYERDOWN",
            Self::Testing => "TESTING",
            Self::Dormant => "DORMANT",
            Self::Up => "UP",
        })
    }
}

impl Link {
    /// Every interface of the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETLINK")]
    pub fn list(route: &mut Netlink) -> Result<Vec<Self>, Error> {
        route.dump(&List, |message| {
            if message.kind == libc::RTM_NEWLINK { Self::read(message).map(Some) } else { Ok(None) }
        })
    }

    /// The interface of that name or alternative name.
    ///
    /// # Errors
    /// [`Error::Refused`] with `ENODEV` if there is none.
    pub fn find(route: &mut Netlink, name: &str) -> Result<Self, Error> {
        route.ask(&Find { name }, Self::read)
    }

    /// Whether it is administratively up: `IFF_UP`.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.flags & libc::IFF_UP.cast_unsigned() != 0
    }

    pub(crate) fn read(message: &Received<'_>) -> Result<Self, Malformed> {
        let (header, attributes) = message.split()?;
        let header = LinkHeader::read(&header)?;
        let mut link =
            Self { index: header.index, hardware: header.hardware, flags: header.flags, ..Self::default() };
        for attribute in attributes {
            match attribute.kind {
                libc::IFLA_IFNAME => link.name = attribute.text().into_owned(),
                libc::IFLA_PROP_LIST => {
                    link.alternative_names.extend(
                        attribute
                            .nested()
                            .filter(|property| property.kind == libc::IFLA_ALT_IFNAME)
                            .map(|property| property.text().into_owned()),
                    );
                }
                libc::IFLA_IFALIAS => link.alias = Some(attribute.text().into_owned()),
                libc::IFLA_MTU => link.mtu = attribute.u32()?,
                libc::IFLA_ADDRESS => link.address = Some(HardwareAddress::new(attribute.payload)),
                libc::IFLA_MASTER => link.master = Some(attribute.u32()?),
                libc::IFLA_LINK => link.link = Some(attribute.u32()?).filter(|index| *index != 0),
                libc::IFLA_LINK_NETNSID => link.link_netnsid = Some(attribute.i32()?),
                libc::IFLA_OPERSTATE => link.state = OperState::of(attribute.u8()?),
                libc::IFLA_LINKINFO => {
                    link.kind =
                        attribute.nested().find(libc::IFLA_INFO_KIND).map(|kind| kind.text().into_owned());
                }
                _ => {}
            }
        }
        Ok(link)
    }
}

struct List;

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list links")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        Encoded(Message::new(libc::RTM_GETLINK, 0, &LinkHeader::default().bytes()))
    }
}

struct Find<'a> {
    name: &'a str,
}

impl fmt::Display for Find<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "find link `{}`", self.name)
    }
}

impl Request for Find<'_> {
    fn encode(&self) -> Encoded {
        let mut message = Message::new(libc::RTM_GETLINK, 0, &LinkHeader::default().bytes());
        let attribute =
            if self.name.len() > crate::IfName::MAX { libc::IFLA_ALT_IFNAME } else { libc::IFLA_IFNAME };
        message.put_str(attribute, self.name);
        Encoded(message)
    }
}
