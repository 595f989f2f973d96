//! The requests of `/dev/net/tun`: see `linux/if_tun.h` and the kernel's `networking/tuntap.rst`.

use std::os::fd::BorrowedFd;

use rustix::io::{Errno, Result};

use crate::ioctl::{self, Request};

/// `struct ifreq` with a name and flags: 40 bytes.
#[repr(C)]
struct InterfaceFlags {
    name: [u8; libc::IFNAMSIZ],
    flags: u16,
    rest: [u8; 22],
}

const TUN: u8 = b'T';
const TUNSETIFF: Request = writing(202);
const TUNSETPERSIST: Request = writing(203);
const TUNSETOWNER: Request = writing(204);
const TUNSETGROUP: Request = writing(206);

/// `_IOW('T', number, int)`.
const fn writing(number: u8) -> Request {
    rustix::ioctl::opcode::from_components(rustix::ioctl::Direction::Write, TUN, number, size_of::<i32>())
        as Request
}

/// Makes the interface `name` with `IFF_*` flags, or takes hold of it; `%d` in the name is a number of the kernel's choice.
/// Returns its name.
///
/// # Errors
/// `EINVAL` for a name of more than 15 bytes; `EBUSY` when it is there and another's; `EPERM` without `CAP_NET_ADMIN`.
#[doc(alias = "TUNSETIFF")]
pub fn set_interface(tun: BorrowedFd<'_>, name: &str, flags: u16) -> Result<String> {
    let mut request = InterfaceFlags { name: [0; libc::IFNAMSIZ], flags, rest: [0; 22] };
    if name.len() >= request.name.len() || name.contains('\0') {
        return Err(Errno::INVAL);
    }
    request.name[..name.len()].copy_from_slice(name.as_bytes());
    // SAFETY: reads and writes one `struct ifreq`, of which any bytes are valid.
    unsafe { ioctl::update(tun, TUNSETIFF, &mut request) }?;
    let end = request.name.iter().position(|byte| *byte == 0).unwrap_or(request.name.len());
    Ok(String::from_utf8_lossy(&request.name[..end]).into_owned())
}

/// Lets the interface stay when the descriptor is closed.
///
/// # Errors
/// `EBADFD` before [`set_interface`].
#[doc(alias = "TUNSETPERSIST")]
pub fn keep(tun: BorrowedFd<'_>) -> Result<()> {
    // SAFETY: the argument is a number.
    unsafe { ioctl::number(tun, TUNSETPERSIST, 1) }.map(drop)
}

/// Lets the interface go when the descriptor is closed.
///
/// # Errors
/// As [`keep`].
#[doc(alias = "TUNSETPERSIST")]
pub fn let_go(tun: BorrowedFd<'_>) -> Result<()> {
    // SAFETY: the argument is a number.
    unsafe { ioctl::number(tun, TUNSETPERSIST, 0) }.map(drop)
}

/// The user who may take hold of the interface.
///
/// # Errors
/// `EINVAL` for an id that is not mapped here.
#[doc(alias = "TUNSETOWNER")]
pub fn set_owner(tun: BorrowedFd<'_>, uid: u32) -> Result<()> {
    // SAFETY: the argument is a number.
    unsafe { ioctl::number(tun, TUNSETOWNER, uid.into()) }.map(drop)
}

/// The group whose members may take hold of the interface.
///
/// # Errors
/// As [`set_owner`].
#[doc(alias = "TUNSETGROUP")]
pub fn set_group(tun: BorrowedFd<'_>, gid: u32) -> Result<()> {
    // SAFETY: the argument is a number.
    unsafe { ioctl::number(tun, TUNSETGROUP, gid.into()) }.map(drop)
}
