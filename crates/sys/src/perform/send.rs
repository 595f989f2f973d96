//! A descriptor sent to another process: `unix(7)`.

use core::mem::MaybeUninit;

use rustix::fd::BorrowedFd;
use rustix::io::{Errno, IoSlice, retry_on_intr};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use crate::program::decimal;
use crate::step::{PARTS, Part};

/// Sends the message with the descriptor, which goes with its first byte.
pub(super) fn perform(
    socket: BorrowedFd<'_>,
    descriptor: BorrowedFd<'_>,
    message: &[Part],
    pid: i32,
) -> Result<(), Errno> {
    let mut digits = [0; 12];
    let pid = decimal(pid.cast_unsigned(), &mut digits).to_bytes();
    let mut parts = [&[] as &[u8]; PARTS];
    for (place, part) in parts.iter_mut().zip(message) {
        *place = match part {
            Part::Bytes(bytes) => bytes,
            Part::Pid => pid,
        };
    }
    let descriptors = [descriptor];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(Errno::NOBUFS);
    }
    // A stream takes as much as it has room for.
    loop {
        let slices = parts.map(IoSlice::new);
        let sent = retry_on_intr(|| sendmsg(socket, &slices, &mut control, SendFlags::NOSIGNAL))?;
        if sent == 0 {
            // An empty message, with which no descriptor goes.
            return Err(Errno::INVAL);
        }
        skip(&mut parts, sent);
        if parts.iter().all(|part| part.is_empty()) {
            return Ok(());
        }
        control.clear();
    }
}

/// Takes the first `sent` bytes off.
fn skip(parts: &mut [&[u8]; PARTS], mut sent: usize) {
    for part in parts {
        let here = sent.min(part.len());
        *part = &part[here..];
        sent -= here;
    }
}
