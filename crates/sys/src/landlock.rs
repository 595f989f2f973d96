//! Landlock: `landlock(7)`. Rights on file hierarchies, TCP ports and scopes that a process gives up for good.

use std::fmt;
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};

use rustix::io::Errno;

use crate::raw::syscall;
use crate::step::Fd;

/// `LANDLOCK_ACCESS_FS_*` of `linux/landlock.h`: rights on files and directories.
pub mod fs {
    /// To execute a file.
    pub const EXECUTE: u64 = 1;
    /// To open a file for writing.
    pub const WRITE_FILE: u64 = 1 << 1;
    /// To open a file for reading.
    pub const READ_FILE: u64 = 1 << 2;
    /// To list a directory.
    pub const READ_DIR: u64 = 1 << 3;
    /// To remove an empty directory, or rename one.
    pub const REMOVE_DIR: u64 = 1 << 4;
    /// To unlink a file, or rename one.
    pub const REMOVE_FILE: u64 = 1 << 5;
    /// To make what is in a directory: `MAKE_CHAR` to `MAKE_SYM`.
    pub const MAKE: u64 = 0b111_1111 << 6;
    /// To link or rename a file from or to another directory. From the second version of the interface on.
    pub const REFER: u64 = 1 << 13;
    /// To truncate a file. From the third version on.
    pub const TRUNCATE: u64 = 1 << 14;
    /// To make requests of a device: `ioctl(2)`. From the fifth version on.
    pub const IOCTL_DEV: u64 = 1 << 15;
    /// What a file can have that is no directory.
    pub(crate) const FILE: u64 = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;
}

/// `LANDLOCK_ACCESS_NET_*`: rights on TCP ports. From the fourth version of the interface on.
pub mod net {
    /// To bind a socket to a port.
    pub const BIND_TCP: u64 = 1;
    /// To connect to a port.
    pub const CONNECT_TCP: u64 = 1 << 1;
}

/// `LANDLOCK_SCOPE_*`: what is cut off from who is not restricted likewise. From the sixth version of the interface on.
pub mod scope {
    /// To connect to an abstract UNIX socket.
    pub const ABSTRACT_UNIX_SOCKET: u64 = 1;
    /// To send a signal.
    pub const SIGNAL: u64 = 1 << 1;
}

/// What a ruleset takes away but for what its rules give back: `struct landlock_ruleset_attr`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[doc(alias = "landlock_ruleset_attr")]
pub struct Handled {
    /// Rights of [`fs`].
    pub fs: u64,
    /// Rights of [`net`].
    pub net: u64,
    /// What is cut off: [`scope`].
    pub scoped: u64,
}

/// The version of the interface that this kernel has: `landlock_create_ruleset(2)` with
/// `LANDLOCK_CREATE_RULESET_VERSION`.
///
/// # Errors
/// `ENOSYS` where the kernel was built without Landlock, `EOPNOTSUPP` where it was not turned on.
#[doc(alias = "landlock_create_ruleset")]
pub fn version() -> Result<u32, Errno> {
    const LANDLOCK_CREATE_RULESET_VERSION: usize = 1;
    // SAFETY: no attributes.
    let version =
        unsafe { syscall(libc::SYS_landlock_create_ruleset, [0, 0, LANDLOCK_CREATE_RULESET_VERSION]) }?;
    Ok(version as u32)
}

/// Makes a ruleset, close-on-exec: `landlock_create_ruleset(2)`.
///
/// # Errors
/// Those of [`version`]; `E2BIG` or `EINVAL` for what this kernel cannot handle.
#[doc(alias = "landlock_create_ruleset")]
pub fn create_ruleset(handled: Handled) -> Result<OwnedFd, Errno> {
    let attributes = [(&raw const handled) as usize, size_of::<Handled>(), 0];
    // SAFETY: reads the attributes, whose size it says.
    let ruleset = unsafe { syscall(libc::SYS_landlock_create_ruleset, attributes) }?;
    // SAFETY: the kernel has just opened it for us.
    Ok(unsafe { OwnedFd::from_raw_fd(ruleset as i32) })
}

/// Gives rights of [`net`] on a TCP port back: `landlock_add_rule(2)`.
///
/// # Errors
/// `EINVAL` for a right that the ruleset does not handle.
#[doc(alias = "landlock_add_rule")]
pub fn allow_port(ruleset: BorrowedFd<'_>, port: u16, rights: u64) -> Result<(), Errno> {
    const LANDLOCK_RULE_NET_PORT: usize = 2;
    // `struct landlock_net_port_attr`.
    let rule = [rights, port.into()];
    add_rule(ruleset, LANDLOCK_RULE_NET_PORT, (&raw const rule) as usize)
}

/// Gives rights of [`fs`] on a file, or on a directory and all that is below it, back.
pub(crate) fn allow_path(ruleset: BorrowedFd<'_>, path: BorrowedFd<'_>, rights: u64) -> Result<(), Errno> {
    const LANDLOCK_RULE_PATH_BENEATH: usize = 1;
    /// `struct landlock_path_beneath_attr`.
    #[repr(C, packed)]
    struct PathBeneath {
        rights: u64,
        path: i32,
    }
    let kind = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(path)?.st_mode);
    let possible = if kind == rustix::fs::FileType::Directory { u64::MAX } else { fs::FILE };
    let rule = PathBeneath { rights: rights & possible, path: path.as_raw_fd() };
    add_rule(ruleset, LANDLOCK_RULE_PATH_BENEATH, (&raw const rule) as usize)
}

fn add_rule(ruleset: BorrowedFd<'_>, kind: usize, rule: usize) -> Result<(), Errno> {
    let ruleset = ruleset.as_raw_fd().cast_unsigned() as usize;
    // SAFETY: reads a rule of this kind, which our caller has.
    unsafe { syscall(libc::SYS_landlock_add_rule, [ruleset, kind, rule, 0]) }.map(drop)
}

/// Restricts this process, and all that it executes or starts: `landlock_restrict_self(2)`.
///
/// Needs `CAP_SYS_ADMIN` in the user namespace, or no new privileges.
pub(crate) fn restrict_self(ruleset: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: no pointers.
    unsafe { syscall(libc::SYS_landlock_restrict_self, [ruleset.as_raw_fd().cast_unsigned() as usize, 0]) }
        .map(drop)
}

/// A step of Landlock's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landlock {
    /// Gives rights on what is at `path` and below back: `landlock_add_rule(2)`.
    AllowPath {
        /// The ruleset.
        ruleset: Fd,
        /// A handle on a file or directory.
        path: Fd,
        /// Rights of [`fs`]; those of directories alone are left out for anything else.
        rights: u64,
    },
    /// Restricts the process: `landlock_restrict_self(2)`.
    RestrictSelf {
        /// The ruleset.
        ruleset: Fd,
    },
}

impl fmt::Display for Landlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllowPath { ruleset, path, rights } => {
                write!(f, "landlock_add_rule({ruleset}, LANDLOCK_RULE_PATH_BENEATH, {path}, {rights:#x})")
            }
            Self::RestrictSelf { ruleset } => write!(f, "landlock_restrict_self({ruleset})"),
        }
    }
}
