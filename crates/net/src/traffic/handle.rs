//! Names of queueing disciplines and classes, and the header that carries them.

use std::fmt;

use crate::wire::{Malformed, at};

/// The name of a queueing discipline or class on its interface: two 16-bit numbers, `1:10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle(u32);

impl Handle {
    /// The kernel chooses: `TC_H_UNSPEC`.
    pub const UNSPECIFIED: Self = Self(0);
    /// Where what leaves the interface goes first: `TC_H_ROOT`.
    pub const ROOT: Self = Self(u32::MAX);
    /// Where what comes in goes first: `TC_H_INGRESS`.
    pub const INGRESS: Self = Self(0xffff_fff1);

    /// `major:minor`; a queueing discipline has the minor number 0.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self((major as u32) << 16 | minor as u32)
    }
}

impl fmt::Display for Handle {
    /// As `tc(8)` prints it, in hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self, self.0 >> 16, self.0 & 0xffff) {
            (Self::ROOT, ..) => f.write_str("root"),
            (Self::INGRESS, ..) => f.write_str("ingress"),
            (_, major, 0) => write!(f, "{major:x}:"),
            (_, major, minor) => write!(f, "{major:x}:{minor:x}"),
        }
    }
}

/// `struct tcmsg` in `linux/rtnetlink.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TrafficHeader {
    /// The interface's number; 0 for all.
    pub(super) index: u32,
    pub(super) handle: Handle,
    pub(super) parent: Handle,
    /// Priority and protocol of a filter.
    pub(super) info: u32,
}

impl TrafficHeader {
    pub(super) const LENGTH: usize = 20;

    pub(super) fn bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        for (place, value) in [self.index, self.handle.0, self.parent.0, self.info].into_iter().enumerate() {
            bytes[4 + 4 * place..8 + 4 * place].copy_from_slice(&value.to_ne_bytes());
        }
        bytes
    }

    pub(super) fn read(bytes: &[u8; Self::LENGTH]) -> Result<Self, Malformed> {
        let word = |place| at(bytes, place).map(u32::from_ne_bytes);
        Ok(Self { index: word(4)?, handle: Handle(word(8)?), parent: Handle(word(12)?), info: word(16)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_read_as_tc_prints_them() {
        assert_eq!(Handle::new(0x1a, 0).to_string(), "1a:");
        assert_eq!(Handle::new(1, 0x10).to_string(), "1:10");
        assert_eq!(Handle::ROOT.to_string(), "root");
    }

    #[test]
    fn header_is_read_back() {
        let header =
            TrafficHeader { index: 7, handle: Handle::new(1, 0), parent: Handle::ROOT, info: 0x1_0003 };
        assert_eq!(TrafficHeader::read(&header.bytes()), Ok(header));
    }
}
