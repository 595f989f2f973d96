//! Control groups of version 1, version 2 and both at once ("hybrid"), behind one type.
//!
//! - [`Hierarchies`]: what this machine has mounted, and which controllers are where.
//! - [`CgroupPath`]: the name of a group, checked.
//! - [`Cgroup`]: one group, held open in every hierarchy. It is made and removed whole, tells its processes, freezes and
//!   kills them, and gives what a process needs to be born in it ([`Entry`]).
//!
//! ```no_run
//! use insula_cgroup::{Cgroup, CgroupPath, Hierarchies};
//! let hierarchies = Hierarchies::find()?;
//! let group = Cgroup::create(&hierarchies, &CgroupPath::new("/jobs/7")?)?;
//! group.add(rustix::process::getpid())?;
//! println!("{:?}", group.processes()?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Everything below a mount of cgroups is reached through open directories, never twice by a path. See `cgroups(7)` and the
//! kernel's `admin-guide/cgroup-v2.rst` and `admin-guide/cgroup-v1/`.
#![forbid(unsafe_code)]

mod cgroup;
mod controller;
mod directory;
mod hierarchy;
mod path;

pub use cgroup::{Cgroup, CgroupError, CreateError, Entry, FreezeError, KillError, RemoveError};
pub use controller::{Controller, Controllers, ParseControllerError};
pub use directory::FileError;
pub use hierarchy::{Hierarchies, HierarchiesError, Hierarchy, Version};
pub use path::{CgroupPath, CgroupPathError};
