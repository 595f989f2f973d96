//! The packet filter of a network namespace: nftables, by netlink and without the `nft` program. See `nft(8)` and
//! `linux/netfilter/nf_tables.h`.
//!
//! Changes are made in one transaction, [`Netlink::commit`](crate::Netlink::commit): all of them or none.
//!
//! ```no_run
//! use insula_net::firewall::{Base, ChainType, Family, Hook, NewChain, NewRule, NewTable, Policy, Statements, TableName};
//! use insula_net::{Netlink, Protocol};
//!
//! let table = TableName::new(Family::Inet, "mine");
//! let base = Base { kind: ChainType::Nat, hook: Hook::Postrouting, priority: 100, policy: Policy::Accept };
//! Netlink::open(Protocol::Netfilter)?.commit(&[
//!     &NewTable::new(table.clone()),
//!     &NewChain::base(table.clone(), "out", base),
//!     &NewRule::new(table, "out", Statements::new().masquerade()),
//! ])?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chain;
mod comment;
mod commit;
mod datatype;
mod element;
mod expression;
mod family;
mod rule;
mod set;
mod statements;
mod table;

pub use chain::{Base, Chain, ChainType, Hook, NewChain, Policy};
pub use comment::{Comment, CommentTooLong};
pub use datatype::DataType;
pub use element::{Boundary, Element, NewElements, RemoveElements};
pub use expression::{
    Bitwise, Cmp, CmpOp, Counter, Ct, CtKey, Expression, Fib, FibResult, Immediate, Lookup, Match, Meta,
    MetaKey, Nat, NatFlags, NatKind, Payload, PayloadBase, PortRange, Register, Reject, Verdict,
};
pub use family::Family;
pub use rule::{DeleteRule, NewRule, Rule};
pub use set::{DeleteSet, NewSet, Set, SetFlags};
pub use statements::{CtState, CtStatus, Direction, RouteType, Side, Statements, interface_key};
pub use table::{DeleteTable, NewTable, Table, TableName};
