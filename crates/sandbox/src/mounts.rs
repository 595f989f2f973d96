//! What the payload sees of the file system: the root, and what is mounted in it.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

mod attributes;
mod file_system;
mod mount;
mod root;

pub use attributes::{AttributeChange, Attributes};
pub use file_system::{FileSystem, HidePid, Proc, Tmpfs};
pub use mount::{Bind, Content, Dev, Entry, File, Mount, Node, NodeKind, Overlay};
pub use root::{Changes, Entering, Layers, Root};

/// How mounts and unmounts pass between this mount namespace and others: `mount_namespaces(7)`, "SHARED SUBTREES".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// Both ways.
    Shared,
    /// From outside in.
    Slave,
    /// Not at all.
    Private,
    /// Not at all, and the mount cannot be bound elsewhere.
    Unbindable,
    /// As the mounts that were copied have it.
    Unchanged,
}

/// The working directory that the root is entered with; the payload's own, unless its command has one.
#[derive(Debug)]
pub enum Directory {
    /// This path, seen from inside the root.
    Path(PathBuf),
    /// The path of the caller's own, seen from inside the root, if there is such a directory; else that of the root. Whoever enters a
    /// mount namespace is in its root at first.
    Callers,
    /// A directory that is open already, be it inside the root or not.
    Handle {
        /// The directory.
        directory: OwnedFd,
        /// What messages call it.
        name: PathBuf,
    },
}

/// Everything that is mounted for the payload.
///
/// Targets are seen from inside the root, and never lead out of it, whatever symbolic links are there; sources are the
/// caller's own paths. In a root of its own ([`Root::Dir`], [`Root::Tmpfs`], [`Root::Overlay`]) missing mount points are
/// made. Elsewhere they must exist, except below a [`Tmpfs`], a [`Dev`] or an [`Overlay`] that takes changes: nothing is
/// ever made in a file system of the host that was not given as a root.
#[derive(Debug, Default)]
pub struct MountPlan {
    /// The propagation of all mounts that were copied. `None` leaves them; with a root of its own it is
    /// [`Propagation::Private`], since what is mounted would show outside. [`Propagation::Shared`] is then that of what is bound
    /// and of the new root, once it is in place.
    pub propagation: Option<Propagation>,
    /// The root.
    pub root: Root,
    /// How a root of its own is entered.
    pub entering: Entering,
    /// The working directory; without one, that of the root.
    pub directory: Option<Directory>,
    /// Whether nothing of this plan can be undone from inside. A payload with `CAP_SYS_ADMIN` in the user namespace that
    /// owns the mount namespace, as root of a new one has it, could else take off what hides something, and write to
    /// what is read-only. So it loses that capability, as an init of ours does. In a user namespace that it makes itself
    /// it has the capability over copies of these mounts, which the kernel locks to each other: `mount_namespaces(7)`.
    pub locked: bool,
    /// What is mounted, in order.
    pub mounts: Vec<Mount>,
    /// Whether the root is read-only. With [`Root::Unchanged`] all mounts of the host are, those of this plan not; in a
    /// root of its own what came with the root is.
    pub read_only_root: bool,
    /// Paths that become read-only, with all that is mounted below them. Those that don't exist are passed over.
    pub read_only: Vec<PathBuf>,
    /// Paths whose content is hidden: files read as empty, directories are empty and read-only. Those that don't exist
    /// are passed over.
    pub masked: Vec<PathBuf>,
}
