//! `struct nlattr`: a length, a type, and a payload, see `netlink(7)`.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{ALIGNMENT, Malformed, first};

/// The bits of a type that say how the payload is to be read: `NLA_F_NESTED`, `NLA_F_NET_BYTEORDER`.
const TYPE_MASK: u16 = 0x3fff;

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attribute<'a> {
    /// Its type, without the flags.
    pub(crate) kind: u16,
    pub(crate) payload: &'a [u8],
}

impl<'a> Attribute<'a> {
    pub(crate) fn u8(&self) -> Result<u8, Malformed> {
        first(self.payload).map(u8::from_ne_bytes)
    }

    pub(crate) fn u16(&self) -> Result<u16, Malformed> {
        first(self.payload).map(u16::from_ne_bytes)
    }

    pub(crate) fn u32(&self) -> Result<u32, Malformed> {
        first(self.payload).map(u32::from_ne_bytes)
    }

    pub(crate) fn i32(&self) -> Result<i32, Malformed> {
        first(self.payload).map(i32::from_ne_bytes)
    }

    pub(crate) fn u64(&self) -> Result<u64, Malformed> {
        first(self.payload).map(u64::from_ne_bytes)
    }

    /// In network byte order.
    pub(crate) fn be32(&self) -> Result<u32, Malformed> {
        first(self.payload).map(u32::from_be_bytes)
    }

    /// In network byte order.
    pub(crate) fn be64(&self) -> Result<u64, Malformed> {
        first(self.payload).map(u64::from_be_bytes)
    }

    /// A string up to the zero byte that ends it. The kernel takes any bytes as a name; what is no UTF-8 is replaced.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        let end = self.payload.iter().position(|byte| *byte == 0).unwrap_or(self.payload.len());
        String::from_utf8_lossy(&self.payload[..end])
    }

    /// An IPv4 or IPv6 address, by its length.
    pub(crate) fn ip(&self) -> Result<IpAddr, Malformed> {
        if let Ok(bytes) = <[u8; 4]>::try_from(self.payload) {
            return Ok(Ipv4Addr::from(bytes).into());
        }
        <[u8; 16]>::try_from(self.payload).map(|bytes| Ipv6Addr::from(bytes).into()).map_err(|_| Malformed)
    }

    /// The attributes in it.
    pub(crate) const fn nested(&self) -> Attributes<'a> {
        Attributes::new(self.payload)
    }
}

/// Attributes one after the other. What does not have the length that it says ends them.
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The first one of type `kind`.
    pub(crate) fn find(&self, kind: u16) -> Option<Attribute<'a>> {
        Iterator::find(&mut self.clone(), |attribute| attribute.kind == kind)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(u16::from_ne_bytes(first(self.rest).ok()?));
        let whole = self.rest.get(..length)?;
        let kind = u16::from_ne_bytes(super::at(whole, 2).ok()?) & TYPE_MASK;
        self.rest = self.rest.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
        Some(Attribute { kind, payload: &whole[4..] })
    }
}
