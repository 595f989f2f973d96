//! Mounts: the calls of the mount API, by descriptor.

use core::ffi::CStr;
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::fs::AtFlags;
use rustix::io::Errno;
use rustix::mount::{self, FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags};

use super::Context;
use crate::raw::syscall;
use crate::said::Said;
use crate::step::{MountAttributes, Slot, Step};

pub(super) fn perform(step: &Step, context: &mut Context) -> Result<(), Errno> {
    match step {
        Step::Mount { source, target, fstype, flags, data } => {
            let pointer =
                |text: &Option<std::ffi::CString>| text.as_ref().map_or(0, |text| text.as_ptr() as usize);
            let flags = *flags as usize;
            let target = target.as_ptr() as usize;
            let arguments = [pointer(source), target, pointer(fstype), flags, pointer(data)];
            // SAFETY: each pointer is null, where `mount(2)` takes that, or a C string that the step owns.
            unsafe { syscall(libc::SYS_mount, arguments) }.map(drop)
        }
        Step::MakePrivate(target) => {
            let flags = (libc::MS_REC | libc::MS_PRIVATE) as usize;
            // SAFETY: null, where `mount(2)` takes that, and a C string that the step owns.
            match unsafe { syscall(libc::SYS_mount, [0, target.as_ptr() as usize, 0, flags, 0]) } {
                // Not a mount point.
                Ok(_) | Err(Errno::INVAL) => Ok(()),
                Err(errno) => Err(errno),
            }
        }
        Step::FsOpen { fstype, into } => {
            let opened = mount::fsopen(fstype.as_c_str(), FsOpenFlags::FSOPEN_CLOEXEC)?;
            context.put(*into, opened);
            Ok(())
        }
        Step::FsConfig { context: slot, key, value } => {
            let opened = context.slot(*slot)?;
            let done = match value {
                Some(value) => mount::fsconfig_set_string(opened, key.as_c_str(), value.as_c_str()),
                None => mount::fsconfig_set_flag(opened, key.as_c_str()),
            };
            listen(*slot, context, done)
        }
        Step::FsCreate { context: slot } => {
            let done = mount::fsconfig_create(context.slot(*slot)?);
            listen(*slot, context, done)
        }
        Step::FsMount { context: slot, attributes, into } => {
            let attributes = MountAttrFlags::from_bits_retain(*attributes);
            let made = mount::fsmount(context.slot(*slot)?, FsMountFlags::FSMOUNT_CLOEXEC, attributes);
            let made = listen(*slot, context, made)?;
            context.put(*into, made);
            Ok(())
        }
        Step::OpenTree { at, path, recursive, into } => {
            let mut flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
            flags.set(OpenTreeFlags::AT_RECURSIVE, *recursive);
            flags.set(OpenTreeFlags::AT_EMPTY_PATH, path.is_empty());
            let tree = mount::open_tree(context.fd(*at)?, path.as_c_str(), flags)?;
            context.put(*into, tree);
            Ok(())
        }
        Step::SetMount { mount, recursive, attributes } => {
            set_mount(context.fd(*mount)?, *recursive, *attributes, 0)
        }
        Step::MoveMount { mount, target, name } => attach(context.fd(*mount)?, context.fd(*target)?, name),
        _ => Err(Errno::NOSYS),
    }
}

/// Takes the last line from the log of a file-system context, if `outcome` is a failure.
fn listen<T>(slot: Slot, context: &mut Context, outcome: Result<T, Errno>) -> Result<T, Errno> {
    if outcome.is_err() {
        let mut buffer = [0; 256];
        // A line is `e`, `w` or `i`, a space, and the message.
        while let Ok(length @ 3..) = rustix::io::read(context.slot(slot)?, &mut buffer) {
            context.said = Said::new(buffer.get(2..length).unwrap_or_default());
        }
    }
    outcome
}

/// Attaches `mount` onto `name` in `target`, or onto `target` itself if that is empty.
pub(crate) fn attach(mount: BorrowedFd<'_>, target: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
    let mut flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
    flags.set(MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH, name.is_empty());
    mount::move_mount(mount, c"", target, name, flags)
}

/// `mount_setattr(2)`; `userns` is the descriptor that an id-mapped mount takes.
pub(crate) fn set_mount(
    mount: BorrowedFd<'_>,
    recursive: bool,
    attributes: MountAttributes,
    userns: u64,
) -> Result<(), Errno> {
    let at = if recursive { AtFlags::EMPTY_PATH.bits() | 0x8000 } else { AtFlags::EMPTY_PATH.bits() };
    let attr = [attributes.set, attributes.clear, attributes.propagation, userns];
    let number = mount.as_raw_fd().cast_unsigned() as usize;
    let arguments = [number, c"".as_ptr() as usize, at as usize, attr.as_ptr() as usize, size_of_val(&attr)];
    // SAFETY: an empty C string, and the `struct mount_attr` of four 64-bit numbers whose size is passed.
    unsafe { syscall(libc::SYS_mount_setattr, arguments) }.map(drop)
}
