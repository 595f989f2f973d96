//! Descriptors that come as bare numbers, from a command line or the environment, or go to another process.

use core::mem::MaybeUninit;
use std::os::fd::{AsFd, FromRawFd as _, OwnedFd, RawFd};

use rustix::io::{Errno, IoSlice};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use crate::raw::syscall;

/// Sends a descriptor by a socket, with `message`, which is not empty: `SCM_RIGHTS`, `unix(7)`.
///
/// # Errors
/// As `sendmsg(2)`.
#[doc(alias = "SCM_RIGHTS")]
pub fn send(socket: impl AsFd, descriptor: impl AsFd, message: &[u8]) -> Result<(), Errno> {
    let descriptors = [descriptor.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
    sendmsg(socket, &[IoSlice::new(message)], &mut ancillary, SendFlags::NOSIGNAL).map(drop)
}

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

/// Makes the process's table of descriptors large enough for `count`, if the limit of open files allows it.
///
/// To be called while there is one thread: where threads share the table, the kernel lets whoever opens one too many wait for a
/// grace period of RCU, which takes milliseconds, each time that it doubles (`expand_fdtable` in `fs/file.c`).
pub fn make_room(descriptor: impl AsFd, count: RawFd) {
    // Without room all goes on, only slower.
    drop(rustix::io::fcntl_dupfd_cloexec(descriptor, count - 1));
}
