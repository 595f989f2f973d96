//! The directory of the names.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::super::stop::words;
use super::{DIRECTORY, Stop};

/// The directory, open.
#[derive(Debug)]
pub(super) struct Directory(OwnedFd);

impl Directory {
    /// Opens it; `None` if there is none.
    pub(super) fn find() -> Result<Option<Self>, Stop> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::open(DIRECTORY, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(Self(fd))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(Stop::failed(format!("Failed to open directory {DIRECTORY}:{}", words(errno)))),
        }
    }

    /// The names in it, in its own order, which is the one that iproute2 shows.
    pub(super) fn names(&self) -> Result<Vec<String>, Stop> {
        let failed = |errno| Stop::failed(format!("Failed to read directory {DIRECTORY}: {}", words(errno)));
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.0).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(String::from_utf8_lossy(name).into_owned());
            }
        }
        Ok(names)
    }

    /// Opens the namespace of a name.
    pub(super) fn open(&self, name: &str) -> Result<OwnedFd, Errno> {
        rustix::fs::openat(&self.0, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// All names; none where there is no directory.
pub(super) fn all() -> Result<Vec<String>, Stop> {
    Directory::find()?.map_or(Ok(Vec::new()), |directory| directory.names())
}
