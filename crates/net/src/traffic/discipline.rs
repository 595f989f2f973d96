//! The queueing disciplines that are known here.

use super::htb::Htb;
use super::netem::Netem;
use super::tbf::TokenBucket;
use crate::wire::{Malformed, Message};

/// How packets are queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Discipline {
    /// A bad line: `tc-netem(8)`.
    Netem(Netem),
    /// A limited rate: `tc-tbf(8)`.
    TokenBucket(TokenBucket),
    /// A rate shared by classes: `tc-htb(8)`.
    Htb(Htb),
    /// None, but a place for filters of what comes in.
    Ingress,
}

impl Discipline {
    /// The kernel's name for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Netem(_) => "netem",
            Self::TokenBucket(_) => "tbf",
            Self::Htb(_) => "htb",
            Self::Ingress => "ingress",
        }
    }

    pub(super) fn put(&self, options: &mut Message) {
        match self {
            Self::Netem(netem) => netem.put(options),
            Self::TokenBucket(bucket) => bucket.put(options),
            Self::Htb(htb) => htb.put(options),
            Self::Ingress => {}
        }
    }

    /// `None` for one that is not known here.
    pub(super) fn read(name: &str, options: &[u8]) -> Result<Option<Self>, Malformed> {
        Ok(Some(match name {
            "netem" => Self::Netem(Netem::read(options)?),
            "tbf" => Self::TokenBucket(TokenBucket::read(options)?),
            "htb" => Self::Htb(Htb::read(options)?),
            "ingress" => Self::Ingress,
            _ => return Ok(None),
        }))
    }
}
