//! The eight Linux namespaces: kinds, handles, id maps, relations and discovery.
#![forbid(unsafe_code)]

pub mod accounts;
mod enter;
pub mod idmap;
mod kind;
pub mod mountinfo;
mod namespace;
mod pidfd;
mod procfs;

pub use enter::enter_process;
pub use kind::{Kind, Kinds, ParseKindError};
pub use namespace::{Namespace, NamespaceError, NsHandle, NsId, Relation};
pub use pidfd::{PidFd, PidFdError};
pub use procfs::{NsLink, ProcDir, ProcError};
pub use rustix::process::Pid;
