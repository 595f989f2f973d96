//! Packets as they pass an interface: `packet(7)`.

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::Duration;

use rustix::io::Result;

use crate::ioctl::last_errno;

/// Whether a packet came in or goes out, and for whom: `PACKET_HOST` and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketWay {
    /// It came in, for us.
    Here,
    /// It came in, for all.
    Broadcast,
    /// It came in, for a group.
    Multicast,
    /// It came in, for somebody else.
    Elsewhere,
    /// It goes out.
    Out,
}

/// What the kernel says of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketHeader {
    /// The number of the interface that it passes.
    pub index: u32,
    /// `ARPHRD_*` of that interface.
    pub hardware: u16,
    /// In or out.
    pub way: PacketWay,
    /// When, since 1970.
    pub time: Duration,
    /// How many bytes it has; more than were read if the buffer was too short.
    pub length: usize,
}

/// Room for one `SCM_TIMESTAMPNS`.
const CONTROL: usize = 64;

/// Lets [`receive`] tell when each packet came: `SO_TIMESTAMPNS`.
///
/// # Errors
/// `EBADF`, `ENOTSOCK`.
pub fn enable_timestamps(socket: BorrowedFd<'_>) -> Result<()> {
    let on: libc::c_int = 1;
    let size = libc::socklen_t::try_from(size_of_val(&on)).expect("it has four bytes");
    let value = (&raw const on).cast::<libc::c_void>();
    // SAFETY: the option takes an `int`, whose size is passed.
    let result =
        unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, value, size) };
    if result < 0 { Err(last_errno()) } else { Ok(()) }
}

/// Waits for the next packet and reads it into `buffer`.
///
/// # Errors
/// `ENETDOWN` when the interface is gone; `EAGAIN` from a socket that does not block; `EINTR`.
#[doc(alias = "recvmsg")]
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<PacketHeader> {
    let mut from = MaybeUninit::<libc::sockaddr_ll>::zeroed();
    let mut control = [0_u64; CONTROL / 8];
    let mut vector = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let mut message = MaybeUninit::<libc::msghdr>::zeroed();
    // SAFETY: all zeros is a valid `struct msghdr`.
    let message = unsafe { message.assume_init_mut() };
    message.msg_name = from.as_mut_ptr().cast();
    message.msg_namelen = libc::socklen_t::try_from(size_of::<libc::sockaddr_ll>()).expect("it is small");
    message.msg_iov = &raw mut vector;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = CONTROL as _;
    // SAFETY: every pointer in `message` is to memory of the length beside it, which lives until after the call.
    let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut *message, libc::MSG_TRUNC) };
    let length = usize::try_from(length).map_err(|_| last_errno())?;
    let time = timestamp(&control);
    // SAFETY: all zeros is a valid `struct sockaddr_ll`, and so is what the kernel wrote over it.
    let from = unsafe { from.assume_init() };
    let way = match from.sll_pkttype {
        libc::PACKET_HOST => PacketWay::Here,
        libc::PACKET_BROADCAST => PacketWay::Broadcast,
        libc::PACKET_MULTICAST => PacketWay::Multicast,
        libc::PACKET_OUTGOING => PacketWay::Out,
        _ => PacketWay::Elsewhere,
    };
    Ok(PacketHeader { index: from.sll_ifindex.cast_unsigned(), hardware: from.sll_hatype, way, time, length })
}

/// The time in the control data, or none: `struct cmsghdr` (length, level, type) and `struct timespec`, all of 64 bits.
fn timestamp(control: &[u64]) -> Duration {
    let [_, kind, seconds, nanoseconds, ..] = *control else { return Duration::ZERO };
    let mut wanted = [0; 8];
    wanted[..4].copy_from_slice(&libc::SOL_SOCKET.to_ne_bytes());
    wanted[4..].copy_from_slice(&libc::SCM_TIMESTAMPNS.to_ne_bytes());
    if kind.to_ne_bytes() != wanted {
        return Duration::ZERO;
    }
    Duration::new(seconds, u32::try_from(nanoseconds).unwrap_or(0))
}

/// How many packets were lost since the last call, because they were not read in time: `PACKET_STATISTICS`.
///
/// # Errors
/// `ENOTSOCK`; `ENOPROTOOPT` for another kind of socket.
#[doc(alias = "PACKET_STATISTICS")]
pub fn lost(socket: BorrowedFd<'_>) -> Result<u32> {
    // `struct tpacket_stats`: packets, drops.
    let mut statistics = [0_u32; 2];
    let mut size = libc::socklen_t::try_from(size_of_val(&statistics)).expect("it is small");
    let value = statistics.as_mut_ptr().cast();
    // SAFETY: `value` is to as many bytes as `size` says.
    let result = unsafe {
        libc::getsockopt(socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_STATISTICS, value, &raw mut size)
    };
    if result < 0 { Err(last_errno()) } else { Ok(statistics[1]) }
}
