//! Changing and deleting an interface.

use std::fmt;

use super::attribute as ifla;
use super::create::Place;
use super::hardware::HardwareAddress;
use super::header::LinkHeader;
use super::kind::{LinkKind, PortKind};
use super::settings::LinkSettings;
use crate::name::IfName;
use crate::netlink::{Encoded, Request};
use crate::wire::{Message, NESTED};

#[derive(Clone, Debug)]
enum Which {
    Index(u32),
    Name(IfName),
    Group(u32),
}

/// Changes of an interface that is there, in one request.
#[derive(Clone, Debug)]
#[must_use]
pub struct ChangeLink {
    which: Which,
    settings: LinkSettings,
    kind: Option<LinkKind>,
    port: Option<PortKind>,
}

impl ChangeLink {
    /// Of interface number `index`, nothing yet.
    pub fn new(index: u32) -> Self {
        Self::of(Which::Index(index))
    }

    /// Of the interface with this name, also one that an earlier request of the same batch makes.
    pub fn named(name: IfName) -> Self {
        Self::of(Which::Name(name))
    }

    /// Of all interfaces in `group`.
    pub fn group(group: u32) -> Self {
        Self::of(Which::Group(group))
    }

    fn of(which: Which) -> Self {
        Self { which, settings: LinkSettings::default(), kind: None, port: None }
    }

    /// Of the loopback, which is always number 1.
    pub fn loopback() -> Self {
        Self::new(1)
    }

    /// All of these, instead of those so far.
    pub fn settings(self, settings: LinkSettings) -> Self {
        Self { settings, ..self }
    }

    /// What it has as one of its type.
    pub fn kind(self, kind: LinkKind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// What it has as a port of its master.
    pub fn port(self, port: PortKind) -> Self {
        Self { port: Some(port), ..self }
    }

    /// Brings it up.
    pub fn up(mut self) -> Self {
        self.settings.up(true);
        self
    }

    /// Takes it down.
    pub fn down(mut self) -> Self {
        self.settings.up(false);
        self
    }

    /// Renames it; it has to be given by its number. The kernel refuses some drivers' interfaces while they are up.
    pub fn name(mut self, name: IfName) -> Self {
        self.settings.name = Some(name);
        self
    }

    /// Sets its link-layer address.
    pub fn address(mut self, address: HardwareAddress) -> Self {
        self.settings.address = Some(address);
        self
    }

    /// The largest packet that it takes, in bytes.
    pub fn mtu(mut self, mtu: u32) -> Self {
        self.settings.mtu = Some(mtu);
        self
    }

    /// Makes it a port of the bridge, bond or VRF with this number; 0 takes it out.
    pub fn master(mut self, index: u32) -> Self {
        self.settings.master = Some(index);
        self
    }

    /// A text for people, up to 255 bytes; an empty one takes it away.
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.settings.alias = Some(alias.into());
        self
    }

    /// Moves it to another network namespace, where it is down and without addresses.
    pub fn place(mut self, place: Place) -> Self {
        self.settings.place = Some(place);
        self
    }
}

impl fmt::Display for ChangeLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.which {
            Which::Index(index) => write!(f, "change link {index}"),
            Which::Name(name) => write!(f, "change link `{name}`"),
            Which::Group(group) => write!(f, "change links of group {group}"),
        }
    }
}

impl Request for ChangeLink {
    fn encode(&self) -> Encoded {
        let index = if let Which::Index(index) = self.which { index } else { 0 };
        let mut message = Message::new(libc::RTM_NEWLINK, 0, &self.settings.header(index).bytes());
        match &self.which {
            Which::Name(name) => {
                // The same attribute names an interface without a number, and renames one with it.
                debug_assert!(self.settings.name.is_none(), "an interface is renamed by its number");
                message.put_str(ifla::IFNAME, name.as_str());
            }
            Which::Group(group) => message.put_u32(ifla::GROUP, *group),
            Which::Index(_) => {}
        }
        self.settings.put(&mut message);
        if let Some(kind) = &self.kind {
            kind.put(&mut message);
        }
        if let Some(port) = &self.port {
            port.put(&mut message);
        }
        Encoded(message)
    }
}

/// Deletes an interface; with one end of a veth pair goes the other.
#[derive(Clone, Copy, Debug)]
pub struct DeleteLink {
    /// Its number.
    pub index: u32,
}

impl fmt::Display for DeleteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete link {}", self.index)
    }
}

impl Request for DeleteLink {
    fn encode(&self) -> Encoded {
        let header = LinkHeader { index: self.index, ..LinkHeader::default() };
        Encoded(Message::new(libc::RTM_DELLINK, 0, &header.bytes()))
    }
}

/// Deletes all interfaces of a group.
#[derive(Clone, Copy, Debug)]
pub struct DeleteGroup {
    /// The group; the default one, 0, has all that are in no other.
    pub group: u32,
}

impl fmt::Display for DeleteGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete links of group {}", self.group)
    }
}

impl Request for DeleteGroup {
    fn encode(&self) -> Encoded {
        let mut message = Message::new(libc::RTM_DELLINK, 0, &LinkHeader::default().bytes());
        message.put_u32(ifla::GROUP, self.group);
        Encoded(message)
    }
}

/// `RTM_NEWLINKPROP`.
const NEW_PROPERTY: u16 = 108;
/// `RTM_DELLINKPROP`.
const DELETE_PROPERTY: u16 = 109;

/// Gives an interface further names, or takes them from it.
#[derive(Clone, Debug)]
pub struct ChangeAlternativeNames {
    /// The number of the interface.
    pub index: u32,
    /// Whether they come or go.
    pub direction: Direction,
    /// Up to 127 bytes each.
    pub names: Vec<String>,
}

/// Whether something comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It is to be there.
    Add,
    /// It is not to be there any more.
    Remove,
}

impl fmt::Display for ChangeAlternativeNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names.join("`, `");
        match self.direction {
            Direction::Add => write!(f, "give link {} the names `{names}`", self.index),
            Direction::Remove => write!(f, "take from link {} the names `{names}`", self.index),
        }
    }
}

impl Request for ChangeAlternativeNames {
    fn encode(&self) -> Encoded {
        let header = LinkHeader { index: self.index, ..LinkHeader::default() };
        let (kind, flags) = match self.direction {
            Direction::Add => (NEW_PROPERTY, libc::NLM_F_CREATE | libc::NLM_F_EXCL | libc::NLM_F_APPEND),
            Direction::Remove => (DELETE_PROPERTY, 0),
        };
        let mut message = Message::new(kind, flags, &header.bytes());
        message.nest(ifla::PROP_LIST | NESTED, |list| {
            for name in &self.names {
                list.put_str(ifla::ALT_IFNAME, name);
            }
        });
        Encoded(message)
    }
}
