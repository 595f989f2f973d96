//! `ioctl(2)` in the four shapes that nsfs, pidfs and sockets use.

use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};

use libc::{c_int, c_ulong};
use rustix::io::{Errno, Result};

/// The number of a request, in the type that the C library takes it in.
pub(crate) type Request = libc::Ioctl;

/// `_IO(group, number)`: a request that carries no data.
pub(crate) const fn plain(group: u8, number: u8) -> Request {
    rustix::ioctl::opcode::none(group, number) as Request
}

/// `_IOR(group, number, T)`: a request after which the kernel has written a `T` of `size` bytes.
pub(crate) const fn reading(group: u8, number: u8, size: usize) -> Request {
    rustix::ioctl::opcode::from_components(rustix::ioctl::Direction::Read, group, number, size) as Request
}

/// `_IOWR(group, number, T)`: a request that the kernel reads a `T` of `size` bytes for, and overwrites.
pub(crate) const fn updating(group: u8, number: u8, size: usize) -> Request {
    rustix::ioctl::opcode::from_components(rustix::ioctl::Direction::ReadWrite, group, number, size)
        as Request
}

fn check(returned: c_int) -> Result<c_int> {
    if returned < 0 { Err(last_errno()) } else { Ok(returned) }
}

/// The error of the libc call that just failed.
pub(crate) fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

/// Makes a request whose argument is a number, and returns the number that `ioctl(2)` returned.
///
/// # Safety
/// `request` must not read or write memory through its argument.
pub(crate) unsafe fn number(fd: BorrowedFd<'_>, request: Request, argument: c_ulong) -> Result<c_int> {
    // SAFETY: the caller vouches that the argument is a plain number to the kernel.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), request, argument) })
}

/// Makes a request that returns a new descriptor (close-on-exec, as all of nsfs, pidfs and sockets are).
///
/// # Safety
/// `request` must take no argument, and return a descriptor that nobody else owns.
pub(crate) unsafe fn descriptor(fd: BorrowedFd<'_>, request: Request) -> Result<OwnedFd> {
    // SAFETY: the caller vouches that the request takes no argument.
    let raw = unsafe { number(fd, request, 0) }?;
    // SAFETY: the caller vouches that the kernel made this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Makes a request that reads and overwrites `value`.
///
/// # Safety
/// `request` must read and write at most `size_of::<T>()` bytes, and leave a valid `T` there.
pub(crate) unsafe fn update<T>(fd: BorrowedFd<'_>, request: Request, value: &mut T) -> Result<()> {
    let pointer = std::ptr::from_mut(value);
    // SAFETY: `pointer` is valid for reads and writes of a `T` during the call; the caller vouches for the rest.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), request, pointer) }).map(drop)
}
