//! Mounts in a mount namespace that is there already: the calls of the mount API, by descriptor.

use core::ffi::CStr;

use rustix::fd::{AsRawFd as _, BorrowedFd, IntoRawFd as _, OwnedFd};
use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, OpenTreeFlags, UnmountFlags, fsconfig_create,
    fsconfig_set_string, fsmount, fsopen, open_tree, unmount,
};

use super::{opened, send};

/// What to do with mounts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call<'a> {
    Copy { path: &'a CStr },
    Tmpfs { source: &'a CStr },
    Attach { mount: i32, path: &'a CStr },
    Detach { path: &'a CStr },
}

/// A copy of the mount that has the file or directory `path`, with that alone, attached to nothing. A symbolic link is not followed:
/// its copy is one.
///
/// # Errors
/// What `setns(2)` and `open_tree(2)` document.
#[doc(alias = "open_tree")]
pub fn copy_of_mount(namespaces: &[BorrowedFd<'_>], path: &CStr) -> Result<OwnedFd, Errno> {
    opened(namespaces, super::Call::Mount(Call::Copy { path }))
}

/// A new empty file system in memory that belongs to the user namespace among `namespaces`, attached to nothing: a directory that
/// everybody may read, and from which nothing is executed. `source` is what tables of mounts call it.
///
/// # Errors
/// What `setns(2)`, `fsopen(2)` and `fsmount(2)` document.
#[doc(alias = "fsmount")]
pub fn tmpfs(namespaces: &[BorrowedFd<'_>], source: &CStr) -> Result<OwnedFd, Errno> {
    opened(namespaces, super::Call::Mount(Call::Tmpfs { source }))
}

/// Attaches `mount` at `path` in the mount namespace among `namespaces`. Where the path is a symbolic link, over the link itself.
///
/// # Errors
/// What `setns(2)` and `move_mount(2)` document.
#[doc(alias = "move_mount")]
pub fn attach(namespaces: &[BorrowedFd<'_>], mount: BorrowedFd<'_>, path: &CStr) -> Result<(), Errno> {
    send(namespaces, super::Call::Mount(Call::Attach { mount: mount.as_raw_fd(), path })).map(drop)
}

/// Detaches the uppermost mount at `path` in the mount namespace among `namespaces`, and those below it.
///
/// # Errors
/// What `setns(2)` and `umount2(2)` document.
#[doc(alias = "umount2")]
pub fn detach(namespaces: &[BorrowedFd<'_>], path: &CStr) -> Result<(), Errno> {
    send(namespaces, super::Call::Mount(Call::Detach { path })).map(drop)
}

/// The descriptor, or 0 where there is none to be had. Allocates nothing and takes no lock.
pub(super) fn perform(call: Call<'_>) -> Result<usize, Errno> {
    let made = match call {
        Call::Copy { path } => {
            let flags = OpenTreeFlags::OPEN_TREE_CLONE
                | OpenTreeFlags::OPEN_TREE_CLOEXEC
                | OpenTreeFlags::AT_SYMLINK_NOFOLLOW;
            open_tree(CWD, path, flags)?
        }
        Call::Tmpfs { source } => {
            let context = fsopen(c"tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
            fsconfig_set_string(&context, c"source", source)?;
            fsconfig_set_string(&context, c"mode", c"755")?;
            fsconfig_create(&context)?;
            let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID
                | MountAttrFlags::MOUNT_ATTR_NODEV
                | MountAttrFlags::MOUNT_ATTR_NOEXEC;
            fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?
        }
        Call::Attach { mount, path } => {
            // SAFETY: `attach` borrows it until this process has ended.
            let mount = unsafe { BorrowedFd::borrow_raw(mount) };
            crate::perform::attach(mount, CWD, path)?;
            return Ok(0);
        }
        Call::Detach { path } => {
            unmount(path, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW)?;
            return Ok(0);
        }
    };
    Ok(made.into_raw_fd().cast_unsigned() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_by_its_error_number() {
        assert!(matches!(copy_of_mount(&[], c"/no/such/file").unwrap_err(), Errno::NOENT | Errno::PERM));
        assert!(matches!(detach(&[], c"/no/such/file").unwrap_err(), Errno::NOENT | Errno::PERM));
    }
}
