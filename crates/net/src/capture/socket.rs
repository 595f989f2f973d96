//! The socket that sees every packet.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use insula_sys::packet::{PacketWay, enable_timestamps, lost, receive};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, retry_on_intr};

use super::pcapng::LinkType;

/// The longest packet: an Ethernet frame of 64 KiB before it is segmented, with its headers.
const LONGEST: usize = 65_536 + 256;
/// What the socket holds while nobody reads: some thousand packets. The kernel takes less where it must.
const QUEUE: usize = 8 << 20;

/// Sees every packet that passes an interface of one network namespace.
#[derive(Debug)]
pub struct Capture {
    socket: OwnedFd,
    buffer: Vec<u8>,
}

/// Why packets are not seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// No socket.
    #[error("cannot open a packet socket")]
    Open {
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// No packet.
    #[error("cannot receive packets")]
    Receive {
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The number of the interface that it passes.
    pub index: u32,
    /// How its first bytes are to be read.
    pub link_type: LinkType,
    /// In or out.
    pub way: PacketWay,
    /// When, since 1970.
    pub time: Duration,
    /// How many bytes it has.
    pub length: usize,
    /// Those of them that were captured.
    pub bytes: &'a [u8],
}

impl Capture {
    /// Begins, in the network namespace that is the last of `namespaces`, or here if there is none.
    ///
    /// # Errors
    /// [`CaptureError::Open`]: `EPERM` without `CAP_NET_RAW` there.
    #[doc(alias = "AF_PACKET")]
    pub fn open(namespaces: &[BorrowedFd<'_>]) -> Result<Self, CaptureError> {
        let open = || {
            let all = i32::from(u16::try_from(libc::ETH_P_ALL).expect("a small number").to_be());
            let socket = insula_sys::elsewhere::socket(namespaces, libc::AF_PACKET, libc::SOCK_RAW, all)?;
            enable_timestamps(socket.as_fd())?;
            // Beyond the limit only with privileges; without them as much as is allowed.
            if rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, QUEUE).is_err() {
                rustix::net::sockopt::set_socket_recv_buffer_size(&socket, QUEUE)?;
            }
            Ok(socket)
        };
        let socket = open().map_err(|source| CaptureError::Open { source })?;
        Ok(Self { socket, buffer: vec![0; LONGEST] })
    }

    /// Waits for the next packet.
    ///
    /// # Errors
    /// [`CaptureError::Receive`].
    pub fn next_packet(&mut self) -> Result<Packet<'_>, CaptureError> {
        let header = loop {
            match receive(self.socket.as_fd(), &mut self.buffer) {
                // An interface that went down while its packets were waiting.
                Err(Errno::INTR | Errno::NETDOWN) => {}
                received => break received.map_err(|source| CaptureError::Receive { source })?,
            }
        };
        Ok(Packet {
            index: header.index,
            link_type: LinkType::of(header.hardware),
            way: header.way,
            time: header.time,
            length: header.length,
            bytes: &self.buffer[..header.length.min(self.buffer.len())],
        })
    }

    /// The next packet, if one waits.
    ///
    /// # Errors
    /// [`CaptureError::Receive`].
    pub fn next_waiting(&mut self) -> Result<Option<Packet<'_>>, CaptureError> {
        // An interface that goes down makes it readable, too, and is no packet.
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let waits = retry_on_intr(|| poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&now)));
        if waits.map_err(|source| CaptureError::Receive { source })? == 0 {
            return Ok(None);
        }
        match rustix::net::sockopt::socket_error(&self.socket) {
            Ok(Err(Errno::NETDOWN)) => return Ok(None),
            Ok(Ok(())) => {}
            Ok(Err(source)) | Err(source) => return Err(CaptureError::Receive { source }),
        }
        self.next_packet().map(Some)
    }

    /// How many packets were lost since the last call, because they were not read in time.
    ///
    /// # Errors
    /// [`CaptureError::Receive`].
    pub fn lost(&self) -> Result<u32, CaptureError> {
        lost(self.socket.as_fd()).map_err(|source| CaptureError::Receive { source })
    }
}

impl AsFd for Capture {
    /// To wait for several at once.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
