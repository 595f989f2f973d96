//! The root directory of the payload.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use super::Tmpfs;

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
    /// This directory with all that is mounted below it, by `pivot_root(2)`: nothing else of the host's is left in the
    /// mount namespace. Needs a new one.
    Dir(PathBuf),
    /// An empty tmpfs, which goes with the payload; its target is not looked at. Needs a new mount namespace.
    Tmpfs(Tmpfs),
    /// Directories laid over each other. Needs a new mount namespace.
    Overlay(Layers),
}

impl Root {
    /// Whether it replaces what the mount namespace has.
    pub(crate) const fn is_own(&self) -> bool {
        matches!(self, Self::Dir(_) | Self::Tmpfs(_) | Self::Overlay(_))
    }
}

/// The layers of an overlay: see the kernel's `filesystems/overlayfs.rst`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    /// The lower directories, the topmost first. They are not changed. Without an upper one there must be two.
    pub lower: Vec<PathBuf>,
    /// Where changes go.
    pub changes: Changes,
}

/// What becomes of changes in an overlay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// There are none: it is read-only.
    Refused,
    /// They go to a tmpfs of the sandbox's own, of this many bytes at most (half of the memory by default), and with it.
    Discarded {
        /// The most that the changes may take, in bytes.
        size: Option<u64>,
    },
    /// They stay in `upper`.
    Kept {
        /// The directory of the changes.
        upper: PathBuf,
        /// An empty directory in the same file system, for the kernel's own use.
        work: PathBuf,
    },
}

/// How a root of its own takes the place of the old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entering {
    /// By `pivot_root(2)`: nothing of the old one is left.
    #[default]
    Pivot,
    /// It lies over the old one, and is entered by `chroot(2)`: what works where the old root is the one that the kernel has
    /// unpacked at boot. Everything else that is mounted goes, so that no procfs is left by which a user namespace inside
    /// would be let mount one without what is masked. Who has `CAP_SYS_ADMIN` inside can take the cover off the old root's own
    /// file system. Not with a new user namespace, in which the kernel locks what is mounted.
    Cover,
}
