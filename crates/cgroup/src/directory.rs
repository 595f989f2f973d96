//! An open directory of a hierarchy, and the files in it.

use std::ffi::{CStr, CString, OsStr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

/// A file of a control group that was not read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It was not read.
    #[error("cannot read `{}`", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the kernel answered.
        source: Errno,
    },
    /// It was not written.
    #[error("cannot write `{}` to `{}`", value.escape_debug(), file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What was to be written.
        value: Box<str>,
        /// What the kernel answered.
        source: Errno,
    },
    /// It holds something else than the kernel documents.
    #[error("cannot make sense of `{}` in `{}`", content.escape_debug(), file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// What is not understood.
        content: Box<str>,
    },
}

impl FileError {
    /// What the kernel answered, if it refused.
    #[must_use]
    pub const fn errno(&self) -> Option<Errno> {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => Some(*source),
            Self::Content { .. } => None,
        }
    }
}

/// An open directory. The path is for messages and is never resolved.
#[derive(Debug)]
pub(crate) struct Directory {
    fd: OwnedFd,
    path: PathBuf,
}

/// Nothing that was mounted or linked into a hierarchy is on the way.
const BENEATH: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_XDEV);

impl Directory {
    pub(crate) const fn new(fd: OwnedFd, path: PathBuf) -> Self {
        Self { fd, path }
    }

    pub(crate) const fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Where the file or directory `name` in it is, for messages.
    pub(crate) fn path_of(&self, name: &CStr) -> PathBuf {
        self.path.join(OsStr::from_bytes(name.to_bytes()))
    }

    /// Opens the directory with these names below it, in one system call.
    pub(crate) fn descend(&self, names: &[CString]) -> Result<Self, Errno> {
        let mut below = Vec::new();
        for name in names {
            if !below.is_empty() {
                below.push(b'/');
            }
            below.extend_from_slice(name.to_bytes());
        }
        let path = self.path.join(OsStr::from_bytes(&below));
        let below = if below.is_empty() { b".".as_slice() } else { &below };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        // EAGAIN: something was renamed meanwhile, somewhere.
        let fd = loop {
            match rustix::fs::openat2(&self.fd, below, flags, Mode::empty(), BENEATH) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                opened => break opened?,
            }
        };
        Ok(Self { fd, path })
    }

    /// The same directory, held once more.
    pub(crate) fn again(&self) -> Result<Self, Errno> {
        Ok(Self { fd: rustix::io::fcntl_dupfd_cloexec(&self.fd, 3)?, path: self.path.clone() })
    }

    /// Opens the directory above it, which the caller knows to be one of the hierarchy's.
    pub(crate) fn above(&self) -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, c"..", flags, Mode::empty())?;
        let mut path = self.path.clone();
        path.pop();
        Ok(Self { fd, path })
    }

    /// Makes the group `name` in it.
    pub(crate) fn make(&self, name: &CStr) -> Result<(), Errno> {
        rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o755))
    }

    /// Removes the group `name` in it.
    pub(crate) fn unmake(&self, name: &CStr) -> Result<(), Errno> {
        rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR)
    }

    /// The names of the groups in it.
    pub(crate) fn children(&self) -> Result<Vec<CString>, Errno> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            let entry = entry?;
            if entry.file_type() == FileType::Directory
                && !matches!(entry.file_name().to_bytes(), b"." | b"..")
            {
                names.push(entry.file_name().to_owned());
            }
        }
        Ok(names)
    }

    /// Opens a file in it.
    pub(crate) fn open(&self, name: &CStr, flags: OFlags) -> Result<OwnedFd, Errno> {
        rustix::fs::openat(&self.fd, name, flags | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty())
    }

    /// Reads the file `name` whole.
    pub(crate) fn read(&self, name: &CStr) -> Result<String, FileError> {
        let failed = |source| FileError::Read { file: self.path_of(name), source };
        let file = self.open(name, OFlags::RDONLY).map_err(failed)?;
        let bytes = read_whole(file.as_fd()).map_err(failed)?;
        String::from_utf8(bytes).map_err(|error| FileError::Content {
            file: self.path_of(name),
            content: String::from_utf8_lossy(error.as_bytes()).into(),
        })
    }

    /// Reads the file `name`, which has one short line, in one piece.
    pub(crate) fn read_line(&self, name: &CStr) -> Result<String, Errno> {
        let file = self.open(name, OFlags::RDONLY)?;
        let mut buffer = [0; 512];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&file, &mut buffer))?;
        Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
    }

    /// Writes `value` to the file `name`, in one piece as the kernel wants it.
    pub(crate) fn write(&self, name: &CStr, value: &str) -> Result<(), FileError> {
        self.write_all(name, [value])
    }

    /// Writes each value to the file `name`, in one piece, and stops at the first that is refused.
    pub(crate) fn write_all<'a>(
        &self,
        name: &CStr,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), FileError> {
        let failed = |value: &str| {
            let (file, value) = (self.path_of(name), value.into());
            move |source| FileError::Write { file, value, source }
        };
        let mut open = None;
        for value in values {
            let file = match &open {
                Some(file) => file,
                None => open.insert(self.open(name, OFlags::WRONLY).map_err(failed(value))?),
            };
            write_whole(file.as_fd(), value).map_err(failed(value))?;
        }
        Ok(())
    }
}

impl From<Directory> for OwnedFd {
    fn from(directory: Directory) -> Self {
        directory.fd
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Reads what is left of `file`.
pub(crate) fn read_whole(file: BorrowedFd<'_>) -> Result<Vec<u8>, Errno> {
    let mut bytes = Vec::with_capacity(4096);
    loop {
        if bytes.capacity() == bytes.len() {
            bytes.reserve(bytes.len());
        }
        match rustix::io::read(file, rustix::buffer::spare_capacity(&mut bytes)) {
            Ok(0) => return Ok(bytes),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

fn write_whole(file: BorrowedFd<'_>, value: &str) -> Result<(), Errno> {
    loop {
        match rustix::io::write(file, value.as_bytes()) {
            Err(Errno::INTR) => {}
            Ok(length) if length < value.len() => return Err(Errno::IO),
            result => return result.map(drop),
        }
    }
}
