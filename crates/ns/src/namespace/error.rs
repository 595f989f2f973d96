//! What can go wrong with a namespace.

use std::path::PathBuf;

use rustix::io::Errno;
use rustix::process::Pid;

use super::{NsHandle, NsId, Relation};
use crate::procfs::{NsLink, ProcError};
use crate::{Kind, Kinds};

/// Why a namespace could not be opened, asked or entered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NamespaceError {
    /// A namespace of the calling thread cannot be opened.
    #[error("cannot open the caller's own {} namespace", link_name(*link))]
    OfSelf {
        /// Which of them.
        link: NsLink,
        /// What the kernel answered.
        source: Errno,
    },
    /// A namespace of a process cannot be opened: it is gone, or the caller may not trace it.
    #[error("cannot open the {} namespace of {}", link_name(*link), process_name(*pid))]
    OfProcess {
        /// Which of them.
        link: NsLink,
        /// The process, where its id is known.
        pid: Option<Pid>,
        /// What the kernel answered: `ESRCH` when it is gone, `EPERM` or `EACCES` when it may not be traced.
        source: Errno,
    },
    /// `/proc`, which an older kernel has to be asked through, is not there.
    #[error("cannot open the {} namespace of {}", link_name(*link), process_name(*pid))]
    Proc {
        /// Which of them.
        link: NsLink,
        /// The process, `None` for the caller.
        pid: Option<Pid>,
        /// What is wrong with `/proc`.
        source: ProcError,
    },
    /// A file cannot be opened.
    #[error("cannot open namespace file `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the kernel answered.
        source: Errno,
    },
    /// A file is there, but is no namespace: nothing is mounted on it, perhaps.
    #[error("`{}` is not a namespace file: its file system is not nsfs", path.display())]
    NotANamespace {
        /// The file; of a descriptor, its name in `/proc/self/fd`.
        path: PathBuf,
    },
    /// A namespace is of a kind that this library doesn't know.
    #[error("descriptor {descriptor} is a namespace of an unknown kind, {flag:#x}")]
    UnknownKind {
        /// The number of the descriptor.
        descriptor: i32,
        /// What `NS_GET_NSTYPE` says.
        flag: u32,
    },
    /// A namespace is of another kind than was asked for.
    #[error("{found}:[{}] is not a {expected} namespace", id.ino)]
    WrongKind {
        /// Which namespace.
        id: NsId,
        /// The kind that it is of.
        found: Kind,
        /// The kind that was asked for.
        expected: Kind,
    },
    /// No namespace has this file handle, or the caller may not have it.
    #[error("cannot open the namespace with id {}", handle.ns_id)]
    Handle {
        /// The handle.
        handle: NsHandle,
        /// What the kernel answered: `ESTALE` when there is none, `EPERM` when it may not be had, `EBADF` when
        /// the kernel has no such handles.
        source: Errno,
    },
    /// A namespace that was seen cannot be opened: it is gone, or nothing that holds it lets the caller have it.
    #[error("cannot open {kind}:[{}]: it is gone, or out of reach", id.ino)]
    Unreachable {
        /// The kind of the namespace.
        kind: Kind,
        /// The namespace.
        id: NsId,
    },
    /// A socket does not tell its network namespace.
    #[error("cannot open the network namespace of the socket with descriptor {descriptor}")]
    Socket {
        /// The number of the descriptor.
        descriptor: i32,
        /// What the kernel answered: `ENOTSOCK` when it is none, `EPERM` without `CAP_NET_ADMIN` there.
        source: Errno,
    },
    /// The kernel would not say what is asked of a namespace.
    #[error("cannot find the {relation} of {kind}:[{}]", id.ino)]
    Related {
        /// What was asked for.
        relation: Relation,
        /// The kind of the namespace that was asked.
        kind: Kind,
        /// The namespace that was asked.
        id: NsId,
        /// What the kernel answered.
        source: Errno,
    },
    /// The kernel would not say who made a namespace.
    #[error("cannot find who made {kind}:[{}]", id.ino)]
    Creator {
        /// The kind of the namespace that was asked.
        kind: Kind,
        /// The namespace that was asked.
        id: NsId,
        /// What the kernel answered.
        source: Errno,
    },
    /// The kernel would not let the calling thread in.
    #[error("cannot enter {kind}:[{}]", id.ino)]
    Enter {
        /// The kind of the namespace.
        kind: Kind,
        /// The namespace.
        id: NsId,
        /// What the kernel answered: see `setns(2)`.
        source: Errno,
    },
    /// The kernel would not let the calling thread into the namespaces of a process.
    #[error("cannot enter the {kinds} namespaces of {}", process_name(*pid))]
    EnterProcess {
        /// The kinds asked for.
        kinds: Kinds,
        /// The process, where its id is known.
        pid: Option<Pid>,
        /// What the kernel answered: see `setns(2)`.
        source: Errno,
    },
}

fn link_name(link: NsLink) -> &'static str {
    match link {
        NsLink::Own(kind) => kind.name(),
        NsLink::PidForChildren => "children's pid",
        NsLink::TimeForChildren => "children's time",
    }
}

fn process_name(pid: Option<Pid>) -> String {
    pid.map_or_else(|| "a process".to_owned(), |pid| format!("process {pid}"))
}
