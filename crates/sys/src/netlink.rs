//! Socket options of `netlink(7)`.

use std::os::fd::{AsRawFd as _, BorrowedFd};

use rustix::io::{Errno, Result};

use crate::messages::Header;
use crate::raw::syscall;

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

/// What a netlink socket received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// How many bytes it has, which may be more than the buffer holds.
    pub length: usize,
    /// Who sent it: 0 is the kernel.
    pub port: u32,
    /// The number of the network namespace that it is about, with [`NetlinkOption::ListenAllNamespaces`]; none is the socket's own.
    pub namespace: Option<u32>,
}

/// Waits for a message, and for what the kernel says beside it.
///
/// # Errors
/// `ENOBUFS` when messages were lost because the socket could hold no more; those of `recvmsg(2)`.
#[doc(alias = "recvmsg")]
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<Arrived> {
    let mut address = [0_u32; 3];
    let mut place = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // A `struct cmsghdr` and its number take three of these words.
    let mut beside = [0_u64; 8];
    let size = libc::c_int::try_from(size_of_val(&address)).expect("it has twelve bytes");
    let mut header = Header {
        name: (&raw mut address).cast(),
        name_length: size,
        places: &raw mut place,
        place_count: 1,
        control: (&raw mut beside).cast(),
        control_length: size_of_val(&beside),
        flags: 0,
    };
    let numbers = [socket.as_raw_fd(), libc::MSG_TRUNC].map(|number| number.cast_unsigned() as usize);
    // SAFETY: the header names three places with their sizes, which all outlive the call.
    let length = unsafe { syscall(libc::SYS_recvmsg, [numbers[0], &raw mut header as usize, numbers[1]]) }?;
    if header.name_length < size {
        return Err(Errno::BADMSG);
    }
    let words = beside.map(u64::to_ne_bytes);
    let half = |index: usize| u32::from_ne_bytes(words[index / 2].as_chunks::<4>().0[index % 2]);
    // The length of the first control message in the first word, its level and type in the second.
    let numbered = header.control_length >= 20
        && half(2) == libc::SOL_NETLINK.cast_unsigned()
        && half(3) == libc::NETLINK_LISTEN_ALL_NSID.cast_unsigned();
    let namespace = if numbered { u32::try_from(half(4).cast_signed()).ok() } else { None };
    // `struct sockaddr_nl`: the family and padding, then the port.
    Ok(Arrived { length, port: address[1], namespace })
}
