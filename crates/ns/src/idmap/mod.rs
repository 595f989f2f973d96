//! Which user and group ids a user namespace has, and how its maps get written: `user_namespaces(7)`.
//!
//! [`IdRequest`] is what a user asks for, [`IdMap`] what it comes to, [`IdMaps::plan`] who has to write it.
//! Everything that can be refused is refused here, before a process exists.

mod extent;
mod helper;
mod map;
mod maps;
mod plan;
mod request;
mod sources;
mod subid;
#[cfg(test)]
mod test_files;

pub use extent::{Extent, ParseExtentError};
pub use helper::HelperError;
pub use map::{IdMap, MapError, ParseMapError, Side};
pub use maps::{IdMaps, SetGroups};
pub use plan::{Caller, MapPlan, PlanError, Writing};
pub use request::{IdRequest, Ranges, ResolveError};
pub use sources::{IdKind, IdSources, ParentMapError};
pub use subid::{Granted, Origin, SkippedLine, SubIdError, SubIds};
