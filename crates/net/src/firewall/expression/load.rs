//! Expressions that load something about a packet into a register.

use std::fmt;

use super::{Register, number, number_if_any};
use crate::wire::{Attributes, Malformed, Message};

/// Names of an enumeration of the kernel's, with their numbers.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $number:literal $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the words of nft(8)")]
        pub enum $name {
            $($variant,)*
            /// One that has no name here, by its number.
            Other(u32),
        }

        impl $name {
            pub(super) const fn number(self) -> u32 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Other(number) => number,
                }
            }

            pub(super) const fn of(number: u32) -> Self {
                match number {
                    $($number => Self::$variant,)*
                    other => Self::Other(other),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant => f.write_str($word),)*
                    Self::Other(number) => write!(f, "{number}"),
                }
            }
        }
    };
}

words! {
    /// What is known of a packet that is not in it: `NFT_META_*`.
    MetaKey {
        Length = 0 "len",
        Protocol = 1 "protocol",
        Mark = 3 "mark",
        InterfaceIn = 4 "iif",
        InterfaceOut = 5 "oif",
        NameIn = 6 "iifname",
        NameOut = 7 "oifname",
        SocketUser = 10 "skuid",
        NfProto = 15 "nfproto",
        L4Proto = 16 "l4proto",
        PacketType = 19 "pkttype",
    }
}

words! {
    /// What is known of a packet's connection: `NFT_CT_*`.
    CtKey {
        State = 0 "state",
        Direction = 1 "direction",
        Status = 2 "status",
        Mark = 3 "mark",
        Zone = 17 "zone",
    }
}

words! {
    /// What the routing tables are asked for: `NFT_FIB_RESULT_*`.
    FibResult {
        OutInterface = 1 "oif",
        OutName = 2 "oifname",
        AddressType = 3 "type",
    }
}

/// `NFTA_META_*`, and those of `ct` up to the key.
const REGISTER: u16 = 1;
const KEY: u16 = 2;

/// Loads what [`MetaKey`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// What.
    pub key: MetaKey,
    /// Where to.
    pub register: Register,
}

impl Meta {
    pub(super) fn put(self, message: &mut Message) {
        message.put_be32(KEY, self.key.number());
        self.register.put(message, REGISTER);
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        let key = MetaKey::of(number(attributes, KEY)?);
        Ok(Self { key, register: Register::read(attributes, REGISTER)? })
    }
}

impl fmt::Display for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "meta load {} => {}", self.key, self.register)
    }
}

/// Loads what [`CtKey`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ct {
    /// What.
    pub key: CtKey,
    /// Where to.
    pub register: Register,
}

/// `NFTA_CT_DIRECTION`.
const DIRECTION: u16 = 3;

impl Ct {
    pub(super) fn put(self, message: &mut Message) {
        message.put_be32(KEY, self.key.number());
        self.register.put(message, REGISTER);
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        if attributes.find(DIRECTION).is_some() {
            return Err(Malformed);
        }
        let key = CtKey::of(number(attributes, KEY)?);
        Ok(Self { key, register: Register::read(attributes, REGISTER)? })
    }
}

impl fmt::Display for Ct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ct load {} => {}", self.key, self.register)
    }
}

/// Where in a packet bytes are counted from: `NFT_PAYLOAD_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayloadBase {
    /// The header of the link.
    Link,
    /// That of IPv4 or IPv6.
    Network,
    /// That of TCP, UDP.
    Transport,
}

impl PayloadBase {
    const ALL: [Self; 3] = [Self::Link, Self::Network, Self::Transport];
}

/// Loads bytes of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    /// From where they are counted.
    pub base: PayloadBase,
    /// The first.
    pub offset: u32,
    /// How many.
    pub length: u32,
    /// Where to.
    pub register: Register,
}

/// `NFTA_PAYLOAD_*`.
const BASE: u16 = 2;
const OFFSET: u16 = 3;
const LENGTH: u16 = 4;

impl Payload {
    pub(super) fn put(self, message: &mut Message) {
        self.register.put(message, REGISTER);
        message.put_be32(BASE, self.base as u32);
        message.put_be32(OFFSET, self.offset);
        message.put_be32(LENGTH, self.length);
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        let base = number(attributes, BASE)?;
        Ok(Self {
            base: PayloadBase::ALL.into_iter().find(|known| *known as u32 == base).ok_or(Malformed)?,
            offset: number(attributes, OFFSET)?,
            length: number(attributes, LENGTH)?,
            register: Register::read(attributes, REGISTER)?,
        })
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = match self.base {
            PayloadBase::Link => "link",
            PayloadBase::Network => "network",
            PayloadBase::Transport => "transport",
        };
        let Self { offset, length, register, .. } = self;
        write!(f, "payload load {length}b @ {base} header + {offset} => {register}")
    }
}

/// Loads what the routing tables say of the packet's source or destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fib {
    /// What.
    pub result: FibResult,
    /// What to look at: `NFTA_FIB_F_*`, 1 the source, 2 the destination.
    pub flags: u32,
    /// Where to.
    pub register: Register,
}

/// `NFTA_FIB_*`.
const RESULT: u16 = 2;
const FIB_FLAGS: u16 = 3;

impl Fib {
    /// The source: `NFTA_FIB_F_SADDR`.
    pub const SOURCE: u32 = 1;
    /// The destination: `NFTA_FIB_F_DADDR`.
    pub const DESTINATION: u32 = 2;
    /// Only by the interface that the packet came in by: `NFTA_FIB_F_IIF`.
    pub const INCOMING: u32 = 8;

    pub(super) fn put(self, message: &mut Message) {
        message.put_be32(FIB_FLAGS, self.flags);
        message.put_be32(RESULT, self.result.number());
        self.register.put(message, REGISTER);
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            result: FibResult::of(number(attributes, RESULT)?),
            flags: number_if_any(attributes, FIB_FLAGS)?.unwrap_or(0),
            register: Register::read(attributes, REGISTER)?,
        })
    }
}

impl fmt::Display for Fib {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fib")?;
        for (flag, word) in [(1, "saddr"), (2, "daddr"), (4, "mark"), (8, "iif"), (16, "oif")] {
            if self.flags & flag != 0 {
                write!(f, " {word}")?;
            }
        }
        write!(f, " {} => {}", self.result, self.register)
    }
}
