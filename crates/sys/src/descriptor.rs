//! Descriptors that come as bare numbers, from a command line or the environment.

use std::os::fd::{FromRawFd as _, OwnedFd, RawFd};

use rustix::io::Errno;

use crate::raw::syscall;

/// Duplicates descriptor `number` of this process; the copy is close-on-exec, and 3 or more.
///
/// # Errors
/// `EBADF` if it is not open: `fcntl(2)`.
#[doc(alias = "F_DUPFD_CLOEXEC")]
pub fn duplicate(number: RawFd) -> Result<OwnedFd, Errno> {
    let operation = libc::F_DUPFD_CLOEXEC.cast_unsigned() as usize;
    // SAFETY: no pointers; a number that is not open is an error.
    let copy = unsafe { syscall(libc::SYS_fcntl, [number.cast_unsigned() as usize, operation, 3]) }?;
    // SAFETY: the kernel has just opened it for us.
    Ok(unsafe { OwnedFd::from_raw_fd(copy as RawFd) })
}
