//! Where expressions leave values for others.

use std::fmt;

use crate::wire::{Attributes, Malformed, Message};

/// A register: `NFT_REG_*`. The first four hold 16 bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Register(pub u32);

impl Register {
    /// The one that ends a rule: `NFT_REG_VERDICT`.
    pub const VERDICT: Self = Self(0);
    /// `NFT_REG_1`.
    pub const FIRST: Self = Self(1);
    /// `NFT_REG_2`.
    pub const SECOND: Self = Self(2);

    pub(super) fn put(self, message: &mut Message, kind: u16) {
        message.put_be32(kind, self.0);
    }

    pub(super) fn read(attributes: &Attributes<'_>, kind: u16) -> Result<Self, Malformed> {
        super::number(attributes, kind).map(Self)
    }

    pub(super) fn read_if_any(attributes: &Attributes<'_>, kind: u16) -> Result<Option<Self>, Malformed> {
        Ok(super::number_if_any(attributes, kind)?.map(Self))
    }
}

impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reg {}", self.0)
    }
}
