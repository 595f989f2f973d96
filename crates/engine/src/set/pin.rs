//! Bind mounts that keep namespaces alive.

use std::ffi::OsStr;

use insula_ns::{Namespace, NsId};
use rustix::mount::{MoveMountFlags, OpenTreeFlags, UnmountFlags};

use super::{SetError, mounted};
use crate::store::{Deed, Dir, PathError};

/// Mounts a namespace on an empty file in a directory.
pub(crate) fn pin(namespace: &Namespace, dir: &Dir, name: &OsStr) -> Result<(), PathError> {
    let failed = |source| PathError { deed: Deed::Mount, path: dir.path_of(name), source };
    let flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    let tree = rustix::mount::open_tree(namespace, c"", flags).map_err(failed)?;
    rustix::mount::move_mount(&tree, c"", dir, name, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH).map_err(failed)
}

/// What is unmounted from a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unpin {
    /// Every namespace.
    All,
    /// This one, if it is what is mounted there.
    Only(NsId),
}

/// Unmounts namespaces from a file in a directory; whether the file is bare after that.
pub(crate) fn unpin(dir: &Dir, name: &OsStr, what: Unpin) -> Result<bool, SetError> {
    while let Some(namespace) = mounted(dir, name)? {
        if let Unpin::Only(id) = what
            && namespace.id() != id
        {
            return Ok(false);
        }
        let path = dir.path_of(name);
        // Lazily: the mount is busy as long as somebody, such as we just now, has the namespace open by it.
        rustix::mount::unmount(&path, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW)
            .map_err(|source| PathError { deed: Deed::Unmount, path, source })?;
        if !dir.is_mount_point(name)? {
            break;
        }
    }
    Ok(true)
}
