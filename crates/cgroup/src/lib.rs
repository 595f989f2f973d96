//! Control groups of version 1, version 2 and both at once ("hybrid"), behind one type.
//!
//! - [`Hierarchies`]: what this machine has mounted, and which controllers are where.
//! - [`CgroupPath`]: the name of a group, checked.
//! - [`Resources`]: what a group may use: memory, processors, tasks, block devices, devices at all, and so on.
//! - [`Cgroup`]: one group, held open in every hierarchy. It is made and removed whole, [limited](Cgroup::set), tells
//!   its processes, freezes and kills them, and gives what a process needs to be born in it ([`Entry`]).
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
//! Where systemd owns the groups, [`systemd`] asks it for them over D-Bus.
//!
//! Everything below a mount of cgroups is reached through open directories, never twice by a path. See `cgroups(7)` and the
//! kernel's `admin-guide/cgroup-v2.rst` and `admin-guide/cgroup-v1/`.
#![forbid(unsafe_code)]

mod cgroup;
mod controller;
mod devices;
mod directory;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod hierarchy;
mod membership;
mod number_list;
mod oom;
mod path;
mod resources;
mod set;
pub mod systemd;
mod usage;

pub use cgroup::{
    Cgroup, CgroupError, CreateError, EndError, Entry, FreezeError, KillError, RemoveError, Trace, Which,
};
pub use controller::{Controller, Controllers, ParseControllerError};
pub use devices::{DEFAULT_DEVICES, DeviceAccess, DeviceKind, DeviceRule, ParseAccessError};
pub use directory::FileError;
pub use hierarchy::{Hierarchies, HierarchiesError, Hierarchy, Version};
pub use membership::{Membership, MembershipError};
pub use number_list::{ListOf, NumberList, NumberListError};
pub use oom::OomNotice;
pub use path::{CgroupPath, CgroupPathError};
pub use resources::{
    BlockIo, Cpu, DeviceWeight, HugepageLimit, Limit, Memory, Network, Rdma, Resources, Throttle,
};
pub use set::{Act, SetError};
pub use usage::{
    BlockIoCount, BlockIoUsage, CpuUsage, CpusetUsage, HugepageUsage, MemoryCounter, MemoryUsage, PidsUsage,
    Usage,
};
