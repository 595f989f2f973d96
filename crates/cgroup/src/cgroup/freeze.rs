//! Suspending what is in a group: `cgroup.freeze`, in version 1 `admin-guide/cgroup-v1/freezer-subsystem.rst`.

use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::{Cgroup, Place};
use crate::directory::Directory;
use crate::{Controller, FileError};

/// Why a group was not frozen or thawed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FreezeError {
    /// A file was not read or written.
    #[error("cannot freeze or thaw the control group `{}`", directory.display())]
    File {
        /// Its directory.
        directory: PathBuf,
        /// Which file.
        source: FileError,
    },
    /// Something in it does not stop: it waits in the kernel, or forks faster than it is stopped. It was thawed again.
    #[error("the control group `{}` did not freeze in {} seconds", directory.display(), patience.as_secs())]
    Running {
        /// Its directory.
        directory: PathBuf,
        /// How long was waited.
        patience: Duration,
    },
    /// Neither version 2 (since Linux 5.2) nor the controller `freezer` is there.
    #[error("this machine cannot freeze the control group `{}`: no hierarchy that it is in has a freezer", directory.display())]
    NoFreezer {
        /// Its directory.
        directory: PathBuf,
    },
}

/// How long a group gets to stop, all in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a freezer of version 1 may take before it is let go and begun anew: while processes fork it can hang.
const ANEW: Duration = Duration::from_millis(250);

/// Where a group is frozen.
enum Freezer<'a> {
    V1(&'a Place),
    V2(&'a Place),
}

impl Cgroup {
    /// Stops every process in it and below, and waits until all have stopped.
    ///
    /// # Errors
    /// [`FreezeError`]; it is not left half frozen.
    #[doc(alias = "cgroup.freeze")]
    pub fn freeze(&self) -> Result<(), FreezeError> {
        let freezer = self.freezer()?;
        let frozen = freezer.freeze();
        if frozen.is_err() {
            // The first reason is the one to tell.
            let _ = freezer.thaw();
        }
        frozen
    }

    /// Lets everything in it run again, unless a group above is frozen.
    ///
    /// # Errors
    /// [`FreezeError`].
    pub fn thaw(&self) -> Result<(), FreezeError> {
        // Both, where both are: something else may have frozen it by the other one.
        let unified = self.freezer()?.thaw();
        match self.legacy(Controller::Freezer) {
            Some(place) => unified.and(Freezer::V1(place).thaw()),
            None => unified,
        }
    }

    /// Whether everything in it is stopped, be it by a group above.
    ///
    /// # Errors
    /// [`FreezeError::File`].
    pub fn is_frozen(&self) -> Result<bool, FreezeError> {
        let legacy = self.legacy(Controller::Freezer).map(Freezer::V1);
        let unified = self.unified().map(Freezer::V2);
        for freezer in [unified, legacy].into_iter().flatten() {
            if freezer.is_frozen()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn freezer(&self) -> Result<Freezer<'_>, FreezeError> {
        let unified =
            self.unified().filter(|place| place.directory.open(c"cgroup.freeze", OFlags::WRONLY).is_ok());
        unified
            .map(Freezer::V2)
            .or_else(|| self.legacy(Controller::Freezer).map(Freezer::V1))
            .ok_or_else(|| FreezeError::NoFreezer { directory: self.main().directory.path().clone() })
    }
}

impl Freezer<'_> {
    fn freeze(&self) -> Result<(), FreezeError> {
        let deadline = Instant::now() + PATIENCE;
        match self {
            Self::V2(place) => {
                let events = Events::open(&place.directory).map_err(|source| place.refused(source))?;
                place.freezer_write(c"cgroup.freeze", "1")?;
                while !self.is_frozen()? {
                    place.check(deadline)?;
                    events.wait("frozen 1", deadline);
                }
            }
            Self::V1(place) => loop {
                let anew = deadline.min(Instant::now() + ANEW);
                let mut wait = Pace::default();
                loop {
                    // Written each time: only then does the kernel look whether all have stopped.
                    place.freezer_write(c"freezer.state", "FROZEN")?;
                    if self.is_frozen()? {
                        return Ok(());
                    }
                    if Instant::now() >= anew {
                        break;
                    }
                    wait.wait(anew);
                }
                place.check(deadline)?;
                place.freezer_write(c"freezer.state", "THAWED")?;
            },
        }
        Ok(())
    }

    fn thaw(&self) -> Result<(), FreezeError> {
        match self {
            Self::V2(place) => place.freezer_write(c"cgroup.freeze", "0"),
            Self::V1(place) => place.freezer_write(c"freezer.state", "THAWED"),
        }
    }

    fn is_frozen(&self) -> Result<bool, FreezeError> {
        match self {
            Self::V2(place) => {
                let events =
                    place.directory.read(c"cgroup.events").map_err(|source| place.refused(source))?;
                Ok(events.lines().any(|line| line == "frozen 1"))
            }
            Self::V1(place) => {
                let state = place.directory.read(c"freezer.state").map_err(|source| place.refused(source))?;
                Ok(state.trim_end() == "FROZEN")
            }
        }
    }
}

impl Place {
    fn freezer_write(&self, file: &std::ffi::CStr, value: &str) -> Result<(), FreezeError> {
        self.directory.write(file, value).map_err(|source| self.refused(source))
    }

    fn refused(&self, source: FileError) -> FreezeError {
        FreezeError::File { directory: self.directory.path().clone(), source }
    }

    fn check(&self, deadline: Instant) -> Result<(), FreezeError> {
        if Instant::now() < deadline {
            return Ok(());
        }
        Err(FreezeError::Running { directory: self.directory.path().clone(), patience: PATIENCE })
    }
}

/// An open `cgroup.events` of version 2, which can be waited for.
pub(super) struct Events(OwnedFd);

impl Events {
    pub(super) fn open(directory: &Directory) -> Result<Self, FileError> {
        let file = c"cgroup.events";
        directory
            .open(file, OFlags::RDONLY)
            .map(Self)
            .map_err(|source| FileError::Read { file: directory.path_of(file), source })
    }

    /// Waits until `line` is in the file, or may be.
    pub(super) fn wait(&self, line: &str, deadline: Instant) {
        let mut buffer = [0; 256];
        // What is read here is what the kernel compares with.
        let Ok(length) = rustix::io::pread(&self.0, &mut buffer, 0) else { return };
        if buffer[..length].split(|byte| *byte == b'\n').any(|found| found == line.as_bytes()) {
            // It says so, and yet the caller waits: the last of a process goes a little later.
            std::thread::sleep(Duration::from_micros(200));
            return;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(left) = Timespec::try_from(left) else { return };
        let mut poll = [PollFd::from_borrowed_fd(self.0.as_fd(), PollFlags::PRI)];
        match rustix::event::poll(&mut poll, Some(&left)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Waits that grow, where nothing can be waited for.
pub(super) struct Pace(Duration);

impl Default for Pace {
    fn default() -> Self {
        Self(Duration::from_micros(250))
    }
}

impl Pace {
    pub(super) fn wait(&mut self, deadline: Instant) {
        std::thread::sleep(self.0.min(deadline.saturating_duration_since(Instant::now())));
        self.0 = (self.0 * 2).min(Duration::from_millis(20));
    }
}
