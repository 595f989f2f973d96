//! Traffic control: what waits, is delayed, lost or limited on its way out of an interface. See `tc(8)`, `tc-netem(8)`,
//! `tc-tbf(8)`, `tc-htb(8)` and `linux/pkt_sched.h`.
//!
//! A queueing discipline shapes what leaves an interface. What comes in is shaped where it leaves: at the peer of a veth, at the
//! port of a bridge, or behind a [`Redirect`] to an `ifb` interface, which sends it out again.

#[cfg(test)]
mod captured;
mod discipline;
mod handle;
mod htb;
mod netem;
mod probability;
mod qdisc;
mod rate;
mod redirect;
mod tbf;

pub use discipline::Discipline;
pub use handle::Handle;
pub use htb::{Htb, HtbClass, NewClass};
pub use netem::Netem;
pub use probability::{Probability, ProbabilityError};
pub use qdisc::{DeleteQdisc, NewQdisc, Qdisc};
pub use rate::{Rate, RateError};
pub use redirect::Redirect;
pub use tbf::TokenBucket;
