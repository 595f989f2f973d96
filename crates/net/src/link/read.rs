//! What the kernel says of an interface.

use std::fmt;

use super::attribute as ifla;
use super::hardware::HardwareAddress;
use super::header::LinkHeader;
use super::statistics::Statistics;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Attribute, Malformed, Message, Received};

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
    /// The type of its [`Link::master`], whose port it is: `bridge`, `bond`.
    pub port_kind: Option<String>,
    pub(super) kind_data: Vec<u8>,
    pub(super) port_data: Vec<u8>,
    /// Whether the kernel says that it is made on nothing, where others have a [`Link::link`]: `eth0@NONE`.
    pub on_nothing: bool,
    /// The link-layer address of all stations, or the other end's.
    pub broadcast: Option<HardwareAddress>,
    /// The address that the hardware came with.
    pub permanent_address: Option<HardwareAddress>,
    /// The queueing discipline that packets leave by.
    pub qdisc: Option<String>,
    /// How many packets wait to be sent, at most.
    pub queue_length: u32,
    /// How it becomes operational: 0 as usual, 1 by way of dormant.
    pub link_mode: u8,
    /// The group that it is in; 0 is the default.
    pub group: u32,
    /// How many want it to be promiscuous.
    pub promiscuity: u32,
    /// How many want all multicast.
    pub all_multicast: Option<u32>,
    /// The smallest and largest [`Link::mtu`] that it takes; 0 is no limit.
    pub mtu_range: Option<(u32, u32)>,
    /// The number of transmit and receive queues.
    pub queues: Option<(u32, u32)>,
    /// What segmentation and reassembly may make of packets.
    pub offload: Offload,
    /// Whether something says that it carries traffic.
    pub carrier: Option<bool>,
    /// How often that changed.
    pub carrier_changes: Option<u32>,
    /// Whether a protocol holds it down, and the bits of why.
    pub protocol_down: Option<(bool, u32)>,
    /// The number of the network namespace that it has just gone to.
    pub new_netnsid: Option<i32>,
    /// Its number there.
    pub new_index: Option<u32>,
    /// Why a notification was sent: `IFLA_EVENT_*`.
    pub event: Option<u32>,
    /// What made it: the bus and the device there.
    pub parent: Option<(String, String)>,
    /// How IPv6 makes the link-local address: `IN6_ADDR_GEN_MODE_*`.
    pub address_generation: Option<u8>,
    /// What went through.
    pub statistics: Option<Statistics>,
}

/// How large packets may be before they are cut, and after they are put together: in bytes and segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the kernel's words")]
pub struct Offload {
    pub gso_max_size: Option<u32>,
    pub gso_max_segs: Option<u32>,
    pub tso_max_size: Option<u32>,
    pub tso_max_segs: Option<u32>,
    pub gro_max_size: Option<u32>,
    pub gso_ipv4_max_size: Option<u32>,
    pub gro_ipv4_max_size: Option<u32>,
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
        route.ask(&Find::Name(name), Self::read)
    }

    /// Interface number `index`.
    ///
    /// # Errors
    /// As [`Link::find`].
    pub fn numbered(route: &mut Netlink, index: u32) -> Result<Self, Error> {
        route.ask(&Find::Index(index), Self::read)
    }

    /// Whether it is administratively up: `IFF_UP`.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.flags & libc::IFF_UP.cast_unsigned() != 0
    }

    /// Whether something is at the other end: `IFF_LOWER_UP`. The operational state follows it up to a second later.
    #[must_use]
    pub fn has_carrier(&self) -> bool {
        self.flags & libc::IFF_LOWER_UP.cast_unsigned() != 0
    }

    pub(crate) fn read(message: &Received<'_>) -> Result<Self, Malformed> {
        let (header, attributes) = message.split()?;
        let header = LinkHeader::read(&header)?;
        let mut link =
            Self { index: header.index, hardware: header.hardware, flags: header.flags, ..Self::default() };
        for attribute in attributes {
            link.take(&attribute)?;
        }
        Ok(link)
    }

    fn take(&mut self, attribute: &Attribute<'_>) -> Result<(), Malformed> {
        let address = || Some(HardwareAddress::new(attribute.payload));
        match attribute.kind {
            ifla::IFNAME => self.name = attribute.text().into_owned(),
            ifla::PROP_LIST => {
                let names = attribute.nested().filter(|property| property.kind == ifla::ALT_IFNAME);
                self.alternative_names.extend(names.map(|name| name.text().into_owned()));
            }
            ifla::IFALIAS => self.alias = Some(attribute.text().into_owned()),
            ifla::MTU => self.mtu = attribute.u32()?,
            ifla::ADDRESS => self.address = address(),
            ifla::BROADCAST => self.broadcast = address(),
            ifla::PERM_ADDRESS => self.permanent_address = address(),
            ifla::MASTER => self.master = Some(attribute.u32()?),
            ifla::LINK => {
                self.link = Some(attribute.u32()?).filter(|index| *index != 0);
                self.on_nothing = self.link.is_none();
            }
            ifla::LINK_NETNSID => self.link_netnsid = Some(attribute.i32()?),
            ifla::OPERSTATE => self.state = OperState::of(attribute.u8()?),
            ifla::LINKMODE => self.link_mode = attribute.u8()?,
            ifla::QDISC => self.qdisc = Some(attribute.text().into_owned()),
            ifla::TXQLEN => self.queue_length = attribute.u32()?,
            ifla::GROUP => self.group = attribute.u32()?,
            ifla::PROMISCUITY => self.promiscuity = attribute.u32()?,
            ifla::ALLMULTI => self.all_multicast = Some(attribute.u32()?),
            ifla::MIN_MTU => self.mtu_range.get_or_insert_default().0 = attribute.u32()?,
            ifla::MAX_MTU => self.mtu_range.get_or_insert_default().1 = attribute.u32()?,
            ifla::NUM_TX_QUEUES => self.queues.get_or_insert_default().0 = attribute.u32()?,
            ifla::NUM_RX_QUEUES => self.queues.get_or_insert_default().1 = attribute.u32()?,
            ifla::CARRIER => self.carrier = Some(attribute.u8()? != 0),
            ifla::CARRIER_CHANGES => self.carrier_changes = Some(attribute.u32()?),
            ifla::PROTO_DOWN => self.protocol_down.get_or_insert_default().0 = attribute.u8()? != 0,
            ifla::PROTO_DOWN_REASON => {
                if let Some(value) = attribute.nested().find(ifla::PROTO_DOWN_REASON_VALUE) {
                    self.protocol_down.get_or_insert_default().1 = value.u32()?;
                }
            }
            ifla::EVENT => self.event = Some(attribute.u32()?),
            ifla::NEW_NETNSID => self.new_netnsid = Some(attribute.i32()?),
            ifla::NEW_IFINDEX => self.new_index = Some(attribute.u32()?),
            ifla::PARENT_DEV_NAME => {
                self.parent.get_or_insert_default().1 = attribute.text().into_owned();
            }
            ifla::PARENT_DEV_BUS_NAME => {
                self.parent.get_or_insert_default().0 = attribute.text().into_owned();
            }
            ifla::STATS64 => self.statistics = Some(Statistics::read(attribute.payload)),
            ifla::AF_SPEC => {
                let inet6 = attribute.nested().find(ifla::AF_INET6);
                if let Some(mode) = inet6.and_then(|inet6| inet6.nested().find(ifla::INET6_ADDR_GEN_MODE)) {
                    self.address_generation = Some(mode.u8()?);
                }
            }
            ifla::LINKINFO => {
                let text = |kind| attribute.nested().find(kind).map(|text| text.text().into_owned());
                self.kind = text(ifla::INFO_KIND);
                self.port_kind = text(ifla::INFO_SLAVE_KIND);
                let bytes =
                    |kind| attribute.nested().find(kind).map_or_else(Vec::new, |data| data.payload.to_vec());
                self.kind_data = bytes(ifla::INFO_DATA);
                self.port_data = bytes(ifla::INFO_SLAVE_DATA);
            }
            _ => self.offload.take(attribute)?,
        }
        Ok(())
    }
}

impl Offload {
    fn take(&mut self, attribute: &Attribute<'_>) -> Result<(), Malformed> {
        let field = match attribute.kind {
            ifla::GSO_MAX_SIZE => &mut self.gso_max_size,
            ifla::GSO_MAX_SEGS => &mut self.gso_max_segs,
            ifla::TSO_MAX_SIZE => &mut self.tso_max_size,
            ifla::TSO_MAX_SEGS => &mut self.tso_max_segs,
            ifla::GRO_MAX_SIZE => &mut self.gro_max_size,
            ifla::GSO_IPV4_MAX_SIZE => &mut self.gso_ipv4_max_size,
            ifla::GRO_IPV4_MAX_SIZE => &mut self.gro_ipv4_max_size,
            _ => return Ok(()),
        };
        *field = Some(attribute.u32()?);
        Ok(())
    }
}

/// `RTEXT_FILTER_SKIP_STATS`: without those that IPv6 has for each interface, which would be half of an answer.
const MASK: u32 = 1 << 3;

struct List;

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list links")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        let mut message = Message::new(libc::RTM_GETLINK, 0, &LinkHeader::default().bytes());
        message.put_u32(ifla::EXT_MASK, MASK);
        Encoded(message)
    }
}

enum Find<'a> {
    Name(&'a str),
    Index(u32),
}

impl fmt::Display for Find<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "find link `{name}`"),
            Self::Index(index) => write!(f, "find link {index}"),
        }
    }
}

impl Request for Find<'_> {
    fn encode(&self) -> Encoded {
        let index = if let Self::Index(index) = self { *index } else { 0 };
        let header = LinkHeader { index, ..LinkHeader::default() };
        let mut message = Message::new(libc::RTM_GETLINK, 0, &header.bytes());
        if let Self::Name(name) = self {
            let long = name.len() > crate::IfName::MAX;
            message.put_str(if long { ifla::ALT_IFNAME } else { ifla::IFNAME }, name);
        }
        message.put_u32(ifla::EXT_MASK, MASK);
        Encoded(message)
    }
}
