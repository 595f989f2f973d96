//! The life of an OCI container: the runtime specification, version 1.3.
//!
//! - [`ContainerId`]: what containers are called.
//! - [`spec`]: what `config.json` says.
//! - [`validate`]: what can be refused before anything is made.
//! - [`state`]: what is known of a container, and what is kept on disk of it.
//! - [`features`]: what this runtime can do.
//! - [`events`]: what happens to a container, and what it uses.
//! - [`Runtime`]: the containers of a state directory, where new ones are made of a [`Bundle`].
//! - [`Container`]: one of them, to start, enter, signal and delete.
#![forbid(unsafe_code)]

mod affinity;
mod cgroup;
mod checkpoint;
mod container;
mod create;
mod error;
mod hook;
mod id;
mod net_devices;
mod resctrl;
mod runtime;
mod translate;
mod warning;

pub mod events;
pub mod features;
pub mod spec;
pub mod state;
pub mod validate;

pub use cgroup::{CgroupManager, Rights};
pub use checkpoint::{CgroupMode, Checkpoint, CriuError, Extent, Imaging, Restoration};
pub use container::{Added, Addition, Container, Deletion, Paused, Subgroup, Unlocked};
pub use create::{Bundle, Creation, Made, When};
pub use error::Error;
pub use hook::Ending;
pub use id::{ContainerId, IdError};
pub use insula_cgroup::CgroupPath;
pub use runtime::Runtime;
pub use warning::Warning;

/// The version of the specification that is followed.
pub const VERSION: &str = "1.3.0";
