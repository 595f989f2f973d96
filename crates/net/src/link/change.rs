//! Changing and deleting an interface.

use std::fmt;

use super::create::Place;
use super::hardware::HardwareAddress;
use super::header::LinkHeader;
use crate::name::IfName;
use crate::netlink::{Encoded, Request};
use crate::wire::Message;

#[derive(Clone, Debug)]
enum Which {
    Index(u32),
    Name(IfName),
}

/// Changes of an interface that is there, in one request.
#[derive(Clone, Debug)]
#[must_use]
pub struct ChangeLink {
    which: Which,
    up: Option<bool>,
    name: Option<IfName>,
    address: Option<HardwareAddress>,
    mtu: Option<u32>,
    master: Option<u32>,
    alias: Option<String>,
    place: Option<Place>,
}

impl ChangeLink {
    /// Of interface number `index`, nothing yet.
    pub const fn new(index: u32) -> Self {
        Self::of(Which::Index(index))
    }

    /// Of the interface with this name, also one that an earlier request of the same batch makes.
    pub const fn named(name: IfName) -> Self {
        Self::of(Which::Name(name))
    }

    const fn of(which: Which) -> Self {
        Self { which, up: None, name: None, address: None, mtu: None, master: None, alias: None, place: None }
    }

    /// Of the loopback, which is always number 1.
    pub const fn loopback() -> Self {
        Self::new(1)
    }

    /// Brings it up.
    pub fn up(self) -> Self {
        Self { up: Some(true), ..self }
    }

    /// Takes it down.
    pub fn down(self) -> Self {
        Self { up: Some(false), ..self }
    }

    /// Renames it; it has to be given by its number. The kernel refuses some drivers' interfaces while they are up.
    pub fn name(self, name: IfName) -> Self {
        Self { name: Some(name), ..self }
    }

    /// Sets its link-layer address.
    pub fn address(self, address: HardwareAddress) -> Self {
        Self { address: Some(address), ..self }
    }

    /// The largest packet that it takes, in bytes.
    pub fn mtu(self, mtu: u32) -> Self {
        Self { mtu: Some(mtu), ..self }
    }

    /// Makes it a port of the bridge, bond or VRF with this number; 0 takes it out.
    pub fn master(self, index: u32) -> Self {
        Self { master: Some(index), ..self }
    }

    /// A text for people, up to 255 bytes; an empty one takes it away.
    pub fn alias(self, alias: impl Into<String>) -> Self {
        Self { alias: Some(alias.into()), ..self }
    }

    /// Moves it to another network namespace, where it is down and without addresses.
    pub fn place(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }
}

impl fmt::Display for ChangeLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.which {
            Which::Index(index) => write!(f, "change link {index}"),
            Which::Name(name) => write!(f, "change link `{name}`"),
        }
    }
}

impl Request for ChangeLink {
    fn encode(&self) -> Encoded {
        let index = if let Which::Index(index) = self.which { index } else { 0 };
        let header = LinkHeader { index, ..LinkHeader::default() };
        let header = self.up.map_or(header, |up| header.up(up));
        let mut message = Message::new(libc::RTM_NEWLINK, 0, &header.bytes());
        if let Which::Name(name) = &self.which {
            // The same attribute names an interface without a number, and renames one with it.
            debug_assert!(self.name.is_none(), "an interface is renamed by its number");
            message.put_str(libc::IFLA_IFNAME, name.as_str());
        }
        if let Some(name) = &self.name {
            message.put_str(libc::IFLA_IFNAME, name.as_str());
        }
        if let Some(address) = &self.address {
            message.put(libc::IFLA_ADDRESS, address.bytes());
        }
        if let Some(mtu) = self.mtu {
            message.put_u32(libc::IFLA_MTU, mtu);
        }
        if let Some(master) = self.master {
            message.put_u32(libc::IFLA_MASTER, master);
        }
        if let Some(alias) = &self.alias {
            message.put(libc::IFLA_IFALIAS, alias.as_bytes());
        }
        if let Some(place) = &self.place {
            place.put(&mut message);
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
