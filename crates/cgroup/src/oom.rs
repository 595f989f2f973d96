//! Word of processes that the kernel kills for want of memory.

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use rustix::event::{EventfdFlags, PollFlags, eventfd};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::usage::keyed;
use crate::{Cgroup, Controller, FileError};

/// A descriptor that becomes ready when memory ran out in a group.
///
/// In version 2 it is the group's `memory.events`, which is ready ([`PollFlags::PRI`]) after each change; in version 1 an
/// event counter ([`PollFlags::IN`]), "OOM Control" in `admin-guide/cgroup-v1/memory.rst`. Both are ready, too, when the group
/// is gone. What happened is told by [`take`](Self::take).
#[derive(Debug)]
pub struct OomNotice {
    ready: OwnedFd,
    told: Told,
    file: PathBuf,
}

/// What tells it.
#[derive(Debug)]
enum Told {
    /// In version 1 the number of notices; this file of the group is there as long as the group is.
    Counter { control: OwnedFd },
    /// In version 2 the number of processes that were killed; so many were at the last reading.
    Kills(u64),
}

impl Cgroup {
    /// Asks for word. `None` where no controller counts memory.
    ///
    /// # Errors
    /// [`FileError`].
    #[doc(alias = "cgroup.event_control")]
    pub fn oom_notice(&self) -> Result<Option<OomNotice>, FileError> {
        if let Some(place) = self.legacy(Controller::Memory) {
            let name = c"memory.oom_control";
            let file = place.directory.path_of(name);
            let failed = |source| FileError::Read { file: file.clone(), source };
            let control = place.directory.open(name, OFlags::RDONLY).map_err(failed)?;
            let ready = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(failed)?;
            let request = format!("{} {}", ready.as_raw_fd(), control.as_raw_fd());
            place.directory.write(c"cgroup.event_control", &request)?;
            return Ok(Some(OomNotice { ready, told: Told::Counter { control }, file }));
        }
        let Some(place) = self.unified() else { return Ok(None) };
        let name = c"memory.events";
        let file = place.directory.path_of(name);
        match place.directory.open(name, OFlags::RDONLY) {
            Ok(ready) => {
                let mut notice = OomNotice { ready, told: Told::Kills(0), file };
                // A first reading: what is new is new since then.
                notice.take()?;
                Ok(Some(notice))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(source) => Err(FileError::Read { file, source }),
        }
    }
}

impl OomNotice {
    /// What to wait for by `poll(2)`.
    #[must_use]
    pub const fn interest(&self) -> PollFlags {
        match self.told {
            Told::Counter { .. } => PollFlags::IN,
            Told::Kills(_) => PollFlags::PRI,
        }
    }

    /// Whether memory ran out since this was asked last. It is unready then until something happens again.
    ///
    /// # Errors
    /// [`FileError::Read`] with `ENODEV` when the group is gone, and it did not, or that is not known any more.
    pub fn take(&mut self) -> Result<bool, FileError> {
        let failed = |source| FileError::Read { file: self.file.clone(), source };
        let mut buffer = [0; 512];
        match &mut self.told {
            Told::Counter { control } => {
                let notices = match rustix::io::read(&self.ready, &mut buffer[..8]) {
                    Ok(_) => u64::from_ne_bytes(buffer[..8].try_into().expect("eight bytes are eight bytes")),
                    Err(Errno::AGAIN) => 0,
                    Err(errno) => return Err(failed(errno)),
                };
                match rustix::io::pread(&*control, &mut buffer, 0) {
                    Ok(_) => Ok(notices > 0),
                    // The last notice is that of the end of the group.
                    Err(Errno::NODEV) if notices > 1 => Ok(true),
                    Err(errno) => Err(failed(errno)),
                }
            }
            Told::Kills(before) => {
                let length = rustix::io::pread(&self.ready, &mut buffer, 0).map_err(failed)?;
                let text = String::from_utf8_lossy(&buffer[..length]);
                let kills = keyed::flat(&text).flatten().find(|(key, _)| *key == "oom_kill");
                let kills = kills.map_or(*before, |(_, kills)| kills);
                Ok(kills > std::mem::replace(before, kills))
            }
        }
    }
}

impl AsFd for OomNotice {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ready.as_fd()
    }
}
