//! The numbers that a network namespace has for others: `RTM_GETNSID`, see `rtnetlink(7)`.

use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

/// What the caller's network namespace calls another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetId {
    /// A number, as `ip netns list-id` prints it.
    Assigned(u32),
    /// It has no number yet.
    Unassigned,
}

/// Asks for them.
pub(crate) struct NetIds {
    socket: OwnedFd,
    sequence: u32,
}

const RTM_NEWNSID: u16 = 88;
const RTM_GETNSID: u16 = 90;
const NLM_F_REQUEST: u16 = 1;
const NLMSG_ERROR: u16 = 2;
const NETNSA_NSID: u16 = 1;
const NETNSA_FD: u16 = 3;
/// `struct nlmsghdr`, then `struct rtgenmsg` and its padding.
const HEADER: usize = 16;
const ATTRIBUTES: usize = HEADER + 4;

impl NetIds {
    pub(crate) fn open() -> Result<Self, Errno> {
        // `None` is protocol 0: `NETLINK_ROUTE`.
        let socket =
            rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
        Ok(Self { socket, sequence: 0 })
    }

    /// The number of the network namespace `net`.
    pub(crate) fn of(&mut self, net: BorrowedFd<'_>) -> Result<NetId, Errno> {
        self.sequence += 1;
        let request = request(self.sequence, net.as_raw_fd());
        rustix::net::send(&self.socket, &request, SendFlags::empty())?;
        let mut answer = [0; 256];
        let (length, _) = rustix::net::recv(&self.socket, &mut answer, RecvFlags::empty())?;
        parse(&answer[..length], self.sequence)
    }
}

fn request(sequence: u32, descriptor: i32) -> [u8; ATTRIBUTES + 8] {
    let mut message = [0; ATTRIBUTES + 8];
    message[0..4].copy_from_slice(&28_u32.to_ne_bytes());
    message[4..6].copy_from_slice(&RTM_GETNSID.to_ne_bytes());
    message[6..8].copy_from_slice(&NLM_F_REQUEST.to_ne_bytes());
    message[8..12].copy_from_slice(&sequence.to_ne_bytes());
    message[20..22].copy_from_slice(&8_u16.to_ne_bytes());
    message[22..24].copy_from_slice(&NETNSA_FD.to_ne_bytes());
    message[24..28].copy_from_slice(&descriptor.to_ne_bytes());
    message
}

fn parse(message: &[u8], sequence: u32) -> Result<NetId, Errno> {
    let word = |at: usize| message.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    let half =
        |at: usize| message.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes);
    if word(8).map(u32::from_ne_bytes) != Some(sequence) {
        return Err(Errno::BADMSG);
    }
    match half(4) {
        Some(NLMSG_ERROR) => {
            let code = word(HEADER).map(i32::from_ne_bytes).filter(|code| (-4095..0).contains(code));
            Err(code.map_or(Errno::BADMSG, |code| Errno::from_raw_os_error(-code)))
        }
        Some(RTM_NEWNSID) => {
            let mut at = ATTRIBUTES;
            while let (Some(length), Some(kind)) = (half(at), half(at + 2)) {
                if kind == NETNSA_NSID {
                    let id = word(at + 4).map(i32::from_ne_bytes).ok_or(Errno::BADMSG)?;
                    // -1 is `NETNSA_NSID_NOT_ASSIGNED`.
                    return Ok(u32::try_from(id).map_or(NetId::Unassigned, NetId::Assigned));
                }
                // The length counts its own four bytes, and each attribute starts at a multiple of four.
                at += usize::from(length.max(4)).next_multiple_of(4);
            }
            Err(Errno::BADMSG)
        }
        _ => Err(Errno::BADMSG),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Namespace};
    use proptest::prelude::*;
    use std::os::fd::AsFd as _;

    #[test]
    fn kernel_answers_about_our_own_namespace() {
        let net = Namespace::of_self(Kind::Net).unwrap();
        NetIds::open().unwrap().of(net.as_fd()).unwrap();
    }

    #[test]
    fn kernel_refuses_what_is_no_network_namespace() {
        let uts = Namespace::of_self(Kind::Uts).unwrap();
        assert_eq!(NetIds::open().unwrap().of(uts.as_fd()).unwrap_err(), Errno::INVAL);
    }

    proptest! {
        #[test]
        fn answered_numbers_are_read(id in -1..=i32::MAX, sequence: u32) {
            let mut message = request(sequence, id);
            message[4..6].copy_from_slice(&RTM_NEWNSID.to_ne_bytes());
            message[22..24].copy_from_slice(&NETNSA_NSID.to_ne_bytes());
            let expected = if id < 0 { NetId::Unassigned } else { NetId::Assigned(id.cast_unsigned()) };
            prop_assert_eq!(parse(&message, sequence), Ok(expected));
        }

        #[test]
        fn no_message_panics(mut message: Vec<u8>, typed: bool) {
            if typed && message.len() >= 12 {
                message[4..6].copy_from_slice(&RTM_NEWNSID.to_ne_bytes());
                message[8..12].fill(0);
            }
            let _ = parse(&message, 0);
        }
    }
}
