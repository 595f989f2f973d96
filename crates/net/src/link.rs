//! Interfaces: what there is, and what can be asked for. See `rtnetlink(7)` and `linux/if_link.h`.

mod attribute;
mod change;
mod create;
mod data;
mod function;
mod hardware;
mod header;
pub(crate) mod kind;
mod read;
mod request;
mod settings;
mod statistics;
mod token;
mod type_statistics;

pub use change::{ChangeAlternativeNames, ChangeLink, DeleteGroup, DeleteLink, Direction, Modification};
pub use create::{Creation, NewLink, Place};
pub use data::LinkData;
pub use function::{FunctionChange, FunctionSetting, FunctionState, function_rates};
pub use hardware::{HardwareAddress, HardwareAddressError};
pub use kind::{LinkKind, PortKind, Veth};
pub use read::{Link, Offload, OperState};
pub use request::LinkRequest;
pub use settings::{FlagChange, LinkSettings};
pub use statistics::Statistics;
pub use token::{InterfaceToken, SetInterfaceToken};
pub use type_statistics::{
    AggregationStatistics, BothWays, CountedAs, MplsStatistics, MulticastStatistics, SpanningTreeStatistics,
    TypeCounters, TypeStatistics,
};
