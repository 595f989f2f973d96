//! The numbers that a network namespace has for others: `RTM_GETNSID`, see `rtnetlink(7)`.

use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};

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
const NLM_F_DUMP: u16 = 0x300;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NETNSA_NSID: u16 = 1;
const NETNSA_FD: u16 = 3;
/// `struct nlmsghdr`, then `struct rtgenmsg` and its padding.
const HEADER: usize = 16;
const ATTRIBUTES: usize = HEADER + 4;
const REQUEST: usize = ATTRIBUTES + 8;

/// How many are asked for at a time: their answers, less than 1 KiB each in the kernel, fit into any socket's buffer.
pub(crate) const BATCH: usize = 64;

impl NetIds {
    pub(crate) fn open() -> Result<Self, Errno> {
        // `None` is protocol 0: `NETLINK_ROUTE`.
        let socket =
            rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
        Ok(Self { socket, sequence: 0 })
    }

    /// Whether any network namespace has a number: mostly none has, and none needs to be asked about.
    pub(crate) fn any(&mut self) -> Result<bool, Errno> {
        self.sequence += 1;
        let mut list = [0; ATTRIBUTES];
        list.copy_from_slice(&request(self.sequence, -1)[..ATTRIBUTES]);
        list[0..4].copy_from_slice(&20_u32.to_ne_bytes());
        list[6..8].copy_from_slice(&(NLM_F_REQUEST | NLM_F_DUMP).to_ne_bytes());
        rustix::net::send(&self.socket, &list, SendFlags::empty())?;
        let mut answer = [0; 256];
        let (length, _) = rustix::net::recv(&self.socket, &mut answer, RecvFlags::empty())?;
        let any = is_list(&answer[..length], self.sequence)?;
        if any {
            // The rest of the list is of no interest, but would come before other answers.
            *self = Self::open()?;
        }
        Ok(any)
    }

    /// The number of each of these network namespaces, at most [`BATCH`].
    pub(crate) fn of(&mut self, nets: &[BorrowedFd<'_>]) -> Vec<Result<NetId, Errno>> {
        let first = self.sequence.wrapping_add(1);
        let mut requests = Vec::with_capacity(nets.len() * REQUEST);
        for net in nets {
            self.sequence = self.sequence.wrapping_add(1);
            requests.extend_from_slice(&request(self.sequence, net.as_raw_fd()));
        }
        let mut answers = vec![Err(Errno::BADMSG); nets.len()];
        if let Err(errno) = rustix::net::send(&self.socket, &requests, SendFlags::empty()) {
            answers.fill(Err(errno));
            return answers;
        }
        // The kernel has answered all of them when it returns from the request.
        let mut buffers = vec![[0; 256]; nets.len()];
        match insula_sys::messages::receive(self.socket.as_fd(), &mut buffers) {
            Ok(lengths) => {
                let messages = buffers.iter().zip(lengths).map(|(buffer, length)| &buffer[..length]);
                for ((answer, message), number) in answers.iter_mut().zip(messages).zip(0..) {
                    *answer = parse(message, first.wrapping_add(number));
                }
            }
            Err(errno) => answers.fill(Err(errno)),
        }
        answers
    }
}

/// Whether the answer to a dump has anything in it.
fn is_list(message: &[u8], sequence: u32) -> Result<bool, Errno> {
    let kind = message.get(4..6).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes);
    let ours = message.get(8..12) == Some(sequence.to_ne_bytes().as_slice());
    match kind.filter(|_| ours) {
        Some(NLMSG_DONE) => Ok(false),
        Some(RTM_NEWNSID) => Ok(true),
        Some(NLMSG_ERROR) => parse(message, sequence).map(|_| true),
        _ => Err(Errno::BADMSG),
    }
}

fn request(sequence: u32, descriptor: i32) -> [u8; REQUEST] {
    let mut message = [0; REQUEST];
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

    #[test]
    fn kernel_answers_about_our_own_namespace() {
        let net = Namespace::of_self(Kind::Net).unwrap();
        NetIds::open().unwrap().of(&[net.as_fd()])[0].unwrap();
    }

    #[test]
    fn kernel_refuses_what_is_no_network_namespace() {
        let uts = Namespace::of_self(Kind::Uts).unwrap();
        assert_eq!(NetIds::open().unwrap().of(&[uts.as_fd()]), [Err(Errno::INVAL)]);
    }

    #[test]
    fn a_full_batch_is_answered_in_order() {
        let net = Namespace::of_self(Kind::Net).unwrap();
        let uts = Namespace::of_self(Kind::Uts).unwrap();
        let mut ids = NetIds::open().unwrap();
        ids.any().unwrap();
        let mut nets = [net.as_fd(); BATCH];
        nets[7] = uts.as_fd();
        for _ in 0..2 {
            let answers = ids.of(&nets);
            assert_eq!(answers.len(), BATCH);
            assert_eq!(answers[7], Err(Errno::INVAL));
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), BATCH - 1);
        }
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
            let _ = is_list(&message, 0);
        }
    }
}
