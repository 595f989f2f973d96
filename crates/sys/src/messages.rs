//! Several messages of a socket by one call.

use core::ffi::{c_int, c_uint, c_void};
use core::ptr;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use rustix::io::Errno;

use crate::raw::syscall;

/// `struct user_msghdr` of the kernel's `linux/socket.h`: C libraries differ in theirs.
#[repr(C)]
pub(crate) struct Header {
    pub(crate) name: *mut c_void,
    pub(crate) name_length: c_int,
    pub(crate) places: *mut libc::iovec,
    pub(crate) place_count: usize,
    pub(crate) control: *mut c_void,
    pub(crate) control_length: usize,
    pub(crate) flags: c_uint,
}

/// `struct mmsghdr`: a message and its length.
#[repr(C)]
struct Counted {
    header: Header,
    length: c_uint,
}

/// Takes as many of the messages that have arrived as there are `buffers`, without waiting for one; gives the length of
/// each, which is what fits into its buffer.
///
/// # Errors
/// `EAGAIN` if none has arrived; those of `recvmmsg(2)`.
#[doc(alias = "recvmmsg")]
pub fn receive<const SIZE: usize>(
    socket: BorrowedFd<'_>,
    buffers: &mut [[u8; SIZE]],
) -> Result<Vec<usize>, Errno> {
    let mut places: Vec<libc::iovec> = buffers
        .iter_mut()
        .map(|buffer| libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: SIZE })
        .collect();
    let mut headers: Vec<Counted> = places
        .iter_mut()
        .map(|place| Counted {
            header: Header {
                name: ptr::null_mut(),
                name_length: 0,
                places: ptr::from_mut(place),
                place_count: 1,
                control: ptr::null_mut(),
                control_length: 0,
                flags: 0,
            },
            length: 0,
        })
        .collect();
    let numbers = [socket.as_raw_fd(), libc::MSG_DONTWAIT].map(|number| number.cast_unsigned() as usize);
    let arguments = [numbers[0], headers.as_mut_ptr() as usize, headers.len(), numbers[1], 0];
    // SAFETY: as many headers as are said, each of one buffer of `SIZE` bytes, and no time limit.
    let received = unsafe { syscall(libc::SYS_recvmmsg, arguments) }?;
    Ok(headers[..received].iter().map(|header| header.length as usize).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, send, socketpair};
    use std::os::fd::AsFd as _;

    #[test]
    fn messages_come_in_order_and_none_is_waited_for() {
        let flags = SocketFlags::CLOEXEC;
        let (one, other) = socketpair(AddressFamily::UNIX, SocketType::DGRAM, flags, None).unwrap();
        for text in [b"a".as_slice(), b"bc", b"defgh"] {
            send(&one, text, SendFlags::empty()).unwrap();
        }
        let mut buffers = [[0; 4]; 2];
        assert_eq!(receive(other.as_fd(), &mut buffers), Ok(vec![1, 2]));
        assert_eq!((buffers[0][0], &buffers[1][..2]), (b'a', b"bc".as_slice()));
        assert_eq!(receive(other.as_fd(), &mut buffers), Ok(vec![4]));
        assert_eq!(receive(other.as_fd(), &mut buffers), Err(Errno::AGAIN));
    }
}
