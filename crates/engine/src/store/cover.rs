//! The mount of the system's store on itself.
//!
//! A mount namespace can be pinned only on a mount that passes nothing on: the copy that would travel could end up
//! inside of the very namespace. `/run` does pass mounts on, where systemd made it shared.

use rustix::fs::{AtFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, UnmountFlags};

use super::{Deed, Dir, PathError, Store, StoreError};

/// Whether a store is a mount of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cover {
    /// It is not.
    None,
    /// It is one of itself: ours.
    Own,
    /// Some other file system is mounted there.
    Other,
}

impl Store {
    /// Mounts it on itself, passing nothing on, unless it is mounted already; whether that was to be done.
    ///
    /// `dir` is locked, and shows what was there before.
    pub(crate) fn cover(&self, dir: &Dir) -> Result<bool, StoreError> {
        let failed = |source| PathError { deed: Deed::Mount, path: self.path.clone(), source };
        let cover = self.cover_of(dir)?;
        if cover == Cover::None {
            rustix::mount::mount_bind(&self.path, &self.path).map_err(failed)?;
        }
        // Also where we were interrupted before we came to it.
        rustix::mount::mount_change(&self.path, MountPropagationFlags::PRIVATE).map_err(failed)?;
        Ok(cover == Cover::None)
    }

    /// Takes it away if nothing is in it any more, with the mount if that is ours; whether that was to be done.
    pub(crate) fn remove_if_empty(&self) -> Result<bool, StoreError> {
        let Some(dir) = self.lock()? else { return Ok(false) };
        if !dir.names()?.is_empty() {
            return Ok(false);
        }
        match self.cover_of(&dir)? {
            Cover::None => {}
            Cover::Own => {
                // Lazily: who waits for our lock has it open.
                rustix::mount::unmount(&self.path, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW)
                    .map_err(|source| PathError { deed: Deed::Unmount, path: self.path.clone(), source })?;
            }
            Cover::Other => return Ok(false),
        }
        match self.parent()?.remove_dir(self.name()) {
            // It is mounted on itself elsewhere still, or once more than we thought.
            Err(error) if matches!(error.source, Errno::BUSY | Errno::NOTEMPTY) => Ok(false),
            other => Ok(other?),
        }
    }

    fn cover_of(&self, dir: &Dir) -> Result<Cover, StoreError> {
        let failed = |source| PathError { deed: Deed::Inspect, path: self.path.clone(), source };
        let stat = rustix::fs::statx(dir, c"", AtFlags::EMPTY_PATH, StatxFlags::INO).map_err(failed)?;
        if !stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) {
            return Ok(Cover::None);
        }
        let parent = self.parent()?.own_stat()?;
        Ok(if parent.st_dev == dir.own_stat()?.st_dev { Cover::Own } else { Cover::Other })
    }
}
