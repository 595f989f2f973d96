//! `tmpcopyup`: a tmpfs that begins with a copy of what it covers.

use std::ffi::{CStr, OsStr};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use insula_ns::idmap::IdMaps;
use insula_sandbox::mounts::{Content, Entry};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fstat, openat, readlinkat, statat};
use rustix::io::Errno;

use super::mounts::open_in;
use crate::error::Error;

/// How much is copied at most: it is read into memory.
const BYTES: usize = 64 << 20;
const ENTRIES: usize = 10_000;

/// What is in a directory inside `root`; nothing if there is none. Devices and sockets are left out, and owners who have no id
/// inside, which are those of `maps` outside.
pub(super) fn entries(root: &Path, target: &Path, maps: Option<&IdMaps>) -> Result<Vec<Entry>, Error> {
    let failed = |errno| Error::File { doing: "copy", path: target.to_owned(), errno };
    let top = match open_in(root, target, OFlags::RDONLY | OFlags::DIRECTORY) {
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(Vec::new()),
        other => other.map_err(failed)?,
    };
    let mut copy = Copy { entries: Vec::new(), left: BYTES, maps };
    copy.directory(&top, Path::new("")).map_err(failed)?;
    Ok(copy.entries)
}

struct Copy<'a> {
    entries: Vec<Entry>,
    left: usize,
    maps: Option<&'a IdMaps>,
}

impl Copy<'_> {
    fn directory(&mut self, directory: &OwnedFd, path: &Path) -> Result<(), Errno> {
        let mut names = Vec::new();
        for entry in Dir::read_from(directory)? {
            let name = entry?.file_name().to_owned();
            if !matches!(name.to_bytes(), b"." | b"..") {
                names.push(name);
            }
        }
        names.sort();
        for name in names {
            self.one(directory, &path.join(OsStr::from_bytes(name.to_bytes())), &name)?;
        }
        Ok(())
    }

    fn one(&mut self, directory: &OwnedFd, path: &Path, name: &CStr) -> Result<(), Errno> {
        if self.entries.len() == ENTRIES {
            return Err(Errno::FBIG);
        }
        let mut stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut below = None;
        let content = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => {
                let to = readlinkat(directory, name, Vec::new())?;
                Content::Symlink(OsStr::from_bytes(to.to_bytes()).into())
            }
            FileType::Directory => {
                below = Some(openat(directory, name, flags | OFlags::DIRECTORY, Mode::empty())?);
                Content::Directory
            }
            FileType::RegularFile => {
                let file = openat(directory, name, flags, Mode::empty())?;
                stat = fstat(&file)?;
                if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                    return Err(Errno::AGAIN);
                }
                Content::File(self.read(&file)?)
            }
            _ => return Ok(()),
        };
        let owner = match self.maps {
            None => Some((stat.st_uid, stat.st_gid)),
            Some(maps) => maps.uid.to_inside(stat.st_uid).zip(maps.gid.to_inside(stat.st_gid)),
        };
        self.entries.push(Entry { path: path.to_owned(), content, mode: stat.st_mode & 0o7777, owner });
        below.map_or(Ok(()), |below| self.directory(&below, path))
    }

    fn read(&mut self, file: impl AsFd) -> Result<Vec<u8>, Errno> {
        let mut data = Vec::new();
        let mut chunk = vec![0; 64 << 10];
        loop {
            let length = rustix::io::retry_on_intr(|| rustix::io::read(&file, &mut chunk))?;
            if length == 0 {
                return Ok(data);
            }
            self.left = self.left.checked_sub(length).ok_or(Errno::FBIG)?;
            data.extend_from_slice(&chunk[..length]);
        }
    }
}
