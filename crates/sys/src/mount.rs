//! Attributes of a mount, for the caller's side: `mount_setattr(2)`, which rustix lacks.

use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::Errno;

use crate::step::MountAttributes;

/// Changes attributes of `mount`, and of those below it if `recursive`.
///
/// # Errors
/// `EINVAL` for a change that the kernel does not know; `EPERM` for one that this user namespace may not make.
#[doc(alias = "mount_setattr")]
pub fn set_attributes(
    mount: BorrowedFd<'_>,
    recursive: bool,
    attributes: MountAttributes,
) -> Result<(), Errno> {
    crate::perform::set_mount(mount, recursive, attributes, 0)
}

/// Maps the ids of a mount that was never attached by those of a user namespace: an id inside of it is one on disk, the
/// one outside is what it seems to be. See "ID-mapped mounts" in `mount_setattr(2)`.
///
/// # Errors
/// `EINVAL` if the file system cannot do it, or ids of the mount are mapped already; `EPERM` without `CAP_SYS_ADMIN` in
/// the user namespace of the file system.
#[doc(alias = "MOUNT_ATTR_IDMAP")]
pub fn map_ids(mount: BorrowedFd<'_>, recursive: bool, user: BorrowedFd<'_>) -> Result<(), Errno> {
    let attributes = MountAttributes { set: 0x10_0000, ..MountAttributes::default() };
    crate::perform::set_mount(mount, recursive, attributes, u64::from(user.as_raw_fd().cast_unsigned()))
}
