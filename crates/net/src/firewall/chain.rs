//! Chains of rules, and where packets come to them.

use std::fmt;

use super::family::{Family, kind, message};
use super::table::TableName;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Attribute, Malformed, NESTED, Received};

/// `NFTA_CHAIN_*`.
const TABLE: u16 = 1;
const HANDLE: u16 = 2;
const NAME: u16 = 3;
const HOOK: u16 = 4;
const POLICY: u16 = 5;
const TYPE: u16 = 7;
/// `NFTA_HOOK_*`.
const HOOK_NUMBER: u16 = 1;
const HOOK_PRIORITY: u16 = 2;

/// The point on a packet's way where a base chain sees it: `NF_INET_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    /// All that comes in, before it is routed.
    Prerouting,
    /// What is for this network namespace itself.
    Input,
    /// What passes through.
    Forward,
    /// What processes here send.
    Output,
    /// All that goes out.
    Postrouting,
    /// One of another family, by its number there.
    Other(u32),
}

impl Hook {
    const fn number(self) -> u32 {
        match self {
            Self::Prerouting => 0,
            Self::Input => 1,
            Self::Forward => 2,
            Self::Output => 3,
            Self::Postrouting => 4,
            Self::Other(number) => number,
        }
    }

    const fn of(family: Family, number: u32) -> Self {
        match (family, number) {
            (Family::Arp | Family::Netdev | Family::Other(_), other) => Self::Other(other),
            (_, 0) => Self::Prerouting,
            (_, 1) => Self::Input,
            (_, 2) => Self::Forward,
            (_, 3) => Self::Output,
            (_, 4) => Self::Postrouting,
            (_, other) => Self::Other(other),
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prerouting => f.write_str("prerouting"),
            Self::Input => f.write_str("input"),
            Self::Forward => f.write_str("forward"),
            Self::Output => f.write_str("output"),
            Self::Postrouting => f.write_str("postrouting"),
            Self::Other(number) => write!(f, "hook {number}"),
        }
    }
}

/// What a base chain's rules may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChainType {
    /// Let packets pass or not.
    Filter,
    /// Change addresses; sees the first packet of a connection only.
    Nat,
    /// Route again what changed.
    Route,
}

impl ChainType {
    const fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Nat => "nat",
            Self::Route => "route",
        }
    }
}

/// What becomes of a packet that no rule of a base chain decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// It goes on.
    Accept,
    /// It is gone.
    Drop,
}

/// What makes a chain a base chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Base {
    /// What its rules may do.
    pub kind: ChainType,
    /// Where it sees packets.
    pub hook: Hook,
    /// Its turn among the chains there: those with smaller numbers come first.
    pub priority: i32,
    /// What its end means.
    pub policy: Policy,
}

/// A chain that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chain {
    /// The table that it is in.
    pub table: TableName,
    /// Its name there.
    pub name: String,
    /// Its number.
    pub handle: u64,
    /// Where packets come to it; others are only jumped to.
    pub base: Option<Base>,
}

impl Chain {
    /// Every chain of every table in the namespace that `netfilter` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "NFT_MSG_GETCHAIN")]
    pub fn list(netfilter: &mut Netlink) -> Result<Vec<Self>, Error> {
        netfilter.dump(&List, |received| {
            if received.kind == kind(libc::NFT_MSG_NEWCHAIN) {
                Self::read(received).map(Some)
            } else {
                Ok(None)
            }
        })
    }

    pub(crate) fn read(received: &Received<'_>) -> Result<Self, Malformed> {
        let (header, attributes) = received.split::<4>()?;
        let text = |kind| attributes.find(kind).map(|attribute| attribute.text()).ok_or(Malformed);
        let family = Family::of(header[0]);
        let base = match attributes.find(HOOK) {
            Some(hook) => {
                let number =
                    |kind| hook.nested().find(kind).ok_or(Malformed).and_then(|number| number.be32());
                let policy = attributes.find(POLICY).map(|policy| policy.be32()).transpose()?;
                Some(Base {
                    kind: attributes.find(TYPE).map_or(ChainType::Filter, chain_type),
                    hook: Hook::of(family, number(HOOK_NUMBER)?),
                    priority: number(HOOK_PRIORITY)?.cast_signed(),
                    policy: if policy == Some(0) { Policy::Drop } else { Policy::Accept },
                })
            }
            None => None,
        };
        Ok(Self {
            table: TableName::new(family, &text(TABLE)?),
            name: text(NAME)?.into_owned(),
            handle: attributes.find(HANDLE).map_or(Ok(0), |handle| handle.be64())?,
            base,
        })
    }
}

fn chain_type(attribute: Attribute<'_>) -> ChainType {
    match attribute.text().as_ref() {
        "nat" => ChainType::Nat,
        "route" => ChainType::Route,
        _ => ChainType::Filter,
    }
}

struct List;

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list chains")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        Encoded(message(libc::NFT_MSG_GETCHAIN, 0, None))
    }
}

/// Makes a chain. One that is there already stays as it is.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewChain {
    table: TableName,
    name: Box<str>,
    base: Option<Base>,
}

impl NewChain {
    /// A chain that rules jump to.
    pub fn new(table: TableName, name: &str) -> Self {
        Self { table, name: name.into(), base: None }
    }

    /// A chain that packets come to.
    pub fn base(table: TableName, name: &str, base: Base) -> Self {
        Self { table, name: name.into(), base: Some(base) }
    }
}

impl fmt::Display for NewChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "create chain `{}` in table `{}`", self.name, self.table)
    }
}

impl Request for NewChain {
    fn encode(&self) -> Encoded {
        let mut request = message(libc::NFT_MSG_NEWCHAIN, libc::NLM_F_CREATE, Some(self.table.family));
        request.put_str(TABLE, &self.table.name);
        request.put_str(NAME, &self.name);
        if let Some(base) = self.base {
            request.put_str(TYPE, base.kind.name());
            request.put_be32(POLICY, u32::from(base.policy == Policy::Accept));
            request.nest(HOOK | NESTED, |hook| {
                hook.put_be32(HOOK_NUMBER, base.hook.number());
                hook.put_be32(HOOK_PRIORITY, base.priority.cast_unsigned());
            });
        }
        Encoded(request)
    }
}
