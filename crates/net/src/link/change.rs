//! Changing and deleting an interface.

use std::fmt;

use super::attribute as ifla;
use super::header::LinkHeader;
use super::kind::PortKind;
use super::request::LinkRequest;
use super::settings::LinkSettings;
use crate::name::IfName;
use crate::netlink::{Encoded, Request};
use crate::wire::{Message, NESTED};

/// Changes of an interface that is there, in one request.
pub type ChangeLink = LinkRequest<Modification>;

/// What is said of an interface only when it is there.
#[derive(Clone, Debug)]
pub struct Modification {
    which: Which,
    port: Option<PortKind>,
}

#[derive(Clone, Debug)]
enum Which {
    Index(u32),
    Name(IfName),
    Group(u32),
}

impl ChangeLink {
    /// Of interface number `index`, nothing yet.
    pub fn new(index: u32) -> Self {
        Self::which(Which::Index(index))
    }

    /// Of the interface with this name, also one that an earlier request of the same batch makes.
    pub fn named(name: IfName) -> Self {
        Self::which(Which::Name(name))
    }

    /// Of all interfaces in `group`.
    pub fn group(group: u32) -> Self {
        Self::which(Which::Group(group))
    }

    fn which(which: Which) -> Self {
        Self::of(Modification { which, port: None }, LinkSettings::default())
    }

    /// Of the loopback, which is always number 1.
    pub fn loopback() -> Self {
        Self::new(1)
    }

    /// What it has as a port of its master.
    pub fn port(mut self, port: PortKind) -> Self {
        self.purpose.port = Some(port);
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

    /// A text for people, up to 255 bytes; an empty one takes it away.
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.settings.alias = Some(alias.into());
        self
    }
}

impl fmt::Display for ChangeLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.purpose.which {
            Which::Index(index) => write!(f, "change link {index}"),
            Which::Name(name) => write!(f, "change link `{name}`"),
            Which::Group(group) => write!(f, "change links of group {group}"),
        }
    }
}

impl Request for ChangeLink {
    fn encode(&self) -> Encoded {
        let index = if let Which::Index(index) = self.purpose.which { index } else { 0 };
        let mut message = Message::new(libc::RTM_NEWLINK, 0, &self.settings.header(index).bytes());
        match &self.purpose.which {
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
        if let Some(port) = &self.purpose.port {
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
