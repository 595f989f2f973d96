//! Word of processes that the kernel kills for want of memory.

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

use rustix::event::{EventfdFlags, PollFlags, eventfd};
use rustix::fs::OFlags;

use crate::{Cgroup, Controller, FileError};

/// A descriptor that becomes ready when memory ran out in a group.
///
/// In version 2 it is the group's `memory.events`, which is ready ([`PollFlags::PRI`]) after each change; in version 1 an
/// event counter ([`PollFlags::IN`]), "OOM Control" in `admin-guide/cgroup-v1/memory.rst`. Both are ready, too, when the group
/// is gone. What happened is told by [`Cgroup::oom_kills`].
#[derive(Debug)]
pub struct OomNotice {
    fd: OwnedFd,
    interest: PollFlags,
}

impl Cgroup {
    /// Asks for word. `None` where no controller counts memory.
    ///
    /// # Errors
    /// [`FileError`].
    #[doc(alias = "cgroup.event_control")]
    pub fn oom_notice(&self) -> Result<Option<OomNotice>, FileError> {
        if let Some(place) = self.legacy(Controller::Memory) {
            let file = c"memory.oom_control";
            let failed = |source| FileError::Read { file: place.directory.path_of(file), source };
            let control = place.directory.open(file, OFlags::RDONLY).map_err(failed)?;
            let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(failed)?;
            let request = format!("{} {}", event.as_raw_fd(), control.as_raw_fd());
            place.directory.write(c"cgroup.event_control", &request)?;
            return Ok(Some(OomNotice { fd: event, interest: PollFlags::IN }));
        }
        let Some(place) = self.unified() else { return Ok(None) };
        let file = c"memory.events";
        match place.directory.open(file, OFlags::RDONLY) {
            Ok(fd) => {
                let notice = OomNotice { fd, interest: PollFlags::PRI };
                // A first reading: what is new is new since then.
                notice.reset();
                Ok(Some(notice))
            }
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(source) => Err(FileError::Read { file: place.directory.path_of(file), source }),
        }
    }
}

impl OomNotice {
    /// What to wait for by `poll(2)`.
    #[must_use]
    pub const fn interest(&self) -> PollFlags {
        self.interest
    }

    /// Makes it unready until something happens again. To be called before the count is read.
    pub fn reset(&self) {
        // Both kinds become unready when they are read; what a file says is of no interest, nor is that the group is gone.
        let mut buffer = [0; 512];
        if self.interest == PollFlags::IN {
            let _ = rustix::io::read(&self.fd, &mut buffer);
        } else {
            let _ = rustix::io::pread(&self.fd, &mut buffer, 0);
        }
    }
}

impl AsFd for OomNotice {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
