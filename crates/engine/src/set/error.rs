//! Why a set cannot be found or used.

use std::path::PathBuf;

use insula_ns::{Kind, NamespaceError, NsId, PidFdError, ProcError, ScanError};
use rustix::io::Errno;

use super::SetName;
use crate::store::{PathError, StoreError};

/// Why a set cannot be found or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// There is no set of this name.
    #[error("there is no set `{name}`")]
    Missing {
        /// The name.
        name: SetName,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something could not be done to a file of the set.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The record cannot be understood.
    #[error("`{}` is not the record of a set", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The record was written by another version of Insula.
    #[error("`{}` has version {version}, which another version of Insula wrote", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version of its format.
        version: u32,
    },
    /// `/proc` cannot be used.
    #[error(transparent)]
    Proc(#[from] ProcError),
    /// The boot that this is cannot be told from others.
    #[error("cannot read `/proc/sys/kernel/random/boot_id`")]
    Boot {
        /// What the kernel answered.
        source: Errno,
    },
    /// The mount namespace that this process is in cannot be told from others.
    #[error("cannot read `/proc/self/ns/mnt`")]
    View {
        /// What the kernel answered.
        source: Errno,
    },
    /// Processes could not be looked for.
    #[error(transparent)]
    Scan(ScanError),
    /// A namespace could not be opened.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// The set is being made or removed right now, or that was cut short.
    #[error("the set `{name}` is not complete: it is being made or removed, or that was interrupted")]
    Incomplete {
        /// The set.
        name: SetName,
    },
    /// The set was left by an earlier boot.
    #[error("the set `{name}` is gone: the machine was restarted since it was made")]
    EarlierBoot {
        /// The set.
        name: SetName,
    },
    /// The set's mounts or process ids mean nothing where the caller is.
    #[error("the set `{name}` was made in another {kind} namespace, {kind}:[{}]", id.ino)]
    Elsewhere {
        /// The set.
        name: SetName,
        /// The kind of the namespace, `mnt` or `pid`.
        kind: Kind,
        /// The namespace.
        id: NsId,
    },
    /// The set has no namespace of a kind.
    #[error("the set `{name}` has no {kind} namespace")]
    NoSuchKind {
        /// The set.
        name: SetName,
        /// The kind.
        kind: Kind,
    },
    /// Somebody unmounted a namespace of the set.
    #[error("the set `{name}` has lost its {kind} namespace: it is no longer mounted on `{}`", path.display())]
    Unmounted {
        /// The set.
        name: SetName,
        /// The kind of the namespace.
        kind: Kind,
        /// Where it was mounted.
        path: PathBuf,
    },
    /// The keeper cannot be looked at.
    #[error("cannot open the keeper of the set `{name}`")]
    Keeper {
        /// The set.
        name: SetName,
        /// What the kernel answered.
        source: Errno,
    },
    /// The keeper has ended, and with it the namespaces that only it held.
    #[error("the set `{name}` is gone: the process that held its namespaces has ended")]
    KeeperGone {
        /// The set.
        name: SetName,
    },
    /// The keeper was killed and does not end.
    #[error("the process that holds the namespaces of the set `{name}` was killed, and does not end")]
    KeeperStays {
        /// The set.
        name: SetName,
    },
    /// The keeper can't be killed.
    #[error("cannot end the process that holds the namespaces of the set `{name}`")]
    EndKeeper {
        /// The set.
        name: SetName,
        /// Why.
        source: PidFdError,
    },
    /// The PID 1 of the set has ended, so no process can be born in its PID namespace any more.
    #[error("the PID namespace of the set `{name}` is dead: its PID 1 has ended")]
    DeadPid {
        /// The set.
        name: SetName,
    },
}
