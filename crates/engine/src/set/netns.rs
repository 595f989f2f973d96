//! Network namespaces in `/run/netns`, as `ip-netns(8)` has them.

use std::os::fd::AsRawFd as _;
use std::path::Path;

use insula_ns::{Namespace, NsId, ProcDir};
use rustix::fs::{AtFlags, Mode, OFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;
use rustix::mount::MountPropagationFlags;

use super::pin::{Unpin, pin, unpin};
use super::{SetError, SetName};
use crate::store::{Deed, Dir, PathError};

/// The directory, which can take mounts.
#[derive(Debug)]
pub(super) struct NetnsDir(pub(super) Dir);

/// A file without a name there, which nothing is mounted on yet.
#[derive(Debug)]
pub(super) struct NamelessFile {
    file: std::os::fd::OwnedFd,
    /// What it is known by before it has a name.
    pub(super) inode: u64,
}

impl NetnsDir {
    /// Opens the directory, and does what `ip netns add` does first: makes it a mount that passes mounts on, so that
    /// an unmount reaches the copies that other mount namespaces have.
    pub(super) fn prepare(path: &Path) -> Result<Self, PathError> {
        let failed = |source| PathError { deed: Deed::Mount, path: path.to_owned(), source };
        match rustix::fs::mkdir(path, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(source) => return Err(PathError { deed: Deed::Make, path: path.to_owned(), source }),
        }
        let dir = Dir::open(path)?;
        // `ip netns add` takes this lock too.
        dir.lock()?;
        // Seen through the path, since another mount may have covered it while we waited.
        let stat =
            rustix::fs::statx(rustix::fs::CWD, path, AtFlags::empty(), StatxFlags::INO).map_err(failed)?;
        if !stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) {
            rustix::mount::mount_bind_recursive(path, path).map_err(failed)?;
        }
        let shared = MountPropagationFlags::SHARED | MountPropagationFlags::REC;
        rustix::mount::mount_change(path, shared).map_err(failed)?;
        Dir::open(path).map(Self)
    }

    /// Opens the directory as it is; `None` if it isn't there.
    pub(super) fn find(path: &Path) -> Result<Option<Self>, PathError> {
        match Dir::open(path) {
            Ok(dir) => Ok(Some(Self(dir))),
            Err(error) if error.source == Errno::NOENT => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a file that is gone when we are, unless it gets a name.
    pub(super) fn make_nameless(&self) -> Result<NamelessFile, PathError> {
        let failed = |source| PathError { deed: Deed::Make, path: self.0.path().to_owned(), source };
        let flags = OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.0, c".", flags, Mode::empty()).map_err(failed)?;
        let inode = rustix::fs::fstat(&file).map_err(failed)?.st_ino;
        Ok(NamelessFile { file, inode })
    }

    /// Gives the file the name of a set, and mounts the namespace on it; `EEXIST` if the name is taken.
    pub(super) fn pin(
        &self,
        file: &NamelessFile,
        name: &SetName,
        namespace: &Namespace,
    ) -> Result<(), SetError> {
        self.pin_by(&ProcDir::open()?, file, name, namespace)
    }

    /// The same, where many are pinned.
    pub(super) fn pin_by(
        &self,
        proc: &ProcDir,
        file: &NamelessFile,
        name: &SetName,
        namespace: &Namespace,
    ) -> Result<(), SetError> {
        let path = format!("self/fd/{}", file.file.as_raw_fd());
        rustix::fs::linkat(proc, path, &self.0, name.as_str(), AtFlags::SYMLINK_FOLLOW)
            .map_err(|source| PathError { deed: Deed::Make, path: self.0.path_of(name), source })?;
        Ok(pin(namespace, &self.0, name.as_ref())?)
    }

    /// Unmounts the namespace `id` from the file of a set, and removes that if its inode number is `inode`.
    ///
    /// Anything else under that name is somebody else's and stays.
    pub(super) fn unpin(&self, name: &SetName, id: NsId, inode: u64) -> Result<(), SetError> {
        let bare = unpin(&self.0, name.as_ref(), Unpin::Only(id))?;
        if bare && self.0.stat(name)?.is_some_and(|stat| stat.st_ino == inode) {
            self.0.remove_file(name)?;
        }
        Ok(())
    }

    /// Takes away what `ip netns add` made, as `ip netns delete` does.
    pub(super) fn delete(&self, name: &SetName, id: NsId) -> Result<(), SetError> {
        if unpin(&self.0, name.as_ref(), Unpin::Only(id))? {
            self.0.remove_file(name)?;
        }
        Ok(())
    }
}
