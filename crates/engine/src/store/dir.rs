//! A directory that is held open, and what is done in it: every error names the path.

use std::ffi::OsStr;
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags, Stat, StatxAttributes, StatxFlags};
use rustix::io::Errno;

/// What was being done to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deed {
    /// Opening it.
    Open,
    /// Making it.
    Make,
    /// Reading it.
    Read,
    /// Writing it.
    Write,
    /// Removing it.
    Remove,
    /// Listing it.
    List,
    /// Locking it.
    Lock,
    /// Asking what it is.
    Inspect,
    /// Mounting on it.
    Mount,
    /// Unmounting it.
    Unmount,
    /// Waiting for changes in it.
    Watch,
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Make => "make",
            Self::Read => "read",
            Self::Write => "write",
            Self::Remove => "remove",
            Self::List => "list",
            Self::Lock => "lock",
            Self::Inspect => "look at",
            Self::Mount => "mount on",
            Self::Unmount => "unmount",
            Self::Watch => "watch",
        })
    }
}

/// Something could not be done to a path.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot {deed} `{}`", path.display())]
pub struct PathError {
    /// What was being done.
    pub deed: Deed,
    /// To what.
    pub path: PathBuf,
    /// What the kernel answered.
    pub source: Errno,
}

/// An open directory, and the path that it was opened by, for messages.
#[derive(Debug)]
pub(crate) struct Dir {
    fd: OwnedFd,
    path: PathBuf,
}

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Dir {
    /// Opens the directory at `path`, whose last component may not be a symbolic link.
    pub(crate) fn open(path: &Path) -> Result<Self, PathError> {
        match rustix::fs::open(path, DIRECTORY, Mode::empty()) {
            Ok(fd) => Ok(Self { fd, path: path.to_owned() }),
            Err(source) => Err(PathError { deed: Deed::Open, path: path.to_owned(), source }),
        }
    }

    /// The path that it was opened by.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of an entry.
    pub(crate) fn path_of(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.path.join(name.as_ref())
    }

    fn failed(&self, deed: Deed, name: &OsStr, source: Errno) -> PathError {
        PathError { deed, path: self.path_of(name), source }
    }

    /// Opens a directory in it; `None` if there is none.
    pub(crate) fn find_dir(&self, name: impl AsRef<OsStr>) -> Result<Option<Self>, PathError> {
        let name = name.as_ref();
        match rustix::fs::openat(&self.fd, name, DIRECTORY, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, path: self.path_of(name) })),
            Err(Errno::NOENT) => Ok(None),
            Err(source) => Err(self.failed(Deed::Open, name, source)),
        }
    }

    /// Makes a directory in it; `EEXIST` if something of that name is there.
    pub(crate) fn make_dir(&self, name: impl AsRef<OsStr>, mode: u32) -> Result<(), PathError> {
        let name = name.as_ref();
        rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(mode))
            .map_err(|source| self.failed(Deed::Make, name, source))
    }

    /// Makes an empty file in it; `EEXIST` if something of that name is there.
    pub(crate) fn make_file(&self, name: impl AsRef<OsStr>) -> Result<(), PathError> {
        let name = name.as_ref();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // The mode of the files that `ip netns add` makes: nothing is ever read from or written to the file itself.
        rustix::fs::openat(&self.fd, name, flags, Mode::empty())
            .map(drop)
            .map_err(|source| self.failed(Deed::Make, name, source))
    }

    /// Opens a file or whatever is mounted on it, for reading; `None` if it isn't there.
    pub(crate) fn find_file(&self, name: impl AsRef<OsStr>) -> Result<Option<OwnedFd>, PathError> {
        let name = name.as_ref();
        // Not to wait for the writer of a FIFO.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(fd)),
            Err(Errno::NOENT) => Ok(None),
            Err(source) => Err(self.failed(Deed::Open, name, source)),
        }
    }

    /// The content of a file; `None` if it isn't there.
    pub(crate) fn read(&self, name: impl AsRef<OsStr>) -> Result<Option<Vec<u8>>, PathError> {
        let name = name.as_ref();
        let Some(file) = self.find_file(name)? else { return Ok(None) };
        let mut content = Vec::with_capacity(2048);
        loop {
            content.reserve(1024);
            match rustix::io::read(&file, rustix::buffer::spare_capacity(&mut content)) {
                Ok(0) => return Ok(Some(content)),
                Ok(_) | Err(Errno::INTR) => {}
                Err(source) => return Err(self.failed(Deed::Read, name, source)),
            }
        }
    }

    /// Writes a file as a whole, by way of another name: whoever reads it, and whatever ends us, finds the old content
    /// or the new.
    pub(crate) fn replace(&self, name: &str, draft: &str, content: &[u8]) -> Result<(), PathError> {
        let failed = |source| self.failed(Deed::Write, name.as_ref(), source);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.fd, draft, flags, Mode::from_raw_mode(0o644)).map_err(failed)?;
        let mut rest = content;
        while !rest.is_empty() {
            match rustix::io::write(&file, rest) {
                Ok(written) => rest = &rest[written..],
                Err(Errno::INTR) => {}
                Err(source) => return Err(failed(source)),
            }
        }
        insula_sys::rename::replace(&self.fd, draft, name).map_err(failed)
    }

    /// Writes a file in place: whoever has it open, or sees it by a mount, sees the new content.
    pub(crate) fn rewrite(&self, name: &str, content: &[u8]) -> Result<(), PathError> {
        let failed = |source| self.failed(Deed::Write, name.as_ref(), source);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(0o644)).map_err(failed)?;
        // Whatever the umask is: everybody inside reads it.
        rustix::fs::fchmod(&file, Mode::from_raw_mode(0o644)).map_err(failed)?;
        let mut written = 0;
        while written < content.len() {
            match rustix::io::pwrite(&file, &content[written..], written as u64) {
                Ok(count) => written += count,
                Err(Errno::INTR) => {}
                Err(source) => return Err(failed(source)),
            }
        }
        rustix::fs::ftruncate(&file, content.len() as u64).map_err(failed)
    }

    /// Makes a symbolic link; one of that name to the same target is as good.
    pub(crate) fn make_symlink(&self, name: impl AsRef<OsStr>, to: &Path) -> Result<(), PathError> {
        let name = name.as_ref();
        match rustix::fs::symlinkat(to, &self.fd, name) {
            Err(Errno::EXIST)
                if rustix::fs::readlinkat(&self.fd, name, Vec::new())
                    .is_ok_and(|there| there.as_bytes() == to.as_os_str().as_bytes()) =>
            {
                Ok(())
            }
            made => made.map_err(|source| self.failed(Deed::Make, name, source)),
        }
    }

    /// Removes a file; whether it was there.
    pub(crate) fn remove_file(&self, name: impl AsRef<OsStr>) -> Result<bool, PathError> {
        self.remove(name.as_ref(), AtFlags::empty())
    }

    /// Removes an empty directory; whether it was there.
    pub(crate) fn remove_dir(&self, name: impl AsRef<OsStr>) -> Result<bool, PathError> {
        self.remove(name.as_ref(), AtFlags::REMOVEDIR)
    }

    fn remove(&self, name: &OsStr, flags: AtFlags) -> Result<bool, PathError> {
        match rustix::fs::unlinkat(&self.fd, name, flags) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(source) => Err(self.failed(Deed::Remove, name, source)),
        }
    }

    /// The names in it, sorted; without `.` and `..`.
    pub(crate) fn names(&self) -> Result<Vec<std::ffi::OsString>, PathError> {
        let failed = |source| self.failed(Deed::List, OsStr::new(""), source);
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// What an entry is, not what it leads to; `None` if it isn't there.
    pub(crate) fn stat(&self, name: impl AsRef<OsStr>) -> Result<Option<Stat>, PathError> {
        let name = name.as_ref();
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(source) => Err(self.failed(Deed::Inspect, name, source)),
        }
    }

    /// Whether something is mounted on an entry; not if it isn't there.
    pub(crate) fn is_mount_point(&self, name: impl AsRef<OsStr>) -> Result<bool, PathError> {
        let name = name.as_ref();
        match rustix::fs::statx(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty()) {
            Ok(stat) => Ok(stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)),
            Err(Errno::NOENT) => Ok(false),
            Err(source) => Err(self.failed(Deed::Inspect, name, source)),
        }
    }

    /// What it is itself.
    pub(crate) fn own_stat(&self) -> Result<Stat, PathError> {
        rustix::fs::fstat(&self.fd).map_err(|source| self.failed(Deed::Inspect, OsStr::new(""), source))
    }

    /// Waits until nobody else has it locked, and locks it until it is dropped.
    pub(crate) fn lock(&self) -> Result<(), PathError> {
        loop {
            match rustix::fs::flock(&self.fd, FlockOperation::LockExclusive) {
                Err(Errno::INTR) => {}
                other => return other.map_err(|source| self.failed(Deed::Lock, OsStr::new(""), source)),
            }
        }
    }

    /// Lets go of its lock, and keeps it open.
    pub(crate) fn unlocked(self) -> Result<Self, PathError> {
        let unlocked = rustix::fs::flock(&self.fd, FlockOperation::Unlock);
        unlocked.map_err(|source| self.failed(Deed::Lock, OsStr::new(""), source))?;
        Ok(self)
    }

    /// Locks it until it is dropped, unless somebody else has it locked, or had until it was removed: whether it is.
    pub(crate) fn try_lock(&self) -> Result<bool, PathError> {
        match rustix::fs::flock(&self.fd, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(false),
            Err(source) => return Err(self.failed(Deed::Lock, OsStr::new(""), source)),
        }
        match rustix::fs::fstat(&self.fd) {
            Ok(stat) => Ok(stat.st_nlink > 0),
            Err(source) => Err(self.failed(Deed::Inspect, OsStr::new(""), source)),
        }
    }

    /// Whether both are the same directory, seen through the same mount.
    pub(crate) fn is_same_mount(&self, other: &Self) -> bool {
        let identity = |dir: &Self| {
            let flags = StatxFlags::INO | StatxFlags::MNT_ID;
            rustix::fs::statx(dir, c"", AtFlags::EMPTY_PATH, flags)
                .map(|stat| (stat.stx_dev_major, stat.stx_dev_minor, stat.stx_ino, stat.stx_mnt_id))
                .ok()
        };
        identity(self).is_some_and(|own| Some(own) == identity(other))
    }
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Whether `stat` is a directory.
pub(crate) fn is_dir(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}
