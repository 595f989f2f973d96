//! Expressions that do something: values and verdicts, counters, refusals.

use std::fmt;

use super::{Register, VALUE, VERDICT, Words, number};
use crate::wire::{Attributes, Malformed, Message, NESTED};

/// What becomes of a packet, or of its way through the chains: `NF_*`, `NFT_*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on to the next base chain.
    Accept,
    /// It is gone.
    Drop,
    /// The next rule.
    Continue,
    /// Back to where the chain was jumped to from, or the policy.
    Return,
    /// The rules of a chain, and then the next one.
    Jump(Box<str>),
    /// The rules of a chain, and not the next one.
    Goto(Box<str>),
    /// Another one, such as a queue.
    Other(i32),
}

/// `NFTA_VERDICT_*`.
const CODE: u16 = 1;
const CHAIN: u16 = 2;

impl Verdict {
    fn code(&self) -> i32 {
        match self {
            Self::Drop => 0,
            Self::Accept => 1,
            Self::Continue => -1,
            Self::Jump(_) => -3,
            Self::Goto(_) => -4,
            Self::Return => -5,
            Self::Other(code) => *code,
        }
    }

    fn put(&self, message: &mut Message) {
        message.put_be32(CODE, self.code().cast_unsigned());
        if let Self::Jump(chain) | Self::Goto(chain) = self {
            message.put_str(CHAIN, chain);
        }
    }

    fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        let chain = || attributes.find(CHAIN).map(|chain| chain.text().into()).ok_or(Malformed);
        Ok(match number(attributes, CODE)?.cast_signed() {
            0 => Self::Drop,
            1 => Self::Accept,
            -1 => Self::Continue,
            -3 => Self::Jump(chain()?),
            -4 => Self::Goto(chain()?),
            -5 => Self::Return,
            other => Self::Other(other),
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept => f.write_str("accept"),
            Self::Drop => f.write_str("drop"),
            Self::Continue => f.write_str("continue"),
            Self::Return => f.write_str("return"),
            Self::Jump(chain) => write!(f, "jump -> {chain}"),
            Self::Goto(chain) => write!(f, "goto -> {chain}"),
            Self::Other(code) => write!(f, "verdict {code}"),
        }
    }
}

/// Loads a value, or gives a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Immediate {
    /// Loads bytes.
    Value {
        /// Where to.
        register: Register,
        /// 1 to 64 bytes.
        value: Vec<u8>,
    },
    /// Ends the rule.
    Verdict(Verdict),
}

/// `NFTA_IMMEDIATE_*`.
const REGISTER: u16 = 1;
const DATA: u16 = 2;

impl Immediate {
    pub(super) fn put(&self, message: &mut Message) {
        match self {
            Self::Value { register, .. } => register.put(message, REGISTER),
            Self::Verdict(_) => Register::VERDICT.put(message, REGISTER),
        }
        message.nest(DATA | NESTED, |data| match self {
            Self::Value { value, .. } => data.put(VALUE, value),
            Self::Verdict(verdict) => data.nest(VERDICT | NESTED, |nest| verdict.put(nest)),
        });
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        let register = Register::read(attributes, REGISTER)?;
        let data = attributes.find(DATA).ok_or(Malformed)?.nested();
        match (data.find(VALUE), data.find(VERDICT)) {
            (Some(value), None) => Ok(Self::Value { register, value: value.payload.to_vec() }),
            (None, Some(verdict)) => Verdict::read(&verdict.nested()).map(Self::Verdict),
            _ => Err(Malformed),
        }
    }
}

impl fmt::Display for Immediate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { register, value } => write!(f, "immediate {register} {}", Words(value)),
            Self::Verdict(verdict) => write!(f, "immediate {} {verdict}", Register::VERDICT),
        }
    }
}

/// Counts what passes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// So many bytes until now.
    pub bytes: u64,
    /// So many packets until now.
    pub packets: u64,
}

/// `NFTA_COUNTER_*`.
const BYTES: u16 = 1;
const PACKETS: u16 = 2;

impl Counter {
    pub(super) fn put(self, message: &mut Message) {
        if self != Self::default() {
            message.put_be64(BYTES, self.bytes);
            message.put_be64(PACKETS, self.packets);
        }
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        let count = |kind| attributes.find(kind).map_or(Ok(0), |count| count.be64());
        Ok(Self { bytes: count(BYTES)?, packets: count(PACKETS)? })
    }
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "counter pkts {} bytes {}", self.packets, self.bytes)
    }
}

/// Drops the packet, and tells its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reject {
    /// By an ICMP or ICMPv6 message of a table that sees only one family, with this code.
    Icmp(u8),
    /// By a TCP reset.
    TcpReset,
    /// By ICMP or ICMPv6, as the packet is: 0 no route, 1 port unreachable, 2 host unreachable, 3 prohibited.
    Icmpx(u8),
}

/// `NFTA_REJECT_*`.
const REJECT_TYPE: u16 = 1;
const REJECT_CODE: u16 = 2;

impl Reject {
    const fn numbers(self) -> (u32, u8) {
        match self {
            Self::Icmp(code) => (0, code),
            Self::TcpReset => (1, 0),
            Self::Icmpx(code) => (2, code),
        }
    }

    pub(super) fn put(self, message: &mut Message) {
        let (kind, code) = self.numbers();
        message.put_be32(REJECT_TYPE, kind);
        message.put_u8(REJECT_CODE, code);
    }

    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Malformed> {
        let code = attributes.find(REJECT_CODE).map_or(Ok(0), |code| code.u8())?;
        match number(attributes, REJECT_TYPE)? {
            0 => Ok(Self::Icmp(code)),
            1 => Ok(Self::TcpReset),
            2 => Ok(Self::Icmpx(code)),
            _ => Err(Malformed),
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, code) = self.numbers();
        write!(f, "reject type {kind} code {code}")
    }
}
