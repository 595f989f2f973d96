//! Expressions that test a register, and change its bits for that.

use std::fmt;

use super::{Register, Words, number, number_if_any, put_value, value};
use crate::wire::{Attributes, Malformed, Message};

/// How to compare: `NFT_CMP_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the kernel's words")]
pub enum CmpOp {
    Eq,
    Neq,
    Lt,
    Lte,
    Gt,
    Gte,
}

impl CmpOp {
    const ALL: [Self; 6] = [Self::Eq, Self::Neq, Self::Lt, Self::Lte, Self::Gt, Self::Gte];
}

impl fmt::Display for CmpOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eq => "eq",
            Self::Neq => "neq",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Gt => "gt",
            Self::Gte => "gte",
        })
    }
}

/// Stops the rule unless the first bytes of a register compare so with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cmp {
    /// What is compared.
    pub register: Register,
    /// How; greater means later in the order of bytes.
    pub op: CmpOp,
    /// With what: 1 to 64 bytes.
    pub value: Vec<u8>,
}

/// `NFTA_CMP_*`.
const CMP_REGISTER: u16 = 1;
const CMP_OP: u16 = 2;
const CMP_DATA: u16 = 3;

impl Cmp {
    pub(super) fn put(&self, message: &mut Message) {
        self.register.put(message, CMP_REGISTER);
        message.put_be32(CMP_OP, self.op as u32);
        put_value(message, CMP_DATA, &self.value);
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        let op = number(attributes, CMP_OP)?;
        Ok(Self {
            register: Register::read(attributes, CMP_REGISTER)?,
            op: CmpOp::ALL.into_iter().find(|known| *known as u32 == op).ok_or(Malformed)?,
            value: value(attributes, CMP_DATA)?,
        })
    }
}

impl fmt::Display for Cmp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cmp {} {} {}", self.op, self.register, Words(&self.value))
    }
}

/// Keeps the bits of `mask`, then flips those of `xor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitwise {
    /// From where.
    pub source: Register,
    /// Where to.
    pub register: Register,
    /// The bits to keep: as many bytes as are changed.
    pub mask: Vec<u8>,
    /// The bits to flip: as many bytes.
    pub xor: Vec<u8>,
}

/// `NFTA_BITWISE_*`.
const BITWISE_SOURCE: u16 = 1;
const BITWISE_REGISTER: u16 = 2;
const BITWISE_LENGTH: u16 = 3;
const BITWISE_MASK: u16 = 4;
const BITWISE_XOR: u16 = 5;
const BITWISE_OP: u16 = 6;

impl Bitwise {
    pub(super) fn put(&self, message: &mut Message) {
        self.source.put(message, BITWISE_SOURCE);
        self.register.put(message, BITWISE_REGISTER);
        message.put_be32(BITWISE_LENGTH, u32::try_from(self.mask.len()).unwrap_or(u32::MAX));
        put_value(message, BITWISE_MASK, &self.mask);
        put_value(message, BITWISE_XOR, &self.xor);
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        // Shifts and what newer kernels have are others.
        if number_if_any(attributes, BITWISE_OP)?.unwrap_or(0) != 0 {
            return Err(Malformed);
        }
        let (mask, xor) = (value(attributes, BITWISE_MASK)?, value(attributes, BITWISE_XOR)?);
        let length = number(attributes, BITWISE_LENGTH)? as usize;
        if mask.len() != length || xor.len() != length {
            return Err(Malformed);
        }
        let source = Register::read(attributes, BITWISE_SOURCE)?;
        Ok(Self { source, register: Register::read(attributes, BITWISE_REGISTER)?, mask, xor })
    }
}

impl fmt::Display for Bitwise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, register, mask, xor } = self;
        write!(f, "bitwise {register} = ( {source} & {} ) ^ {}", Words(mask), Words(xor))
    }
}

/// What lets a rule go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Match {
    /// What is tested holds.
    Is,
    /// It does not.
    IsNot,
}

/// Looks a register up in a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The set's name.
    pub set: Box<str>,
    /// Its number in the same transaction: [`NewSet::id`](crate::firewall::NewSet::id). Not kept by the kernel.
    pub set_id: Option<u32>,
    /// The key.
    pub register: Register,
    /// Where to put what a map has for the key.
    pub data: Option<Register>,
    /// Whether the key is to be in the set, or not.
    pub wanted: Match,
}

/// `NFTA_LOOKUP_*`.
const LOOKUP_SET: u16 = 1;
const LOOKUP_REGISTER: u16 = 2;
const LOOKUP_DATA: u16 = 3;
const LOOKUP_SET_ID: u16 = 4;
const LOOKUP_FLAGS: u16 = 5;

impl Lookup {
    pub(super) fn put(&self, message: &mut Message) {
        self.register.put(message, LOOKUP_REGISTER);
        if let Some(data) = self.data {
            data.put(message, LOOKUP_DATA);
        }
        message.put_str(LOOKUP_SET, &self.set);
        if let Some(id) = self.set_id {
            message.put_be32(LOOKUP_SET_ID, id);
        }
        if self.wanted == Match::IsNot {
            message.put_be32(LOOKUP_FLAGS, 1);
        }
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            set: attributes.find(LOOKUP_SET).ok_or(Malformed)?.text().into(),
            set_id: number_if_any(attributes, LOOKUP_SET_ID)?,
            register: Register::read(attributes, LOOKUP_REGISTER)?,
            data: Register::read_if_any(attributes, LOOKUP_DATA)?,
            wanted: match number_if_any(attributes, LOOKUP_FLAGS)?.unwrap_or(0) {
                0 => Match::Is,
                1 => Match::IsNot,
                _ => return Err(Malformed),
            },
        })
    }
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lookup {} set {}", self.register, self.set)?;
        if let Some(Register(number)) = self.data {
            write!(f, " dreg {number}")?;
        }
        f.write_str(if self.wanted == Match::IsNot { " 0x1" } else { " 0x0" })
    }
}
