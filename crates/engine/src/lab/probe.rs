//! Asking one node from another: with sockets of ours, opened in the network namespace of the node that asks.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use insula_ns::Namespace;
use insula_sys::elsewhere;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};

use super::check::Probe;

mod echo;

use echo::{Answer, Echo};

/// How long one request waits for its answer before the next is sent.
const PATIENCE: Duration = Duration::from_millis(250);
/// How many routers a path may have.
const MOST_HOPS: u32 = 30;

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer, after this time.
    Answer(Duration),
    /// Word that there is no answer to be had: nobody listens, or no way leads there.
    Refusal(Errno),
    /// Nothing in all the time.
    Silence,
}

/// The asking node's network namespace, and whom it asks.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    pub(super) net: &'a Namespace,
    pub(super) to: IpAddr,
    pub(super) probe: Probe,
}

impl Asker<'_> {
    /// Asks again and again until there is an answer, or the time is up.
    pub(super) fn until_answer(&self, timeout: Duration) -> Result<Reply, Errno> {
        let end = Instant::now() + timeout;
        let mut last = Reply::Silence;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(last);
            }
            match self.once(left.min(PATIENCE.max(left / 2)))? {
                answer @ Reply::Answer(_) => return Ok(answer),
                Reply::Silence => {}
                refusal @ Reply::Refusal(_) => {
                    last = refusal;
                    // Who listens may be about to.
                    std::thread::sleep(left.min(Duration::from_millis(50)));
                }
            }
        }
    }

    /// Asks several times in the whole time; an answer to any of them is one.
    pub(super) fn until_silence(&self, timeout: Duration) -> Result<Reply, Errno> {
        let mut last = Reply::Silence;
        for _ in 0..3 {
            match self.once(timeout / 3)? {
                answer @ Reply::Answer(_) => return Ok(answer),
                Reply::Silence => {}
                refusal @ Reply::Refusal(_) => last = refusal,
            }
        }
        Ok(last)
    }

    /// The middle one of five times to an answer, none of which is the first: that one may wait for the address of a neighbour.
    pub(super) fn delay(&self, timeout: Duration) -> Result<Reply, Errno> {
        let first = self.until_answer(timeout)?;
        if !matches!(first, Reply::Answer(_)) {
            return Ok(first);
        }
        let mut times = Vec::new();
        for _ in 0..5 {
            if let Reply::Answer(time) = self.once(timeout)? {
                times.push(time);
            }
        }
        times.sort_unstable();
        Ok(times.get(times.len() / 2).map_or(Reply::Silence, |time| Reply::Answer(*time)))
    }

    /// The addresses of the routers on the way, and whether there was an answer at its end. A router that doesn't tell is
    /// `None`.
    pub(super) fn path(&self, timeout: Duration) -> Result<(Vec<Option<IpAddr>>, Reply), Errno> {
        // The way has to be there before it is walked.
        let there = self.until_answer(timeout)?;
        if !matches!(there, Reply::Answer(_)) {
            return Ok((Vec::new(), there));
        }
        let mut echo = Echo::open(self.net, self.to)?;
        let mut routers = Vec::new();
        for hops in 1..=MOST_HOPS {
            match echo.limited(hops, PATIENCE * 4)? {
                Some(Answer::Arrived(_)) => return Ok((routers, there)),
                Some(Answer::Expired(router)) => routers.push(Some(router)),
                None => routers.push(None),
            }
        }
        Ok((routers, Reply::Silence))
    }

    fn once(&self, patience: Duration) -> Result<Reply, Errno> {
        match self.probe {
            Probe::Echo => Echo::open(self.net, self.to)?.ask(patience),
            Probe::Udp(port) => self.datagram(port, patience),
            Probe::Tcp(port) => self.connection(port, patience),
        }
    }

    fn socket(&self, kind: i32, protocol: i32) -> Result<OwnedFd, Errno> {
        open(self.net, self.to, kind | NONBLOCK, protocol)
    }

    fn connection(&self, port: u16, patience: Duration) -> Result<Reply, Errno> {
        let socket = self.socket(STREAM, 0)?;
        let start = Instant::now();
        match rustix::net::connect(&socket, &SocketAddr::new(self.to, port)) {
            Ok(()) => return Ok(Reply::Answer(start.elapsed())),
            Err(Errno::INPROGRESS) => {}
            Err(errno) => return Ok(Reply::Refusal(errno)),
        }
        if !wait(&socket, PollFlags::OUT, start + patience)? {
            return Ok(Reply::Silence);
        }
        Ok(match rustix::net::sockopt::socket_error(&socket)? {
            Ok(()) => Reply::Answer(start.elapsed()),
            Err(errno) => Reply::Refusal(errno),
        })
    }

    fn datagram(&self, port: u16, patience: Duration) -> Result<Reply, Errno> {
        let socket = self.socket(DATAGRAM, 0)?;
        let start = Instant::now();
        let sent = rustix::net::connect(&socket, &SocketAddr::new(self.to, port))
            .and_then(|()| rustix::net::send(&socket, b"insula\n", SendFlags::empty()).map(drop));
        if let Err(errno) = sent {
            return Ok(Reply::Refusal(errno));
        }
        if !wait(&socket, PollFlags::IN, start + patience)? {
            return Ok(Reply::Silence);
        }
        let mut buffer = [0; 64];
        Ok(match rustix::net::recv(&socket, &mut buffer[..], RecvFlags::DONTWAIT) {
            Ok(_) => Reply::Answer(start.elapsed()),
            Err(errno) => Reply::Refusal(errno),
        })
    }
}

// The kernel's numbers, which rustix keeps to itself where a socket is opened elsewhere.
const INET: i32 = 2;
const INET6: i32 = 10;
const STREAM: i32 = 1;
const DATAGRAM: i32 = 2;
const NONBLOCK: i32 = 0o4000;

/// Opens a socket of an address's family in a network namespace.
fn open(net: &Namespace, to: IpAddr, kind: i32, protocol: i32) -> Result<OwnedFd, Errno> {
    let family = if to.is_ipv4() { INET } else { INET6 };
    elsewhere::socket(&[net.as_fd()], family, kind, protocol)
}

/// Waits until something can be done with a socket; whether it can before `end`.
fn wait(socket: &OwnedFd, what: PollFlags, end: Instant) -> Result<bool, Errno> {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        match rustix::event::poll(&mut [PollFd::new(socket, what)], Some(&timeout)) {
            Err(Errno::INTR) => {}
            other => return other.map(|ready| ready > 0),
        }
    }
}
