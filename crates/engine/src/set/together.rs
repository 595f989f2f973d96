//! Many network namespaces unmounted from `/run/netns` at once.
//!
//! The kernel lets whoever unmounts something wait until no processor looks at it any more, which takes up to milliseconds, for each
//! mount that is unmounted by itself. A tree of mounts that is unmounted lazily is one wait. So the files go to a directory of their
//! own, with what is mounted on them; a copy of its mount, which is in the sharing group of `/run/netns`, is attached where only
//! a thread of ours is; and what is unmounted below the copy is unmounted below all mounts of the group, in whatever mount
//! namespace. Nothing but what went to the directory is to be seen through the copy, so nothing else is touched, whatever is
//! mounted in `/run/netns` meanwhile: see "Shared subtrees" in the kernel's documentation, and `mount_namespaces(7)`.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::Path;

use insula_ns::{Kind, Kinds, Namespace, NsId};
use insula_sys::unshare::unshare;
use rustix::fs::{AtFlags, CWD, Mode, RenameFlags};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags};

use super::many::Removal;
use super::netns::NetnsDir;
use super::pin::{Unpin, unpin};
use super::{SetError, SetName};
use crate::store::{Deed, PathError};

/// With fewer than these, what is made ready for them takes longer than they do one by one.
const FEW: usize = 16;

/// A namespace in `/run/netns`, as its record has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pinned<'a> {
    pub(super) name: &'a SetName,
    /// What is mounted there.
    pub(super) id: NsId,
    /// The inode number of the file that it is mounted on.
    pub(super) inode: u64,
}

impl NetnsDir {
    /// Unmounts all of `pinned` and removes their files, as far as that can be done at once; gives the names of which nothing is left.
    /// The others are for [`NetnsDir::unpin`]. What an interrupted call for the same `lab` has left is taken away too.
    ///
    /// What is mounted there that is not on record, and files that are not, stay.
    pub(super) fn unpin_together(
        &self,
        lab: &str,
        pinned: &[Pinned<'_>],
        reached: &(dyn Fn(Removal) + Sync),
    ) -> Result<HashSet<OsString>, SetError> {
        let aside = format!(".{lab}");
        let found: Vec<_> = pinned.iter().filter(|one| self.holds(one)).copied().collect();
        if found.len() >= FEW {
            // What fails here is done one by one.
            let _ = std::thread::scope(|scope| {
                let together = || unmount_together(self.0.path(), aside.as_ref(), &found, reached);
                scope.spawn(together).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
        }
        self.remove_aside(&aside)
    }

    /// Whether it is the namespace on record that is mounted there.
    fn holds(&self, pinned: &Pinned<'_>) -> bool {
        let stat = self.0.stat(pinned.name).ok().flatten();
        stat.is_some_and(|stat| NsId { dev: stat.st_dev, ino: stat.st_ino } == pinned.id)
    }

    /// Removes the directory with all that is in it, and gives the names of that.
    fn remove_aside(&self, aside: &str) -> Result<HashSet<OsString>, SetError> {
        let Some(dir) = self.0.find_dir(aside)? else { return Ok(HashSet::new()) };
        let names = dir.names()?;
        for name in &names {
            match dir.remove_file(name) {
                Err(PathError { source: Errno::BUSY, .. }) => {
                    unpin(&dir, name, Unpin::All)?;
                    dir.remove_file(name)?;
                }
                removed => drop(removed?),
            }
        }
        self.0.remove_dir(aside)?;
        Ok(names.into_iter().collect())
    }
}

/// Runs in a thread that ends then, and with it the mount namespace that it makes.
fn unmount_together(
    netns: &Path,
    aside: &OsStr,
    pinned: &[Pinned<'_>],
    reached: &(dyn Fn(Removal) + Sync),
) -> Result<(), SetError> {
    let failed = |source| PathError { deed: Deed::Unmount, path: netns.to_owned(), source };
    let outside = Namespace::of_self(Kind::Mnt)?;
    unshare(Kinds::from(Kind::Mnt).clone_flags()).map_err(failed)?;
    let inside = Namespace::of_self(Kind::Mnt)?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", private).map_err(failed)?;
    let unmount = || rustix::mount::unmount(netns, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW);

    // Where something is mounted on a file it keeps its name, but only for those who see the mount.
    let bare = open_tree(netns, OpenTreeFlags::empty()).map_err(failed)?;
    unmount().map_err(failed)?;
    match rustix::fs::mkdirat(&bare, aside, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(failed(errno).into()),
    }
    for one in pinned {
        let file = rustix::fs::statat(&bare, one.name.as_str(), AtFlags::SYMLINK_NOFOLLOW);
        if file.is_ok_and(|file| file.st_ino == one.inode) {
            let moved = Path::new(aside).join(one.name.as_str());
            rustix::fs::renameat_with(&bare, one.name.as_str(), &bare, moved, RenameFlags::NOREPLACE)
                .map_err(failed)?;
        }
    }
    reached(Removal::Aside);

    outside.enter()?;
    let copy = open_tree(&netns.join(aside), OpenTreeFlags::AT_RECURSIVE).map_err(failed)?;
    inside.enter()?;
    let attached = rustix::mount::move_mount(&copy, c"", CWD, netns, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH);
    attached.and_then(|()| unmount()).map_err(failed)?;
    reached(Removal::Unmounted);
    Ok(())
}

/// A copy of the mount that `path` is on, from there on.
fn open_tree(path: &Path, flags: OpenTreeFlags) -> Result<OwnedFd, Errno> {
    rustix::mount::open_tree(
        CWD,
        path,
        flags | OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC,
    )
}
