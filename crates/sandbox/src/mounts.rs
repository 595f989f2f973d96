//! What the payload sees of the file system: the root, and what is mounted in it.

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Root {
    /// As the mount namespace has it.
    #[default]
    Unchanged,
    /// This directory, by `chroot(2)`: the mounts outside of it stay, out of sight. No mount namespace needed.
    Chroot(PathBuf),
}

/// One thing to mount.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mount {
    /// A procfs of the new PID namespace on an existing directory.
    Proc(PathBuf),
}

/// Everything that is mounted for the payload, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountPlan {
    /// The propagation of all mounts that were copied; `None` leaves them.
    pub propagation: Option<Propagation>,
    /// The root.
    pub root: Root,
    /// What is mounted.
    pub mounts: Vec<Mount>,
}
