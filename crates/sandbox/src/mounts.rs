//! What the payload sees of the file system: the root, and what is mounted in it.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// How mounts and unmounts pass between this mount namespace and others: `mount_namespaces(7)`, "SHARED SUBTREES".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// Both ways.
    Shared,
    /// From outside in.
    Slave,
    /// Not at all.
    Private,
    /// As the mounts that were copied have it.
    Unchanged,
}

/// The root directory of the payload.
#[derive(Debug, Default)]
pub enum Root {
    /// As the mount namespace has it.
    #[default]
    Unchanged,
    /// This directory, by `chroot(2)`: the mounts outside of it stay, out of sight. No mount namespace needed.
    Chroot(PathBuf),
    /// As `Chroot`, a directory that is open already: it may lie outside of the mount namespace that is joined.
    Handle {
        /// The directory.
        directory: OwnedFd,
        /// What messages call it.
        name: PathBuf,
    },
}

/// The working directory that the root is entered with; the payload's own, unless its command has one.
#[derive(Debug)]
pub enum Directory {
    /// This path, seen from inside the root.
    Path(PathBuf),
    /// A directory that is open already, be it inside the root or not.
    Handle {
        /// The directory.
        directory: OwnedFd,
        /// What messages call it.
        name: PathBuf,
    },
}

/// One thing to mount.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mount {
    /// A procfs of the new PID namespace on an existing directory.
    Proc(PathBuf),
    /// Nothing new: the mount that is at this path, if there is one, is taken out of its peer group, so that what gets
    /// mounted over it shows nowhere else.
    Private(PathBuf),
    /// The list of binary formats of this user namespace on an existing directory: `binfmt_misc`, see the kernel's
    /// `admin-guide/binfmt-misc.rst`. Before Linux 6.7 there is only the machine's.
    Binfmt {
        /// Where.
        target: PathBuf,
        /// Formats to add, `:NAME:TYPE:OFFSET:MAGIC:MASK:INTERPRETER:FLAGS` each. With the flag `F` the kernel opens the
        /// interpreter at once: seen from outside of a new root.
        register: Vec<Vec<u8>>,
    },
}

/// Everything that is mounted for the payload, in order. Paths are seen from inside the root.
#[derive(Debug, Default)]
pub struct MountPlan {
    /// The propagation of all mounts that were copied; `None` leaves them.
    pub propagation: Option<Propagation>,
    /// The root.
    pub root: Root,
    /// The working directory; without one, that of the root.
    pub directory: Option<Directory>,
    /// What is mounted.
    pub mounts: Vec<Mount>,
}
