//! What rules are made of: small steps on registers. See `enum nft_*_attributes` in `linux/netfilter/nf_tables.h`.

use std::fmt;

mod act;
mod compare;
mod load;
mod register;
mod translate;

pub use act::{Counter, Immediate, Reject, Verdict};
pub use compare::{Bitwise, Cmp, CmpOp, Lookup, Match};
pub use load::{Ct, CtKey, Fib, FibResult, Meta, MetaKey, Payload, PayloadBase};
pub use register::Register;
pub use translate::{Nat, NatFlags, NatKind, PortRange};

use crate::wire::{Attribute, Attributes, Malformed, Message, NESTED};

/// `NFTA_EXPR_*`.
const NAME: u16 = 1;
const DATA: u16 = 2;
/// `NFTA_DATA_*`.
pub(super) const VALUE: u16 = 1;
pub(super) const VERDICT: u16 = 2;

/// One step of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expression {
    /// Loads something about the packet that is not in it.
    Meta(Meta),
    /// Loads bytes of the packet.
    Payload(Payload),
    /// Loads what is known of its connection.
    Ct(Ct),
    /// Loads what the routing tables say of an address.
    Fib(Fib),
    /// Stops unless a register compares so with a value.
    Cmp(Cmp),
    /// Keeps and flips bits of a register.
    Bitwise(Bitwise),
    /// Stops unless a register is in a set; or loads what a map has for it.
    Lookup(Lookup),
    /// Loads a value, or ends the rule with a verdict.
    Immediate(Immediate),
    /// Counts packets and bytes.
    Counter(Counter),
    /// Changes the source or the destination of the connection.
    Nat(Nat),
    /// Changes the source to the address of the interface that the packet leaves by.
    Masquerade(PortRange),
    /// Changes the destination to this network namespace itself.
    Redirect(PortRange),
    /// Drops the packet and says so to its sender.
    Reject(Reject),
    /// Another one, by its name, which others' rules may have.
    Other(Box<str>),
}

impl Expression {
    fn name(&self) -> &str {
        match self {
            Self::Meta(_) => "meta",
            Self::Payload(_) => "payload",
            Self::Ct(_) => "ct",
            Self::Fib(_) => "fib",
            Self::Cmp(_) => "cmp",
            Self::Bitwise(_) => "bitwise",
            Self::Lookup(_) => "lookup",
            Self::Immediate(_) => "immediate",
            Self::Counter(_) => "counter",
            Self::Nat(_) => "nat",
            Self::Masquerade(_) => "masq",
            Self::Redirect(_) => "redir",
            Self::Reject(_) => "reject",
            Self::Other(name) => name,
        }
    }

    pub(super) fn put(&self, message: &mut Message) {
        message.put_str(NAME, self.name());
        message.nest(DATA | NESTED, |data| match self {
            Self::Meta(meta) => meta.put(data),
            Self::Payload(payload) => payload.put(data),
            Self::Ct(ct) => ct.put(data),
            Self::Fib(fib) => fib.put(data),
            Self::Cmp(cmp) => cmp.put(data),
            Self::Bitwise(bitwise) => bitwise.put(data),
            Self::Lookup(lookup) => lookup.put(data),
            Self::Immediate(immediate) => immediate.put(data),
            Self::Counter(counter) => counter.put(data),
            Self::Nat(nat) => nat.put(data),
            Self::Masquerade(ports) => ports.put_masquerade(data),
            Self::Redirect(ports) => ports.put_redirect(data),
            Self::Reject(reject) => reject.put(data),
            Self::Other(_) => {}
        });
    }

    /// What this crate does not understand whole, as an attribute or a key that it does not know, is [`Expression::Other`].
    pub(super) fn read(element: Attribute<'_>) -> Result<Self, Malformed> {
        let attributes = element.nested();
        let name = attributes.find(NAME).ok_or(Malformed)?.text();
        let data = attributes.find(DATA).map_or(Attributes::new(&[]), |data| data.nested());
        let known = match name.as_ref() {
            "meta" => Meta::read(&data).map(Self::Meta),
            "payload" => Payload::read(&data).map(Self::Payload),
            "ct" => Ct::read(&data).map(Self::Ct),
            "fib" => Fib::read(&data).map(Self::Fib),
            "cmp" => Cmp::read(&data).map(Self::Cmp),
            "bitwise" => Bitwise::read(&data).map(Self::Bitwise),
            "lookup" => Lookup::read(&data).map(Self::Lookup),
            "immediate" => Immediate::read(&data).map(Self::Immediate),
            "counter" => Counter::read(&data).map(Self::Counter),
            "nat" => Nat::read(&data).map(Self::Nat),
            "masq" => PortRange::read_masquerade(&data).map(Self::Masquerade),
            "redir" => PortRange::read_redirect(&data).map(Self::Redirect),
            "reject" => Reject::read(&data).map(Self::Reject),
            _ => Err(Malformed),
        };
        Ok(known.unwrap_or_else(|Malformed| Self::Other(name.into())))
    }
}

impl fmt::Display for Expression {
    /// As `nft --debug=netlink` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meta(meta) => meta.fmt(f),
            Self::Payload(payload) => payload.fmt(f),
            Self::Ct(ct) => ct.fmt(f),
            Self::Fib(fib) => fib.fmt(f),
            Self::Cmp(cmp) => cmp.fmt(f),
            Self::Bitwise(bitwise) => bitwise.fmt(f),
            Self::Lookup(lookup) => lookup.fmt(f),
            Self::Immediate(immediate) => immediate.fmt(f),
            Self::Counter(counter) => counter.fmt(f),
            Self::Nat(nat) => nat.fmt(f),
            Self::Masquerade(ports) => write!(f, "masq{ports}"),
            Self::Redirect(ports) => write!(f, "redir{ports}"),
            Self::Reject(reject) => reject.fmt(f),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// The number in the attribute of that type.
fn number(attributes: &Attributes<'_>, kind: u16) -> Result<u32, Malformed> {
    attributes.find(kind).ok_or(Malformed)?.be32()
}

/// The number in the attribute of that type, if that is there.
fn number_if_any(attributes: &Attributes<'_>, kind: u16) -> Result<Option<u32>, Malformed> {
    attributes.find(kind).map(|attribute| attribute.be32()).transpose()
}

/// A value in the attribute of that type: `NFTA_DATA_VALUE` in it.
fn value(attributes: &Attributes<'_>, kind: u16) -> Result<Vec<u8>, Malformed> {
    let nest = attributes.find(kind).ok_or(Malformed)?;
    Ok(nest.nested().find(VALUE).ok_or(Malformed)?.payload.to_vec())
}

/// Adds what [`value`] reads.
pub(super) fn put_value(message: &mut Message, kind: u16, value: &[u8]) {
    message.nest(kind | NESTED, |nest| nest.put(VALUE, value));
}

/// Bytes as `nft --debug=netlink` prints them: words of the machine.
struct Words<'a>(&'a [u8]);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, chunk) in self.0.chunks(4).enumerate() {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            let gap = if index > 0 { " " } else { "" };
            write!(f, "{gap}0x{:08x}", u32::from_ne_bytes(word))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
