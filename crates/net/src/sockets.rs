//! Sockets that wait for somebody: `sock_diag(7)`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received, at};

/// The protocols whose sockets have ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// `IPPROTO_TCP`.
    Tcp,
    /// `IPPROTO_UDP`.
    Udp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// A socket that takes what comes to its port from anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// TCP or UDP.
    pub transport: Transport,
    /// Where it listens; the address `0.0.0.0` or `::` is every one.
    pub local: SocketAddr,
    /// The number of the one interface that it listens on.
    pub interface: Option<u32>,
    /// Whose it is.
    pub uid: u32,
    /// The inode number by which its descriptors are found: `socket:[NUMBER]`.
    pub inode: u32,
}

const SOCK_DIAG_BY_FAMILY: u16 = 20;
/// `TCP_LISTEN`; a UDP socket without a peer is in `TCP_CLOSE`.
const TCP_LISTEN: u32 = 10;
const TCP_CLOSE: u32 = 7;
/// `struct inet_diag_req_v2` and `struct inet_diag_msg`.
const REQUEST: usize = 56;
const ANSWER: usize = 72;

impl Listener {
    /// Every such socket in the namespace that `diag`, of [`Protocol::SockDiag`](crate::Protocol::SockDiag), is bound to.
    ///
    /// # Errors
    /// [`Error`]. A kernel without IPv6 has no sockets of it, which is no error.
    #[doc(alias = "SOCK_DIAG_BY_FAMILY")]
    pub fn list(diag: &mut Netlink) -> Result<Vec<Self>, Error> {
        let mut all = Vec::new();
        for transport in [Transport::Tcp, Transport::Udp] {
            for family in [libc::AF_INET, libc::AF_INET6] {
                let listed = diag.dump(&List { transport, family }, |message| {
                    if message.kind == SOCK_DIAG_BY_FAMILY {
                        Self::read(transport, message)
                    } else {
                        Ok(None)
                    }
                });
                match listed {
                    Err(error) if error.errno() == Some(rustix::io::Errno::NOENT) => {}
                    listed => all.extend(listed?),
                }
            }
        }
        Ok(all)
    }

    /// `None` for what is neither IPv4 nor IPv6.
    fn read(transport: Transport, message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let bytes = message.body;
        let word = |place| at(bytes, place).map(u32::from_ne_bytes);
        let address: IpAddr = match i32::from(*bytes.first().ok_or(Malformed)?) {
            libc::AF_INET => Ipv4Addr::from(at::<4>(bytes, 8)?).into(),
            libc::AF_INET6 => Ipv6Addr::from(at::<16>(bytes, 8)?).into(),
            _ => return Ok(None),
        };
        let port = u16::from_be_bytes(at(bytes, 4)?);
        Ok(Some(Self {
            transport,
            local: SocketAddr::new(address, port),
            interface: Some(word(40)?).filter(|index| *index != 0),
            uid: word(ANSWER - 8)?,
            inode: word(ANSWER - 4)?,
        }))
    }
}

struct List {
    transport: Transport,
    family: i32,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "list {} sockets", self.transport)
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        let (protocol, state) = match self.transport {
            Transport::Tcp => (libc::IPPROTO_TCP, TCP_LISTEN),
            Transport::Udp => (libc::IPPROTO_UDP, TCP_CLOSE),
        };
        let mut header = [0; REQUEST];
        for (place, number) in [self.family, protocol].into_iter().enumerate() {
            header[place] = u8::try_from(number).expect("families and protocols are small numbers");
        }
        header[4..8].copy_from_slice(&(1_u32 << state).to_ne_bytes());
        Encoded(Message::new(SOCK_DIAG_BY_FAMILY, 0, &header))
    }
}
