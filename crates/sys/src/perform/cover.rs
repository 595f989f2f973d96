//! Mounts over what is there already, to hide it or to protect it from writes.

use core::ffi::CStr;
use rustix::fd::{AsFd as _, AsRawFd as _, BorrowedFd, IntoRawFd as _, OwnedFd, RawFd};
use rustix::fs::{CWD, OFlags};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, OpenTreeFlags, fsconfig_create, fsmount, fsopen, open_tree,
};

use super::file::{is_directory, open_in};
use super::mount::{attach, set_mount};
use crate::step::MountAttributes;

/// A handle on `path` inside `root`, or none if there is nothing.
fn find(root: BorrowedFd<'_>, path: &CStr) -> Result<Option<OwnedFd>, Errno> {
    match open_in(root, path, OFlags::PATH) {
        Ok(file) => Ok(Some(file)),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(errno) => Err(errno),
    }
}

pub(super) fn mask(root: BorrowedFd<'_>, path: &CStr) -> Result<(), Errno> {
    let Some(target) = find(root, path)? else { return Ok(()) };
    let cover = if is_directory(target.as_fd())? {
        let context = fsopen(c"tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_create(&context)?;
        let attributes = MountAttrFlags::MOUNT_ATTR_RDONLY
            | MountAttrFlags::MOUNT_ATTR_NOSUID
            | MountAttrFlags::MOUNT_ATTR_NODEV
            | MountAttrFlags::MOUNT_ATTR_NOEXEC;
        let mount = fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?;
        leave(context);
        mount
    } else {
        open_tree(CWD, c"/dev/null", OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC)?
    };
    attach(cover.as_fd(), target.as_fd(), c"")?;
    leave(cover);
    leave(target);
    Ok(())
}

pub(super) fn read_only(root: BorrowedFd<'_>, path: &CStr) -> Result<(), Errno> {
    const READ_ONLY: u64 = 0x01;
    let Some(target) = find(root, path)? else { return Ok(()) };
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_EMPTY_PATH
        | OpenTreeFlags::AT_RECURSIVE;
    let copy = open_tree(&target, c"", flags)?;
    let attributes = MountAttributes { set: READ_ONLY, ..MountAttributes::default() };
    set_mount(copy.as_fd(), true, attributes, 0)?;
    attach(copy.as_fd(), target.as_fd(), c"")?;
    leave(copy);
    leave(target);
    Ok(())
}

/// Leaves a descriptor to the execution, which closes it at no cost of a call, as long as there are few.
fn leave(fd: OwnedFd) {
    const FEW: RawFd = 192;
    if fd.as_raw_fd() < FEW {
        let _ = fd.into_raw_fd();
    }
}
