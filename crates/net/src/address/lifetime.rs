//! How long an address lives: `struct ifa_cacheinfo` in `linux/if_addr.h`.

use std::fmt;

use crate::wire::{Attribute, Malformed, Message, at};

/// A number of seconds, or no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(pub u32);

impl Lifetime {
    /// `INFINITY_LIFE_TIME`.
    pub const FOREVER: Self = Self(u32::MAX);
}

impl fmt::Display for Lifetime {
    /// As `ip-address(8)` has it: `forever`, `60sec`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::FOREVER => f.pad("forever"),
            Self(seconds) => write!(f, "{seconds}sec"),
        }
    }
}

/// How long an address may be used, and how old it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressAge {
    /// How long it is for new connections.
    pub preferred: Lifetime,
    /// How long it is there.
    pub valid: Lifetime,
    /// When it was made, in 1/100 s since the machine started.
    pub created: u32,
    /// When it was last changed, in 1/100 s since the machine started.
    pub updated: u32,
}

impl AddressAge {
    pub(super) fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let word = |index: usize| at(attribute.payload, index * 4).map(u32::from_ne_bytes);
        Ok(Self {
            preferred: Lifetime(word(0)?),
            valid: Lifetime(word(1)?),
            created: word(2)?,
            updated: word(3)?,
        })
    }
}

/// Puts the lifetimes of an address that is made.
pub(super) fn put(message: &mut Message, preferred: Lifetime, valid: Lifetime) {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&preferred.0.to_ne_bytes());
    bytes[4..8].copy_from_slice(&valid.0.to_ne_bytes());
    message.put(libc::IFA_CACHEINFO, &bytes);
}
