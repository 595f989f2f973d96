//! `struct ifinfomsg`.

use crate::wire::{Malformed, at};

/// `struct ifinfomsg` in `linux/rtnetlink.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinkHeader {
    /// `AF_UNSPEC`, or `AF_BRIDGE` for what concerns ports.
    pub(crate) family: u8,
    /// `ARPHRD_*`.
    pub(crate) hardware: u16,
    /// The interface's number; 0 when it is named, or not there yet.
    pub(crate) index: u32,
    /// `IFF_*`.
    pub(crate) flags: u32,
    /// Which of `flags` are to be changed.
    pub(crate) change: u32,
}

impl LinkHeader {
    pub(crate) const LENGTH: usize = 16;

    pub(crate) fn bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[0] = self.family;
        bytes[2..4].copy_from_slice(&self.hardware.to_ne_bytes());
        bytes[4..8].copy_from_slice(&self.index.to_ne_bytes());
        bytes[8..12].copy_from_slice(&self.flags.to_ne_bytes());
        bytes[12..16].copy_from_slice(&self.change.to_ne_bytes());
        bytes
    }

    pub(crate) fn read(bytes: &[u8; Self::LENGTH]) -> Result<Self, Malformed> {
        Ok(Self {
            family: bytes[0],
            hardware: u16::from_ne_bytes(at(bytes, 2)?),
            index: u32::from_ne_bytes(at(bytes, 4)?),
            flags: u32::from_ne_bytes(at(bytes, 8)?),
            change: u32::from_ne_bytes(at(bytes, 12)?),
        })
    }
}
