//! The eight Linux namespaces: kinds, handles, id maps, relations and discovery.
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
pub use procfs::{NsLink, ProcDir, ProcError};
pub use rustix::process::Pid;
pub use translate::TranslateError;
