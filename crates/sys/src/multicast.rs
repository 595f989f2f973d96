//! Link-layer multicast addresses of interfaces: `SIOCADDMULTI` in `netdevice(7)`.

use std::os::fd::BorrowedFd;

use rustix::io::{Errno, Result};

use crate::ioctl::{self, Request};

/// `struct ifreq` with a name and a `struct sockaddr`: 40 bytes.
#[repr(C)]
struct InterfaceAddress {
    name: [u8; libc::IFNAMSIZ],
    family: u16,
    address: [u8; 14],
    rest: [u8; 8],
}

const SIOCADDMULTI: Request = 0x8931;
const SIOCDELMULTI: Request = 0x8932;

/// Lets the interface `name` take frames to `address`, in the network namespace of `socket`, which may be of any kind.
///
/// # Errors
/// `ENODEV`; `EINVAL` for an interface that has no such addresses, or a name of more than 15 bytes; `EPERM` without `CAP_NET_ADMIN`.
#[doc(alias = "SIOCADDMULTI")]
pub fn add_multicast(socket: BorrowedFd<'_>, name: &str, address: [u8; 6]) -> Result<()> {
    request(socket, SIOCADDMULTI, name, address)
}

/// Takes back what [`add_multicast`] did.
///
/// # Errors
/// As there; `ENOENT` for an address that was not added.
#[doc(alias = "SIOCDELMULTI")]
pub fn delete_multicast(socket: BorrowedFd<'_>, name: &str, address: [u8; 6]) -> Result<()> {
    request(socket, SIOCDELMULTI, name, address)
}

fn request(socket: BorrowedFd<'_>, number: Request, name: &str, address: [u8; 6]) -> Result<()> {
    let mut request =
        InterfaceAddress { name: [0; libc::IFNAMSIZ], family: 0, address: [0; 14], rest: [0; 8] };
    if name.len() >= request.name.len() || name.contains('\0') {
        return Err(Errno::INVAL);
    }
    request.name[..name.len()].copy_from_slice(name.as_bytes());
    request.address[..6].copy_from_slice(&address);
    // SAFETY: reads and writes one `struct ifreq`, of which any bytes are valid.
    unsafe { ioctl::update(socket, number, &mut request) }
}
