//! `struct rtmsg`.

use crate::wire::{Malformed, at};

/// `struct rtmsg` in `linux/rtnetlink.h`. The rules' `struct fib_rule_hdr` has the same places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RouteHeader {
    /// `AF_*`.
    pub(crate) family: u8,
    pub(crate) destination_length: u8,
    pub(crate) source_length: u8,
    pub(crate) tos: u8,
    /// The table, if it is below 256.
    pub(crate) table: u8,
    pub(crate) protocol: u8,
    pub(crate) scope: u8,
    /// `RTN_*`, or `FR_ACT_*`.
    pub(crate) kind: u8,
    pub(crate) flags: u32,
}

impl RouteHeader {
    pub(crate) const LENGTH: usize = 12;

    pub(crate) fn bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..8].copy_from_slice(&[
            self.family,
            self.destination_length,
            self.source_length,
            self.tos,
            self.table,
            self.protocol,
            self.scope,
            self.kind,
        ]);
        bytes[8..].copy_from_slice(&self.flags.to_ne_bytes());
        bytes
    }

    pub(crate) fn read(bytes: &[u8; Self::LENGTH]) -> Result<Self, Malformed> {
        let [family, destination_length, source_length, tos, table, protocol, scope, kind] = at(bytes, 0)?;
        let flags = u32::from_ne_bytes(at(bytes, 8)?);
        Ok(Self { family, destination_length, source_length, tos, table, protocol, scope, kind, flags })
    }

    /// With the table's number as far as it fits; the attribute that says it whole is the caller's.
    pub(crate) fn table(self, table: u32) -> Self {
        Self { table: u8::try_from(table).unwrap_or(libc::RT_TABLE_COMPAT), ..self }
    }
}
