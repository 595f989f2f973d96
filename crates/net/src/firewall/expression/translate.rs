//! Expressions that change addresses and ports of a connection.

use std::fmt;

use super::{Register, number, number_if_any};
use crate::firewall::Family;
use crate::wire::{Attributes, Malformed, Message};

/// `NF_NAT_RANGE_*`: how an address and a port are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NatFlags(pub u32);

impl NatFlags {
    /// An address is given.
    const ADDRESSES: u32 = 1;
    /// A port is given.
    const PORTS: u32 = 2;
    /// The port is chosen at random: `NF_NAT_RANGE_PROTO_RANDOM`.
    pub const RANDOM: Self = Self(4);
    /// A client gets the same address each time: `NF_NAT_RANGE_PERSISTENT`.
    pub const PERSISTENT: Self = Self(8);
    /// The port is chosen at random, also where it need not be changed: `NF_NAT_RANGE_PROTO_RANDOM_FULLY`.
    pub const FULLY_RANDOM: Self = Self(16);
}

/// Which end of a connection is changed: `NFT_NAT_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NatKind {
    /// The source.
    Snat,
    /// The destination.
    Dnat,
}

/// Changes an end of the connection to what is in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nat {
    /// Which end.
    pub kind: NatKind,
    /// Of what the addresses are: [`Family::Ip`] or [`Family::Ip6`].
    pub family: Family,
    /// The first and the last address.
    pub addresses: Option<(Register, Register)>,
    /// The first and the last port.
    pub ports: Option<(Register, Register)>,
    /// `NF_NAT_RANGE_*` besides those that say what is given.
    pub flags: NatFlags,
}

/// `NFTA_NAT_*`.
const TYPE: u16 = 1;
const FAMILY: u16 = 2;
const ADDRESS_MIN: u16 = 3;
const ADDRESS_MAX: u16 = 4;
const PORT_MIN: u16 = 5;
const PORT_MAX: u16 = 6;
const FLAGS: u16 = 7;

type Range = Option<(Register, Register)>;

/// The last one is left out where it is the first.
fn put_range(message: &mut Message, range: Range, min: u16, max: u16) {
    if let Some((first, last)) = range {
        first.put(message, min);
        if last != first {
            last.put(message, max);
        }
    }
}

fn read_range(attributes: &Attributes<'_>, min: u16, max: u16) -> Result<Range, Malformed> {
    let Some(first) = Register::read_if_any(attributes, min)? else { return Ok(None) };
    Ok(Some((first, Register::read_if_any(attributes, max)?.unwrap_or(first))))
}

impl Nat {
    fn all_flags(self) -> u32 {
        let addresses = if self.addresses.is_some() { NatFlags::ADDRESSES } else { 0 };
        self.flags.0 | addresses | ports_flag(self.ports)
    }

    pub(super) fn put(self, message: &mut Message) {
        message.put_be32(TYPE, self.kind as u32);
        message.put_be32(FAMILY, u32::from(self.family.number()));
        put_range(message, self.addresses, ADDRESS_MIN, ADDRESS_MAX);
        put_range(message, self.ports, PORT_MIN, PORT_MAX);
        // The kernel sets the flags of what is given itself.
        let flags = self.flags.0 | ports_flag(self.ports);
        if flags != 0 {
            message.put_be32(FLAGS, flags);
        }
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        let family = u8::try_from(number(attributes, FAMILY)?).map_err(|_| Malformed)?;
        let flags = number_if_any(attributes, FLAGS)?.unwrap_or(0) & !(NatFlags::ADDRESSES | NatFlags::PORTS);
        Ok(Self {
            kind: match number(attributes, TYPE)? {
                0 => NatKind::Snat,
                1 => NatKind::Dnat,
                _ => return Err(Malformed),
            },
            family: Family::of(family),
            addresses: read_range(attributes, ADDRESS_MIN, ADDRESS_MAX)?,
            ports: read_range(attributes, PORT_MIN, PORT_MAX)?,
            flags: NatFlags(flags),
        })
    }
}

const fn ports_flag(ports: Range) -> u32 {
    if ports.is_some() { NatFlags::PORTS } else { 0 }
}

fn write_range(f: &mut fmt::Formatter<'_>, range: Range, word: &str) -> fmt::Result {
    let Some((first, last)) = range else { return Ok(()) };
    write!(f, " {word}_min {first} {word}_max {last}")
}

impl fmt::Display for Nat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind == NatKind::Snat { "snat" } else { "dnat" };
        write!(f, "nat {kind} {}", self.family)?;
        write_range(f, self.addresses, "addr")?;
        write_range(f, self.ports, "proto")?;
        match self.all_flags() {
            0 => Ok(()),
            flags => write!(f, " flags 0x{flags:x}"),
        }
    }
}

/// The ports to choose from, where the address is clear: of `masquerade` and `redirect`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortRange {
    /// The first and the last; none to keep the port where that is possible.
    pub ports: Option<(Register, Register)>,
    /// `NF_NAT_RANGE_*` besides the one that says that ports are given.
    pub flags: NatFlags,
}

impl PortRange {
    fn all_flags(self) -> u32 {
        self.flags.0 | ports_flag(self.ports)
    }

    /// `NFTA_MASQ_*`.
    pub(super) fn put_masquerade(self, message: &mut Message) {
        if self.all_flags() != 0 {
            message.put_be32(1, self.all_flags());
        }
        put_range(message, self.ports, 2, 3);
    }

    pub(super) fn read_masquerade(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        Self::read(attributes, read_range(attributes, 2, 3)?, 1)
    }

    /// `NFTA_REDIR_*`.
    pub(super) fn put_redirect(self, message: &mut Message) {
        put_range(message, self.ports, 1, 2);
        if self.all_flags() != 0 {
            message.put_be32(3, self.all_flags());
        }
    }

    pub(super) fn read_redirect(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        Self::read(attributes, read_range(attributes, 1, 2)?, 3)
    }

    fn read(attributes: &Attributes<'_>, ports: Range, flags: u16) -> Result<Self, Malformed> {
        let flags = number_if_any(attributes, flags)?.unwrap_or(0) & !NatFlags::PORTS;
        Ok(Self { ports, flags: NatFlags(flags) })
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_range(f, self.ports, "proto")?;
        match self.all_flags() {
            0 => Ok(()),
            flags => write!(f, " flags 0x{flags:x}"),
        }
    }
}
