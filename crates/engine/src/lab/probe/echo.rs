//! ICMP and ICMPv6 echo requests: RFC 792, RFC 4443.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use insula_ns::Namespace;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};

use super::{Reply, open, wait};

const RAW: i32 = 3;
const ICMP: i32 = 1;
const ICMPV6: i32 = 58;

/// What an echo request brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It arrived: after this time the reply was here.
    Arrived(Duration),
    /// This router was the last that it came to.
    Expired(IpAddr),
}

/// A raw socket that asks one address.
#[derive(Debug)]
pub(super) struct Echo {
    socket: OwnedFd,
    to: IpAddr,
    /// By which answers to us are told from answers to others.
    id: u16,
    sequence: u16,
}

impl Echo {
    pub(super) fn open(net: &Namespace, to: IpAddr) -> Result<Self, Errno> {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let socket = open(net, to, RAW, if to.is_ipv4() { ICMP } else { ICMPV6 })?;
        let process = rustix::process::getpid().as_raw_pid().to_le_bytes();
        let base = u16::from_le_bytes([process[0], process[1]]);
        let id = base.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(257));
        Ok(Self { socket, to, id, sequence: 0 })
    }

    /// Sends one request and waits for its answer.
    pub(super) fn ask(&mut self, patience: Duration) -> Result<Reply, Errno> {
        match self.exchange(patience) {
            Ok(Some(Answer::Arrived(time))) => Ok(Reply::Answer(time)),
            Ok(_) => Ok(Reply::Silence),
            Err(errno @ (Errno::NETUNREACH | Errno::HOSTUNREACH | Errno::ACCESS | Errno::PERM)) => {
                Ok(Reply::Refusal(errno))
            }
            Err(errno) => Err(errno),
        }
    }

    /// The same, with a request that passes `hops` - 1 routers at most.
    pub(super) fn limited(&mut self, hops: u32, patience: Duration) -> Result<Option<Answer>, Errno> {
        if self.to.is_ipv4() {
            rustix::net::sockopt::set_ip_ttl(&self.socket, hops)?;
        } else {
            let hops = u8::try_from(hops).unwrap_or(u8::MAX);
            rustix::net::sockopt::set_ipv6_unicast_hops(&self.socket, Some(hops))?;
        }
        self.exchange(patience)
    }

    fn exchange(&mut self, patience: Duration) -> Result<Option<Answer>, Errno> {
        self.sequence += 1;
        let start = Instant::now();
        let to = SocketAddr::new(self.to, 0);
        rustix::net::sendto(&self.socket, &self.request(), SendFlags::empty(), &to)?;
        let end = start + patience;
        let mut buffer = [0; 2048];
        while wait(&self.socket, PollFlags::IN, end)? {
            let received = rustix::net::recvfrom(&self.socket, &mut buffer[..], RecvFlags::DONTWAIT);
            let (length, from) = match received {
                Ok((_, length, from)) => (length, from),
                Err(Errno::AGAIN | Errno::INTR) => continue,
                Err(errno) => return Err(errno),
            };
            let from = from.and_then(|from| SocketAddr::try_from(from).ok()).map(|from| from.ip());
            let Some(from) = from else { continue };
            match self.read(&buffer[..length.min(buffer.len())]) {
                Some(Meaning::Reply) if from == self.to => {
                    return Ok(Some(Answer::Arrived(start.elapsed())));
                }
                Some(Meaning::Expired) => return Ok(Some(Answer::Expired(from))),
                _ => {}
            }
        }
        Ok(None)
    }

    fn request(&self) -> Vec<u8> {
        let kind = if self.to.is_ipv4() { 8 } else { 128 };
        let mut packet = vec![kind, 0, 0, 0];
        packet.extend(self.id.to_be_bytes());
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(*b"insula lab check");
        if self.to.is_ipv4() {
            // Of ICMPv6 the kernel makes it.
            let sum = checksum(&packet);
            packet[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        packet
    }

    /// What a packet that came in means for the last request.
    fn read(&self, packet: &[u8]) -> Option<Meaning> {
        let (message, reply, expired) =
            if self.to.is_ipv4() { (without_header(packet)?, 0, 11) } else { (packet, 129, 3) };
        let kind = *message.first()?;
        if kind == reply {
            return self.is_ours(message).then_some(Meaning::Reply);
        }
        if kind != expired {
            return None;
        }
        // Behind its own header it has the beginning of the packet that it is about.
        let about = message.get(8..)?;
        let request = if self.to.is_ipv4() { without_header(about)? } else { about.get(40..)? };
        self.is_ours(request).then_some(Meaning::Expired)
    }

    fn is_ours(&self, message: &[u8]) -> bool {
        message.get(4..6) == Some(&self.id.to_be_bytes()[..])
            && message.get(6..8) == Some(&self.sequence.to_be_bytes()[..])
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Reply,
    Expired,
}

/// An IPv4 packet without its header.
fn without_header(packet: &[u8]) -> Option<&[u8]> {
    let length = usize::from(packet.first()? & 15) * 4;
    packet.get(length..)
}

/// The Internet checksum: RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
    let mut sum: u32 = bytes.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn echo(to: &str) -> Echo {
        let socket =
            rustix::net::socket(rustix::net::AddressFamily::UNIX, rustix::net::SocketType::DGRAM, None);
        Echo { socket: socket.unwrap(), to: to.parse().unwrap(), id: 0x1234, sequence: 1 }
    }

    #[test]
    fn packet_with_its_checksum_sums_up_to_nothing() {
        assert_eq!(checksum(&echo("10.0.0.1").request()), 0);
        // The example of RFC 1071.
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
    }

    #[test]
    fn answers_are_told_from_those_to_others() {
        let asker = echo("10.0.0.1");
        let mut header = vec![0x45; 20];
        let mut reply = asker.request();
        reply[0] = 0;
        let packet = [header.clone(), reply.clone()].concat();
        assert_eq!(asker.read(&packet), Some(Meaning::Reply));
        reply[7] = 9;
        assert_eq!(asker.read(&[header.clone(), reply].concat()), None);
        let about = [vec![11, 0, 0, 0, 0, 0, 0, 0], header.clone(), asker.request()].concat();
        header.extend(about);
        assert_eq!(asker.read(&header), Some(Meaning::Expired));
        let six = echo("fd00::1");
        let about = [vec![3, 0, 0, 0, 0, 0, 0, 0], vec![0; 40], six.request()].concat();
        assert_eq!(six.read(&about), Some(Meaning::Expired));
    }

    proptest! {
        #[test]
        fn no_packet_panics(packet: Vec<u8>) {
            let _ = (echo("10.0.0.1").read(&packet), echo("::1").read(&packet));
        }
    }
}
