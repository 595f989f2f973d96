//! The eight Linux namespaces: kinds, handles, id maps, relations and discovery.
//!
//! - [`Kind`] and [`Kinds`]: which of the eight.
//! - [`Namespace`]: one of them, held open; from a process, a file, a socket, a file handle or the caller.
//!   It tells its owner, parent and ids, translates process ids, and can be entered.
//! - [`idmap`]: the user and group ids of a user namespace.
//! - [`Scan`]: every namespace on the machine, and all that holds it.
//!
//! ```
//! use insula_ns::{Kind, Namespace, PidFd};
//! let process = PidFd::open(rustix::process::getpid())?;
//! let net = Namespace::of_process(&process, Kind::Net)?;
//! println!("net:[{}] is owned by {:?}", net.id().ino, net.owner()?.map(|owner| owner.id().ino));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod accounts;
mod discover;
mod enter;
pub mod idmap;
mod kind;
pub mod mountinfo;
mod namespace;
mod netid;
mod pidfd;
mod process_mark;
mod procfs;
mod translate;

pub use discover::{
    Found, HeldDescriptor, Hidden, NsMount, Process, Scan, ScanError, SeenFrom, Snapshot, Want,
};
pub use enter::enter_process;
pub use kind::{Kind, Kinds, ParseKindError};
pub use namespace::{Namespace, NamespaceError, NsHandle, NsId, Relation};
pub use netid::NetId;
pub use pidfd::{PidFd, PidFdError};
pub use process_mark::{ProcessMark, has_own_inode};
pub use procfs::{NsLink, ProcDir, ProcError};
pub use rustix::process::Pid;
pub use translate::TranslateError;
