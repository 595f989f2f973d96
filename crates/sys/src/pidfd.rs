//! What a pidfd says of its process: the ioctls of `linux/pidfd.h`.

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::io::Result;

use crate::ioctl;

/// `PIDFD_THREAD`: has `pidfd_open(2)` refer to a single thread, since Linux 6.9.
pub const PIDFD_THREAD: u32 = libc::O_EXCL as u32;

const PIDFS_IOCTL_MAGIC: u8 = 0xff;
const PIDFD_GET_INFO: ioctl::Request = ioctl::updating(PIDFS_IOCTL_MAGIC, 11, size_of::<PidFdInfo>());

/// A namespace of a process, as the `PIDFD_GET_*_NAMESPACE` requests number them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ProcessNamespace {
    /// Its control-group namespace.
    Cgroup = 1,
    /// Its IPC namespace.
    Ipc,
    /// Its mount namespace.
    Mnt,
    /// Its network namespace.
    Net,
    /// The PID namespace that it lives in.
    Pid,
    /// The PID namespace that its next children are born in.
    PidForChildren,
    /// Its time namespace.
    Time,
    /// The time namespace that its next children are born in.
    TimeForChildren,
    /// Its user namespace.
    User,
    /// Its UTS namespace.
    Uts,
}

/// Opens a namespace of the process that `pidfd` refers to.
///
/// # Errors
/// `ENOTTY` or `EINVAL` on a kernel before 6.11; `EPERM` or `EACCES` when the caller may not trace the process
/// (`PTRACE_MODE_READ_FSCREDS`); `ESRCH` when it is gone; `EOPNOTSUPP` when the kernel is built without the kind.
#[doc(alias = "PIDFD_GET_NET_NAMESPACE")]
pub fn namespace(pidfd: BorrowedFd<'_>, which: ProcessNamespace) -> Result<OwnedFd> {
    // SAFETY: takes no argument and returns a new descriptor.
    unsafe { ioctl::descriptor(pidfd, ioctl::plain(PIDFS_IOCTL_MAGIC, which as u8)) }
}

/// `struct pidfd_info` in its first published size, which every kernel with the request knows.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct PidFdInfo {
    mask: u64,
    cgroup: u64,
    /// The thread that the pidfd refers to, in the caller's PID namespace.
    pub pid: u32,
    /// Its process.
    pub tgid: u32,
    /// Its parent process, 0 when that lies outside the caller's PID namespace.
    pub ppid: u32,
    /// Its real user id, in the caller's user namespace, as are the others.
    pub ruid: u32,
    /// Its real group id.
    pub rgid: u32,
    /// Its effective user id.
    pub euid: u32,
    /// Its effective group id.
    pub egid: u32,
    suid: u32,
    sgid: u32,
    fsuid: u32,
    fsgid: u32,
    exit_code: i32,
}

/// Says who the process of `pidfd` is.
///
/// # Errors
/// `ENOTTY` or `EINVAL` on a kernel before 6.13; `ESRCH` when it is gone.
#[doc(alias = "PIDFD_GET_INFO")]
pub fn info(pidfd: BorrowedFd<'_>) -> Result<PidFdInfo> {
    let mut info = PidFdInfo::default();
    // SAFETY: the request encodes the size of `PidFdInfo`, beyond which the kernel does not write.
    unsafe { ioctl::update(pidfd, PIDFD_GET_INFO, &mut info) }?;
    Ok(info)
}
