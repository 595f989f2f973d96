//! A netlink socket, bound for its life to the network namespace that it was opened in.
//!
//! It blocks, and each request is answered before the next is made, or a whole batch of them at once. The kernel checks strictly
//! what it is asked, and says in words what it refuses; both are in the [`Error`].

mod error;

use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use insula_sys::netlink::{NetlinkOption, join_group, receive, set};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};

pub use error::{Error, Refusal, RequestFailed};

use crate::wire::{Malformed, Message, Messages, Received};

/// What a netlink socket talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Links, addresses, routes: `NETLINK_ROUTE`, see `rtnetlink(7)`.
    Route,
    /// Firewall: `NETLINK_NETFILTER`.
    Netfilter,
    /// Families with names: `NETLINK_GENERIC`.
    Generic,
    /// Sockets: `NETLINK_SOCK_DIAG`, see `sock_diag(7)`.
    SockDiag,
}

impl Protocol {
    const fn number(self) -> i32 {
        match self {
            Self::Route => libc::NETLINK_ROUTE,
            Self::Netfilter => libc::NETLINK_NETFILTER,
            Self::Generic => libc::NETLINK_GENERIC,
            Self::SockDiag => libc::NETLINK_INET_DIAG,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Route => "NETLINK_ROUTE",
            Self::Netfilter => "NETLINK_NETFILTER",
            Self::Generic => "NETLINK_GENERIC",
            Self::SockDiag => "NETLINK_SOCK_DIAG",
        })
    }
}

/// Something to ask of the kernel. It displays as what it does: "create link `veth0`", so that an error can say "cannot" before it.
pub trait Request: fmt::Display {
    /// The message that asks it.
    #[doc(hidden)]
    fn encode(&self) -> Encoded;
}

/// A request in the kernel's form.
#[derive(Clone, Debug)]
pub struct Encoded(pub(crate) Message);

/// The kernel allocates at most this much for one answer: `NLMSG_GOODSIZE` and what `netlink_recvmsg` remembers.
const BUFFER: usize = 32 * 1024;
/// Requests sent at once: so many that the answers, an error each at worst, fit into the socket's receive buffer.
const BATCH: usize = 96;
/// Bytes sent at once, below the 212,992 of a socket's send buffer.
const BATCH_BYTES: usize = 96 * 1024;
/// How often a dump that the kernel says was interrupted by a change is tried.
const ATTEMPTS: usize = 16;

/// A netlink socket.
#[derive(Debug)]
pub struct Netlink {
    socket: OwnedFd,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Netlink {
    /// Opens a socket in the caller's own network namespace.
    ///
    /// # Errors
    /// [`Error::Open`].
    pub fn open(protocol: Protocol) -> Result<Self, Error> {
        Self::open_in(protocol, &[])
    }

    /// Opens a socket in another network namespace, without entering it: the last of `namespaces`.
    ///
    /// A caller without privileges there puts the user namespace that owns it first.
    /// # Errors
    /// [`Error::Open`]: `EPERM` without `CAP_SYS_ADMIN` over it, `EINVAL` when something else than a namespace is given.
    #[doc(alias = "setns")]
    pub fn open_in(protocol: Protocol, namespaces: &[BorrowedFd<'_>]) -> Result<Self, Error> {
        let open = || {
            let number = protocol.number();
            let socket = insula_sys::elsewhere::socket(namespaces, libc::AF_NETLINK, libc::SOCK_RAW, number)?;
            set(socket.as_fd(), NetlinkOption::ExtendedAcknowledgement)?;
            set(socket.as_fd(), NetlinkOption::ShortAcknowledgement)?;
            // Only these know what it means.
            if matches!(protocol, Protocol::Route) {
                set(socket.as_fd(), NetlinkOption::StrictChecking)?;
            }
            Ok(socket)
        };
        let socket = open().map_err(|source| Error::Open { protocol, source })?;
        Ok(Self { socket, sequence: 0, buffer: Vec::new() })
    }

    /// Performs one request.
    ///
    /// # Errors
    /// [`Error::Refused`] with the kernel's reason; [`Error::Send`] and [`Error::Receive`].
    pub fn perform(&mut self, request: &dyn Request) -> Result<(), Error> {
        self.perform_all(&[request]).map_err(|failed| failed.source)
    }

    /// Performs requests in their order, many in one system call. All are tried, also after one that is refused; the error is
    /// about the first of those.
    ///
    /// # Errors
    /// As [`Netlink::perform`], with the position of the request.
    pub fn perform_all(&mut self, requests: &[&dyn Request]) -> Result<(), RequestFailed> {
        let mut first = None;
        self.send_all(requests, &mut |failed| {
            first.get_or_insert(failed);
        })?;
        first.map_or(Ok(()), Err)
    }

    /// The same, and tells of every request that is refused, in their order.
    ///
    /// # Errors
    /// As [`Netlink::perform`] where requests could not be sent, or no answer came; but not [`Error::Refused`].
    pub fn attempt_all(&mut self, requests: &[&dyn Request]) -> Result<Vec<RequestFailed>, RequestFailed> {
        let mut all = Vec::new();
        self.send_all(requests, &mut |failed| all.push(failed))?;
        Ok(all)
    }

    fn send_all(
        &mut self,
        requests: &[&dyn Request],
        refused: &mut dyn FnMut(RequestFailed),
    ) -> Result<(), RequestFailed> {
        let mut sent = 0;
        let mut bytes = Vec::new();
        while sent < requests.len() {
            bytes.clear();
            let base = self.next_sequence();
            let mut count = 0;
            let mut pending: Option<Message> = None;
            for request in requests[sent..].iter().take(BATCH) {
                let message = request.encode().0;
                if count > 0 && bytes.len() + message.len() > BATCH_BYTES {
                    break;
                }
                if let Some(before) = pending.replace(message) {
                    before.write(base.wrapping_add(count - 1), 0, &mut bytes);
                }
                count += 1;
            }
            // The kernel answers in order, and what it refuses in any case: one acknowledgement at the end tells that all is done.
            let last = base.wrapping_add(count - 1);
            if let Some(message) = pending {
                message.write(last, libc::NLM_F_ACK, &mut bytes);
            }
            self.sequence = last;
            let failed = |index: usize, error| RequestFailed { index: sent + index, source: error };
            self.send(&bytes).map_err(|source| failed(0, Error::send(requests[sent], source)))?;
            self.acknowledge(base, count, &mut |index, refusal| {
                let request = requests[sent + index].to_string().into();
                refused(failed(index, Error::Refused { request, source: refusal }));
            })
            .map_err(|fault| failed(0, fault.of(requests[sent])))?;
            sent += count as usize;
        }
        Ok(())
    }

    /// Sends `messages` between `begin` and `end`, all at once, for a transaction. The error has the position of what was refused
    /// first, 0 for `begin` and so for the whole.
    pub(crate) fn transact(
        &mut self,
        begin: &Message,
        messages: &[Message],
        end: &Message,
    ) -> Result<(), (usize, Fault)> {
        let mut bytes = Vec::new();
        let base = self.next_sequence();
        begin.write(base, 0, &mut bytes);
        for (index, message) in messages.iter().enumerate() {
            self.sequence = self.sequence.wrapping_add(1);
            // What is acknowledged last is done, since nothing is told before the commit.
            let flags = if index + 1 == messages.len() { libc::NLM_F_ACK } else { 0 };
            message.write(self.sequence, flags, &mut bytes);
        }
        let last = messages.len();
        self.sequence = self.sequence.wrapping_add(1);
        end.write(self.sequence, 0, &mut bytes);
        self.send(&bytes).map_err(|source| (1, Fault::Send(source)))?;
        let (mut done, mut first) = (false, None);
        while !done {
            self.receive(&mut |message| {
                let index = message.sequence.wrapping_sub(base) as usize;
                if index > last {
                    return Ok(());
                }
                if let Some(result) = Refusal::read(message)? {
                    done |= index == last || (index == 0 && result.is_err());
                    first = first.take().or(result.err().map(|refusal| (index, Fault::Refused(refusal))));
                }
                Ok(())
            })
            .map_err(|fault| (1, fault))?;
        }
        first.map_or(Ok(()), Err)
    }

    /// Asks something that has one answer, which `read` is given.
    ///
    /// # Errors
    /// As [`Netlink::perform`]; [`Error::Malformed`].
    pub(crate) fn ask<T>(
        &mut self,
        request: &dyn Request,
        read: impl FnMut(&Received<'_>) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        let mut answers = self.ask_all(&[request], read)?;
        answers.pop().expect("as many answers as requests")
    }

    /// Asks several things that have one answer each, many in one system call. The answers come in the order of the requests, and
    /// a refusal is about its request alone.
    ///
    /// # Errors
    /// [`Error::Send`], [`Error::Receive`], [`Error::Malformed`], of which one ends it for all.
    pub(crate) fn ask_all<T>(
        &mut self,
        requests: &[&dyn Request],
        mut read: impl FnMut(&Received<'_>) -> Result<T, Malformed>,
    ) -> Result<Vec<Result<T, Error>>, Error> {
        let mut all = Vec::with_capacity(requests.len());
        let mut bytes = Vec::new();
        for batch in requests.chunks(BATCH) {
            bytes.clear();
            let base = self.next_sequence();
            for (request, number) in batch.iter().zip(0..) {
                self.sequence = base.wrapping_add(number);
                request.encode().0.write(self.sequence, 0, &mut bytes);
            }
            self.send(&bytes).map_err(|source| Error::send(batch[0], source))?;
            let mut answers: Vec<Option<Result<T, Refusal>>> = batch.iter().map(|_| None).collect();
            let mut left = batch.len();
            while left > 0 {
                self.receive(&mut |message| {
                    let index = message.sequence.wrapping_sub(base) as usize;
                    let Some(answer @ None) = answers.get_mut(index) else { return Ok(()) };
                    *answer = Some(match Refusal::read(message)? {
                        // Or an acknowledgement where an answer was due.
                        Some(result) => Err(result.err().unwrap_or(Refusal::bare(Errno::NOENT))),
                        None => Ok(read(message)?),
                    });
                    left -= 1;
                    Ok(())
                })
                .map_err(|fault| fault.of(batch[0]))?;
            }
            all.extend(
                answers
                    .into_iter()
                    .flatten()
                    .zip(batch)
                    .map(|(answer, request)| answer.map_err(|refusal| Fault::Refused(refusal).of(*request))),
            );
        }
        Ok(all)
    }

    /// Asks for a list. `read` is given each message of it, and says what it is, or that it does not count.
    ///
    /// A list that changed while it was read is read again.
    /// # Errors
    /// As [`Netlink::perform`]; [`Error::Malformed`]; [`Error::Interrupted`] when it changed each time.
    pub(crate) fn dump<T>(
        &mut self,
        request: &dyn Request,
        mut read: impl FnMut(&Received<'_>) -> Result<Option<T>, Malformed>,
    ) -> Result<Vec<T>, Error> {
        for _ in 0..ATTEMPTS {
            let mut all = Vec::new();
            if self.dump_once(request, &mut |message| {
                all.extend(read(message)?);
                Ok(())
            })? {
                return Ok(all);
            }
        }
        Err(Error::Interrupted { request: request.to_string().into() })
    }

    /// Whether the list did not change while it was read.
    fn dump_once(
        &mut self,
        request: &dyn Request,
        read: &mut dyn FnMut(&Received<'_>) -> Result<(), Malformed>,
    ) -> Result<bool, Error> {
        let sequence = self.next_sequence();
        let mut bytes = Vec::new();
        request.encode().0.write(sequence, libc::NLM_F_DUMP, &mut bytes);
        self.send(&bytes).map_err(|source| Error::send(request, source))?;
        let (mut done, mut consistent) = (None, true);
        while done.is_none() {
            self.receive(&mut |message| {
                if message.sequence != sequence || done.is_some() {
                    return Ok(());
                }
                consistent &= message.flags & libc::NLM_F_DUMP_INTR == 0;
                if let Some(result) = Refusal::read(message)? {
                    done = Some(result);
                } else {
                    read(message)?;
                }
                Ok(())
            })
            .map_err(|fault| fault.of(request))?;
        }
        match done.expect("the loop ended") {
            Ok(()) => Ok(consistent),
            Err(refusal) => Err(Fault::Refused(refusal).of(request)),
        }
    }

    /// Gives the socket a port of its own. Without one it counts as the sender of what the kernel tells, and is left out.
    pub(crate) fn bind(&mut self) -> Result<(), Error> {
        let any = rustix::net::netlink::SocketAddrNetlink::new(0, 0);
        rustix::net::bind(&self.socket, &any)
            .map_err(|source| Error::Open { protocol: Protocol::Route, source })
    }

    /// Joins the multicast group of that number; [`Netlink::listen`] gives what it says.
    pub(crate) fn join(&mut self, group: u32) -> Result<(), Error> {
        join_group(self.socket.as_fd(), group).map_err(|source| Error::Join { group, source })
    }

    /// Hears also of the namespaces that have a number in that of the socket.
    pub(crate) fn listen_to_all(&mut self) -> Result<(), Error> {
        set(self.socket.as_fd(), NetlinkOption::ListenAllNamespaces)
            .map_err(|source| Error::ListenAll { source })
    }

    /// Waits for notifications, and gives `read` each one, with the number of the namespace that it is about.
    ///
    /// # Errors
    /// [`Error::Receive`]: `ENOBUFS` when more came than the socket could hold, so that some are lost.
    pub(crate) fn listen(
        &mut self,
        mut read: impl FnMut(&Received<'_>, Option<u32>) -> Result<(), Malformed>,
    ) -> Result<(), Error> {
        if self.buffer.is_empty() {
            self.buffer = vec![0; BUFFER];
        }
        let fault = |fault: Fault| fault.of(&"read notifications");
        let arrived = rustix::io::retry_on_intr(|| receive(self.socket.as_fd(), &mut self.buffer))
            .map_err(|errno| fault(Fault::Receive(errno)))?;
        if arrived.port != 0 {
            return Ok(());
        }
        let bytes = self.buffer.get(..arrived.length).ok_or_else(|| fault(Fault::Malformed(Malformed)))?;
        Messages::new(bytes)
            .try_for_each(|message| read(&message?, arrived.namespace))
            .map_err(|malformed| fault(Fault::Malformed(malformed)))
    }

    /// Reads answers until request `base + count - 1` is acknowledged, and tells which were refused.
    fn acknowledge(
        &mut self,
        base: u32,
        count: u32,
        refused: &mut dyn FnMut(usize, Refusal),
    ) -> Result<(), Fault> {
        let mut done = false;
        while !done {
            self.receive(&mut |message| {
                let index = message.sequence.wrapping_sub(base);
                if index >= count {
                    return Ok(());
                }
                if let Some(result) = Refusal::read(message)? {
                    if let Err(refusal) = result {
                        refused(index as usize, refusal);
                    }
                    done |= index == count - 1;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    pub(crate) fn send(&self, bytes: &[u8]) -> Result<(), Errno> {
        let sent = rustix::io::retry_on_intr(|| rustix::net::send(&self.socket, bytes, SendFlags::empty()))?;
        if sent == bytes.len() { Ok(()) } else { Err(Errno::MSGSIZE) }
    }

    /// Reads what one `recv(2)` brings.
    pub(crate) fn receive(
        &mut self,
        read: &mut dyn FnMut(&Received<'_>) -> Result<(), Malformed>,
    ) -> Result<(), Fault> {
        if self.buffer.is_empty() {
            self.buffer = vec![0; BUFFER];
        }
        let received = rustix::io::retry_on_intr(|| {
            rustix::net::recvfrom(&self.socket, &mut self.buffer[..], RecvFlags::TRUNC)
        });
        let (_, length, from) = received.map_err(Fault::Receive)?;
        // Port 0 is the kernel. Other processes may send to us as well.
        let kernel = from
            .and_then(|address| rustix::net::netlink::SocketAddrNetlink::try_from(address).ok())
            .is_some_and(|address| address.pid() == 0);
        if !kernel {
            return Ok(());
        }
        let bytes = self.buffer.get(..length).ok_or(Fault::Malformed(Malformed))?;
        for message in Messages::new(bytes) {
            read(&message?)?;
        }
        Ok(())
    }

    pub(crate) fn next_sequence(&mut self) -> u32 {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        self.sequence
    }
}

impl AsFd for Netlink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// What went wrong, before it is known for whom.
#[derive(Debug)]
pub(crate) enum Fault {
    Send(Errno),
    Receive(Errno),
    Malformed(Malformed),
    Refused(Refusal),
}

impl Fault {
    pub(crate) fn of<R: fmt::Display + ?Sized>(self, request: &R) -> Error {
        let request = request.to_string().into();
        match self {
            Self::Send(source) => Error::Send { request, source },
            Self::Receive(source) => Error::Receive { request, source },
            Self::Malformed(source) => Error::Malformed { request, source },
            Self::Refused(source) => Error::Refused { request, source },
        }
    }
}

impl From<Malformed> for Fault {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}
