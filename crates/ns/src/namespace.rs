//! A namespace, held open.

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use insula_sys::nsfs;
use insula_sys::pidfd::{self, ProcessNamespace};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags};

use crate::Kind;
use crate::pidfd::{has_exited, pid_of};
use crate::procfs::{NsLink, ProcDir};

mod error;
mod relation;

pub use error::NamespaceError;
pub use relation::Relation;

/// What tells a namespace from all others that exist at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NsId {
    /// The device of nsfs: one for the whole machine.
    pub dev: u64,
    /// The inode number, as in `net:[4026531833]`. It is used again after the namespace is gone.
    pub ino: u64,
}

/// What names a namespace without a path or an open descriptor: an nsfs file handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NsHandle {
    /// The 64-bit id of the namespace, never used again until reboot: [`Namespace::ns_id`].
    pub ns_id: u64,
    /// The kind and inode number, which kernels before 6.19 want to know too.
    pub known: Option<(Kind, u32)>,
}

/// An open namespace, which cannot go away while this value lives.
///
/// ```
/// use insula_ns::{Kind, Namespace};
/// let net = Namespace::of_self(Kind::Net)?;
/// let same = Namespace::open("/proc/self/ns/net")?;
/// assert_eq!(net.id(), same.id());
/// # Ok::<(), insula_ns::NamespaceError>(())
/// ```
#[derive(Debug)]
pub struct Namespace {
    fd: OwnedFd,
    kind: Kind,
}

impl Namespace {
    /// Opens a namespace that the calling thread is in.
    ///
    /// `NsLink::PidForChildren` and `NsLink::TimeForChildren` lead to those that its next children are born in.
    /// # Errors
    /// [`NamespaceError::OfSelf`] when the kernel lacks the kind; [`NamespaceError::Proc`] on a kernel before 6.11
    /// that has no `/proc`.
    pub fn of_self(link: impl Into<NsLink>) -> Result<Self, NamespaceError> {
        let link = link.into();
        let thread = PidfdFlags::from_bits_retain(pidfd::PIDFD_THREAD);
        let opened = rustix::process::pidfd_open(rustix::thread::gettid(), thread)
            .and_then(|me| pidfd::namespace(me.as_fd(), request(link)));
        if let Ok(fd) = opened {
            return Ok(Self { fd, kind: link.kind() });
        }
        let proc = ProcDir::open().map_err(|source| NamespaceError::Proc { link, pid: None, source })?;
        let fd = proc.open_own_ns(link).map_err(|source| NamespaceError::OfSelf { link, source })?;
        Self::from_proc(fd, link)
    }

    /// Opens a namespace of the process that the pidfd `process` refers to.
    ///
    /// # Errors
    /// [`NamespaceError::OfProcess`] with `ESRCH` when it is gone, with `EPERM` or `EACCES` when the caller may not
    /// trace it (`PTRACE_MODE_READ_FSCREDS`); others on a kernel before 6.11 without `/proc`.
    #[doc(alias = "PIDFD_GET_NET_NAMESPACE")]
    pub fn of_process(process: impl AsFd, link: impl Into<NsLink>) -> Result<Self, NamespaceError> {
        let (process, link) = (process.as_fd(), link.into());
        match pidfd::namespace(process, request(link)) {
            Ok(fd) => Ok(Self { fd, kind: link.kind() }),
            // What a kernel before 6.11 answers; one that lacks the kind says so again below.
            Err(Errno::NOTTY | Errno::INVAL | Errno::OPNOTSUPP) => Self::of_process_by_proc(process, link),
            Err(source) => {
                Err(NamespaceError::OfProcess { link, pid: pid_of(process).ok().flatten(), source })
            }
        }
    }

    fn of_process_by_proc(process: BorrowedFd<'_>, link: NsLink) -> Result<Self, NamespaceError> {
        let proc = ProcDir::open().map_err(|source| NamespaceError::Proc { link, pid: None, source })?;
        // Its id in this `/proc`, whose PID namespace need not be the caller's.
        let pid = proc.pid_behind(process).map_err(|source| NamespaceError::OfProcess {
            link,
            pid: None,
            source,
        })?;
        let gone = |source| NamespaceError::OfProcess { link, pid, source };
        let fd = proc.open_ns(pid.ok_or_else(|| gone(Errno::SRCH))?, link).map_err(gone)?;
        // Only if it lives still was its id its own when the file was opened.
        if has_exited(process) {
            return Err(gone(Errno::SRCH));
        }
        Self::from_proc(fd, link)
    }

    /// Opens a namespace of the process with id `pid` in the caller's PID namespace.
    ///
    /// # Errors
    /// As [`of_process`](Self::of_process).
    pub fn of_pid(pid: Pid, link: impl Into<NsLink>) -> Result<Self, NamespaceError> {
        let link = link.into();
        let process = rustix::process::pidfd_open(pid, PidfdFlags::empty())
            .map_err(|source| NamespaceError::OfProcess { link, pid: Some(pid), source })?;
        Self::of_process(process, link)
    }

    /// Opens a namespace by a file: one of `/proc/PID/ns`, or one that such a file is bind mounted on.
    ///
    /// # Errors
    /// [`NamespaceError::File`] when it can't be opened, [`NamespaceError::NotANamespace`] when it is something else.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, NamespaceError> {
        let path = path.as_ref();
        let failed = |source| NamespaceError::File { path: path.to_owned(), source };
        // Not to wait for a FIFO's writer, nor to make a terminal ours, in case it is no namespace.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(failed)?;
        Self::check(fd, || path.to_owned())
    }

    /// Takes a descriptor of a namespace that came from elsewhere.
    ///
    /// # Errors
    /// [`NamespaceError::NotANamespace`] when it is one of something else.
    pub fn from_fd(fd: OwnedFd) -> Result<Self, NamespaceError> {
        let raw = fd.as_raw_fd();
        Self::check(fd, || format!("/proc/self/fd/{raw}").into())
    }

    /// Opens the network namespace that a socket of the caller's belongs to.
    ///
    /// # Errors
    /// [`NamespaceError::Socket`], with `EPERM` without `CAP_NET_ADMIN` in it, and `ENOTSOCK` when it is no socket.
    #[doc(alias = "SIOCGSKNS")]
    pub fn of_socket(socket: impl AsFd) -> Result<Self, NamespaceError> {
        let socket = socket.as_fd();
        nsfs::of_socket(socket)
            .map(|fd| Self { fd, kind: Kind::Net })
            .map_err(|source| NamespaceError::Socket { descriptor: socket.as_raw_fd(), source })
    }

    /// Opens a namespace by its nsfs file handle, wherever it is held.
    ///
    /// # Errors
    /// [`NamespaceError::Handle`], with `ESTALE` when there is none, `EPERM` without `CAP_SYS_ADMIN` in its owner,
    /// and `EBADF` on a kernel before 6.18.
    #[doc(alias = "open_by_handle_at")]
    pub fn by_handle(handle: NsHandle) -> Result<Self, NamespaceError> {
        let (flag, ino) = handle.known.map_or((0, 0), |(kind, ino)| (kind.clone_flag(), ino));
        let fd = nsfs::open_by_handle(handle.ns_id, flag, ino)
            .map_err(|source| NamespaceError::Handle { handle, source })?;
        match handle.known {
            Some((kind, _)) => Ok(Self { fd, kind }),
            None => Self::from_fd(fd),
        }
    }

    /// A namespace that was opened below a checked `/proc`, where a mount may still have covered the link.
    fn from_proc(fd: OwnedFd, link: NsLink) -> Result<Self, NamespaceError> {
        Self::from_fd(fd)?.require(link.kind())
    }

    fn check(fd: OwnedFd, path: impl Fn() -> PathBuf) -> Result<Self, NamespaceError> {
        let failed = |source| NamespaceError::File { path: path(), source };
        if rustix::fs::fstatfs(&fd).map_err(failed)?.f_type != rustix::fs::FsWord::from(nsfs::NSFS_MAGIC) {
            return Err(NamespaceError::NotANamespace { path: path() });
        }
        let flag = nsfs::nstype(fd.as_fd()).map_err(failed)?;
        let descriptor = fd.as_raw_fd();
        let kind = Kind::from_clone_flag(flag).ok_or(NamespaceError::UnknownKind { descriptor, flag })?;
        Ok(Self { fd, kind })
    }

    /// The namespace itself if it is of kind `expected`.
    ///
    /// # Errors
    /// [`NamespaceError::WrongKind`] if not.
    pub fn require(self, expected: Kind) -> Result<Self, NamespaceError> {
        if self.kind == expected {
            Ok(self)
        } else {
            Err(NamespaceError::WrongKind { id: self.id(), found: self.kind, expected })
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its device and inode number.
    #[must_use]
    pub fn id(&self) -> NsId {
        let stat = rustix::fs::fstat(&self.fd).expect("an open nsfs file can be asked what it is");
        NsId { dev: stat.st_dev, ino: stat.st_ino }
    }

    /// Its 64-bit id, which no other namespace has until reboot; `None` where the kernel has none (before 6.18).
    ///
    /// Mount namespaces have one since Linux 6.11.
    #[must_use]
    #[doc(alias = "NS_GET_ID")]
    pub fn ns_id(&self) -> Option<u64> {
        let fd = self.fd.as_fd();
        match nsfs::id(fd) {
            Ok(id) => Some(id),
            Err(_) if self.kind == Kind::Mnt => nsfs::mount_namespace_id(fd).ok(),
            Err(_) => None,
        }
    }

    /// What names it without holding it; `None` where the kernel has no such handles (before 6.18).
    #[must_use]
    pub fn handle(&self) -> Option<NsHandle> {
        let ns_id = nsfs::id(self.fd.as_fd()).ok()?;
        Some(NsHandle { ns_id, known: u32::try_from(self.id().ino).ok().map(|ino| (self.kind, ino)) })
    }
}

impl AsFd for Namespace {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl From<Namespace> for OwnedFd {
    fn from(namespace: Namespace) -> Self {
        namespace.fd
    }
}

const fn request(link: NsLink) -> ProcessNamespace {
    match link {
        NsLink::PidForChildren => ProcessNamespace::PidForChildren,
        NsLink::TimeForChildren => ProcessNamespace::TimeForChildren,
        NsLink::Own(Kind::Cgroup) => ProcessNamespace::Cgroup,
        NsLink::Own(Kind::Ipc) => ProcessNamespace::Ipc,
        NsLink::Own(Kind::Mnt) => ProcessNamespace::Mnt,
        NsLink::Own(Kind::Net) => ProcessNamespace::Net,
        NsLink::Own(Kind::Pid) => ProcessNamespace::Pid,
        NsLink::Own(Kind::Time) => ProcessNamespace::Time,
        NsLink::Own(Kind::User) => ProcessNamespace::User,
        NsLink::Own(Kind::Uts) => ProcessNamespace::Uts,
    }
}
