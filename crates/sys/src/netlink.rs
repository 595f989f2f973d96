//! Socket options of `netlink(7)`.

use std::os::fd::{AsRawFd as _, BorrowedFd};

use rustix::io::Result;

/// An option of a netlink socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetlinkOption {
    /// Error messages carry the kernel's own words: `NETLINK_EXT_ACK`.
    ExtendedAcknowledgement,
    /// Error messages leave out the request that they answer: `NETLINK_CAP_ACK`.
    ShortAcknowledgement,
    /// Unknown filters of a dump are an error: `NETLINK_GET_STRICT_CHK`.
    StrictChecking,
    /// Notifications from all namespaces that have a number here: `NETLINK_LISTEN_ALL_NSID`.
    ListenAllNamespaces,
}

impl NetlinkOption {
    const fn number(self) -> i32 {
        match self {
            Self::ExtendedAcknowledgement => libc::NETLINK_EXT_ACK,
            Self::ShortAcknowledgement => libc::NETLINK_CAP_ACK,
            Self::StrictChecking => libc::NETLINK_GET_STRICT_CHK,
            Self::ListenAllNamespaces => libc::NETLINK_LISTEN_ALL_NSID,
        }
    }
}

/// Sets `option` on.
///
/// # Errors
/// `ENOPROTOOPT` where the kernel lacks it; `EPERM` for [`NetlinkOption::ListenAllNamespaces`] without `CAP_NET_BROADCAST`.
pub fn set(socket: BorrowedFd<'_>, option: NetlinkOption) -> Result<()> {
    set_number(socket, option.number(), 1)
}

/// Joins multicast group `group`, counted from 1: `NETLINK_ADD_MEMBERSHIP`.
///
/// # Errors
/// `EINVAL` where the protocol has no such group; `EPERM` where it is for the privileged.
pub fn join_group(socket: BorrowedFd<'_>, group: u32) -> Result<()> {
    set_number(socket, libc::NETLINK_ADD_MEMBERSHIP, group)
}

fn set_number(socket: BorrowedFd<'_>, option: i32, value: u32) -> Result<()> {
    let size = libc::socklen_t::try_from(size_of::<u32>()).expect("it has four bytes");
    // SAFETY: the option takes a 32-bit integer, whose size is passed.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_NETLINK,
            option,
            (&raw const value).cast::<libc::c_void>(),
            size,
        )
    };
    if result < 0 { Err(crate::ioctl::last_errno()) } else { Ok(()) }
}
