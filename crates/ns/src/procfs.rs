//! An open handle on `/proc`, checked, that everything below is read relative to.

use std::ffi::CStr;
use std::io::Write as _;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Pid;

use crate::Kind;

mod details;
mod numbers;

pub(crate) use numbers::Numbers;

/// An entry of `/proc/PID/ns`: a namespace that a process is in, or that its next children are born in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NsLink {
    /// The namespace of this kind that the process itself is in.
    Own(Kind),
    /// The PID namespace that its next children are born in, after `unshare(2)` or `setns(2)`.
    PidForChildren,
    /// The time namespace that its next children are born in.
    TimeForChildren,
}

impl NsLink {
    /// The name of the file in `/proc/PID/ns`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own(kind) => kind.name(),
            Self::PidForChildren => "pid_for_children",
            Self::TimeForChildren => "time_for_children",
        }
    }

    /// The kind of namespace that it leads to.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Own(kind) => kind,
            Self::PidForChildren => Kind::Pid,
            Self::TimeForChildren => Kind::Time,
        }
    }
}

impl From<Kind> for NsLink {
    fn from(kind: Kind) -> Self {
        Self::Own(kind)
    }
}

/// An open `/proc`, known to be a process file system: see `proc(5)`.
#[derive(Debug)]
pub struct ProcDir(OwnedFd);

/// Why there is no `/proc` to read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcError {
    /// It cannot be opened.
    #[error("cannot open `/proc`")]
    Open {
        /// What the kernel answered.
        source: Errno,
    },
    /// It is some other file system, which could hold anything.
    #[error("`/proc` is not a process file system: its magic number is {magic:#x}, not 0x9fa0")]
    NotProcfs {
        /// What `fstatfs(2)` says.
        magic: u64,
    },
    /// It shows the ids of another PID namespace, as after `unshare --pid` without a new `/proc`.
    #[error("`/proc` shows another PID namespace than the caller's")]
    OtherPidNamespace,
}

impl ProcDir {
    /// Opens `/proc`.
    ///
    /// # Errors
    /// [`ProcError`] when it isn't there or something else is mounted there.
    pub fn open() -> Result<Self, ProcError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd =
            rustix::fs::open("/proc", flags, Mode::empty()).map_err(|source| ProcError::Open { source })?;
        Self::from_fd(fd)
    }

    /// Takes the root directory of a procfs that is open already, such as one made by `fsmount(2)`.
    ///
    /// # Errors
    /// [`ProcError`] when it isn't one.
    pub fn from_fd(fd: OwnedFd) -> Result<Self, ProcError> {
        let stat = rustix::fs::fstatfs(&fd).map_err(|source| ProcError::Open { source })?;
        if stat.f_type == rustix::fs::PROC_SUPER_MAGIC {
            Ok(Self(fd))
        } else {
            Err(ProcError::NotProcfs { magic: stat.f_type.cast_unsigned() })
        }
    }

    /// Opens `/proc` and sees to it that the ids in it are what the caller knows processes by.
    ///
    /// # Errors
    /// [`ProcError::OtherPidNamespace`] when they are not; otherwise as [`open`](Self::open).
    pub fn open_own() -> Result<Self, ProcError> {
        let proc = Self::open()?;
        if proc.is_own() { Ok(proc) } else { Err(ProcError::OtherPidNamespace) }
    }

    /// What this boot of the machine is told from every other by: `random/boot_id` in `proc_sys_kernel(5)`.
    ///
    /// # Errors
    /// What the kernel answered.
    pub fn boot_id(&self) -> Result<String, Errno> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.0, c"sys/kernel/random/boot_id", flags, Mode::empty())?;
        let mut buffer = [0; 64];
        let length = rustix::io::read(&file, &mut buffer)?;
        Ok(String::from_utf8_lossy(&buffer[..length]).trim().to_owned())
    }

    /// Whether the ids in it are those of the caller's PID namespace.
    #[must_use]
    pub fn is_own(&self) -> bool {
        let mut buffer = [MaybeUninit::uninit(); 16];
        let Ok((target, _)) = rustix::fs::readlinkat_raw(&self.0, c"self", &mut buffer) else { return false };
        // Another namespace could have another process of this number, but not as the reader of this link.
        decimal(target) == u64::try_from(rustix::process::getpid().as_raw_nonzero().get()).ok()
    }

    /// Opens a namespace of process or thread `pid` (in the PID namespace of this procfs).
    ///
    /// # Errors
    /// `ENOENT` when there is no such process, or the kernel lacks the kind; `EACCES` when the caller may not trace it.
    pub fn open_ns(&self, pid: Pid, link: NsLink) -> Result<OwnedFd, Errno> {
        self.open_below(ProcPath::new(format_args!("{pid}/ns/{}", link.name())).as_c_str())
    }

    /// Opens a namespace of the calling thread.
    pub(crate) fn open_own_ns(&self, link: NsLink) -> Result<OwnedFd, Errno> {
        self.open_below(ProcPath::new(format_args!("thread-self/ns/{}", link.name())).as_c_str())
    }

    /// Opens a file below it for reading.
    pub(crate) fn open_below(&self, path: &CStr) -> Result<OwnedFd, Errno> {
        // Not to wait for the writer of a FIFO, in case the path goes on through a descriptor or a root.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        rustix::fs::openat(&self.0, path, flags, Mode::empty())
    }

    /// The inode number of a namespace of process or thread `pid`, without opening it.
    ///
    /// # Errors
    /// As [`open_ns`](Self::open_ns).
    pub fn ns_inode(&self, pid: Pid, link: NsLink) -> Result<u64, Errno> {
        let path = ProcPath::new(format_args!("{pid}/ns/{}", link.name()));
        ns_inode_at(self.0.as_fd(), path.as_c_str())
    }

    /// The process or thread behind a pidfd of ours; `None` when it is gone, or not in this procfs.
    pub(crate) fn pid_behind(&self, process: BorrowedFd<'_>) -> Result<Option<Pid>, Errno> {
        let path = ProcPath::new(format_args!("thread-self/fdinfo/{}", process.as_raw_fd()));
        let file = self.open_below(path.as_c_str())?;
        let mut buffer = [0; 1024];
        let length = rustix::io::read(&file, &mut buffer)?;
        let pid = buffer[..length]
            .split(|byte| *byte == b'\n')
            .find_map(|line| line.strip_prefix(b"Pid:"))
            .and_then(|value| std::str::from_utf8(value).ok()?.trim().parse::<i32>().ok())
            .ok_or(Errno::INVAL)?;
        Ok(if pid > 0 { Pid::from_raw(pid) } else { None })
    }
}

impl From<ProcDir> for OwnedFd {
    fn from(proc: ProcDir) -> Self {
        proc.0
    }
}

impl AsFd for ProcDir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The inode number of the namespace that the link at `path` below `dir` leads to.
pub(crate) fn ns_inode_at(dir: BorrowedFd<'_>, path: impl rustix::path::Arg) -> Result<u64, Errno> {
    let mut buffer = [MaybeUninit::uninit(); 64];
    let (target, _) = rustix::fs::readlinkat_raw(dir, path, &mut buffer)?;
    inode_in(target).ok_or(Errno::INVAL)
}

/// The inode number in the target of a namespace link, such as `net:[4026531833]`.
pub(crate) fn inode_in(target: &[u8]) -> Option<u64> {
    let digits = target.strip_suffix(b"]")?;
    let colon = digits.iter().position(|byte| *byte == b':')?;
    decimal(digits[colon + 1..].strip_prefix(b"[")?)
}

/// The namespace that the target of some link names, if it does: a descriptor's, or the root of a mount.
///
/// No path looks like that, since it would start with a slash.
pub(crate) fn ns_in(target: &[u8]) -> Option<(Kind, u64)> {
    let colon = target.iter().position(|byte| *byte == b':')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.name().as_bytes() == &target[..colon])?;
    Some((kind, inode_in(target)?))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        byte.is_ascii_digit().then(|| number.checked_mul(10)?.checked_add(u64::from(byte - b'0')))?
    })
}

/// A path below `/proc`, in a buffer on the stack.
pub(crate) struct ProcPath {
    bytes: [u8; Self::SIZE],
}

impl ProcPath {
    /// Enough for `4194304/task/4194304/ns/time_for_children` and the like.
    const SIZE: usize = 64;

    pub(crate) fn new(path: std::fmt::Arguments<'_>) -> Self {
        let mut bytes = [0; Self::SIZE];
        let mut rest = &mut bytes[..Self::SIZE - 1];
        rest.write_fmt(path).expect("no path below `/proc` made here has 64 bytes");
        Self { bytes }
    }

    pub(crate) fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).expect("the last byte is never written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_file_systems_are_refused() {
        let fd = OwnedFd::from(std::fs::File::open("/").unwrap());
        assert!(matches!(ProcDir::from_fd(fd), Err(ProcError::NotProcfs { .. })));
    }

    #[test]
    fn inode_is_that_of_the_opened_namespace() {
        let proc = ProcDir::open().unwrap();
        let me = rustix::process::getpid();
        for kind in Kind::ALL {
            let opened = proc.open_ns(me, kind.into()).unwrap();
            assert_eq!(proc.ns_inode(me, kind.into()).unwrap(), rustix::fs::fstat(&opened).unwrap().st_ino);
        }
    }

    proptest! {
        #[test]
        fn inode_of_a_written_link_is_read_back(name in "[a-z]{2,6}", inode: u64) {
            prop_assert_eq!(inode_in(format!("{name}:[{inode}]").as_bytes()), Some(inode));
        }

        #[test]
        fn namespace_of_a_written_link_is_read_back(inode: u64) {
            for kind in Kind::ALL {
                prop_assert_eq!(ns_in(format!("{kind}:[{inode}]").as_bytes()), Some((kind, inode)));
            }
        }

        #[test]
        fn no_target_panics(target: Vec<u8>) {
            let _ = ns_in(&target);
            let _ = inode_in(&target);
        }
    }

    #[test]
    fn targets_of_other_files_have_no_inode() {
        for target in
            ["/net:[1", "socket:1", "net:[]", "net:[]x", "net:[1x]", "net:[99999999999999999999]", "]", ""]
        {
            assert_eq!(inode_in(target.as_bytes()), None, "{target}");
        }
    }
}
