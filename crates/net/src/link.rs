//! Interfaces: what there is, and what can be asked for. See `rtnetlink(7)` and `linux/if_link.h`.

mod attribute;
mod change;
mod create;
mod hardware;
mod header;
mod kind;
mod read;
mod statistics;
mod veth;

pub use change::{ChangeLink, DeleteLink};
pub use create::{NewLink, Place};
pub use hardware::{HardwareAddress, HardwareAddressError};
pub use kind::LinkKind;
pub use read::{Link, Offload, OperState};
pub use statistics::Statistics;
pub use veth::Veth;
