//! What is sent over the report pipe.

use rustix::fd::{BorrowedFd, OwnedFd, RawFd};
use rustix::io::{self, Errno};

use super::Stage;
use crate::said::Said;

/// A failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) stage: u32,
    pub(super) index: u32,
    pub(super) errno: i32,
    pub(super) said: Said,
}

/// The stage when there is no child: the joiner could not start the rest.
const CLONE_FAILED: u32 = 100;

impl Record {
    /// Less than `PIPE_BUF`, so records do not mix.
    const SIZE: usize = Self::SHORT + Said::SIZE;
    /// Without anything said, from `init/main.rs`: nothing follows it.
    const SHORT: usize = 12;

    pub(super) const fn failure(stage: Stage, index: usize, errno: Errno) -> Self {
        Self { stage: stage as u32, index: index as u32, errno: errno.raw_os_error(), said: Said::NOTHING }
    }

    pub(super) const fn clone_failed(errno: Errno) -> Self {
        Self { stage: CLONE_FAILED, index: 0, errno: errno.raw_os_error(), said: Said::NOTHING }
    }

    /// Allocates nothing.
    pub(super) fn send(self, to: RawFd) {
        let mut bytes = [0; Self::SIZE];
        bytes[..4].copy_from_slice(&self.stage.to_ne_bytes());
        bytes[4..8].copy_from_slice(&self.index.to_ne_bytes());
        bytes[8..12].copy_from_slice(&self.errno.to_ne_bytes());
        bytes[12..].copy_from_slice(self.said.bytes());
        // SAFETY: the report pipe is open as long as this process runs our code.
        let pipe = unsafe { BorrowedFd::borrow_raw(to) };
        // Nobody is left to tell if this fails: the parent is gone.
        let _ = io::write(pipe, &bytes);
    }

    /// The next one; `None` when every process that could send one has ended.
    pub(super) fn read(reports: &OwnedFd) -> Option<Self> {
        let mut bytes = [0; Self::SIZE];
        match io::retry_on_intr(|| io::read(reports, &mut bytes)) {
            Ok(Self::SIZE | Self::SHORT) => Some(Self::parse(&bytes)),
            _ => None,
        }
    }

    fn parse(bytes: &[u8; Self::SIZE]) -> Self {
        let word = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        Self {
            stage: u32::from_ne_bytes(word(0)),
            index: u32::from_ne_bytes(word(4)),
            errno: i32::from_ne_bytes(word(8)),
            said: Said::new(&bytes[12..]),
        }
    }
}
