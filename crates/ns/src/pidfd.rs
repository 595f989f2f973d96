//! A process, held by descriptor so that its id cannot come to mean another one.

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

use insula_sys::pidfd;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal};

use crate::procfs::{ProcDir, ProcError};

/// A handle on a process: see `pidfd_open(2)`.
#[derive(Debug)]
pub struct PidFd(OwnedFd);

/// Why a process could not be held or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PidFdError {
    /// There is no process with this id, or no descriptor is left.
    #[error("cannot open process {pid}")]
    Open {
        /// The process id, in the caller's PID namespace.
        pid: Pid,
        /// What the kernel answered.
        source: Errno,
    },
    /// The kernel would not say who the process of a pidfd is.
    #[error("cannot find the id of the process behind descriptor {descriptor}")]
    Identify {
        /// The number of the descriptor.
        descriptor: i32,
        /// What the kernel answered.
        source: Errno,
    },
    /// `/proc`, which an older kernel has to be asked through, is not there.
    #[error("cannot find the id of the process behind a descriptor")]
    Proc {
        /// What is wrong with it.
        source: ProcError,
    },
    /// The signal was not sent.
    #[error("cannot send signal {} to the process behind descriptor {descriptor}", signal.as_raw())]
    Signal {
        /// The signal.
        signal: Signal,
        /// The number of the descriptor.
        descriptor: i32,
        /// What the kernel answered.
        source: Errno,
    },
}

impl PidFd {
    /// Opens the process with id `pid` in the caller's PID namespace.
    ///
    /// # Errors
    /// [`PidFdError::Open`], with `ESRCH` when there is none.
    #[doc(alias = "pidfd_open")]
    pub fn open(pid: Pid) -> Result<Self, PidFdError> {
        rustix::process::pidfd_open(pid, PidfdFlags::empty())
            .map(Self)
            .map_err(|source| PidFdError::Open { pid, source })
    }

    /// The id of the process in the caller's PID namespace; `None` when it was reaped or lies outside of that.
    ///
    /// # Errors
    /// [`PidFdError`] when neither `PIDFD_GET_INFO` nor `/proc/self/fdinfo` answers.
    pub fn pid(&self) -> Result<Option<Pid>, PidFdError> {
        pid_of(self.0.as_fd())
    }

    /// Whether the process has ended, be it reaped or not.
    #[must_use]
    pub fn has_exited(&self) -> bool {
        has_exited(self.0.as_fd())
    }

    /// Sends `signal` to the process.
    ///
    /// # Errors
    /// [`PidFdError::Signal`], with `ESRCH` when it was reaped.
    #[doc(alias = "pidfd_send_signal")]
    pub fn signal(&self, signal: Signal) -> Result<(), PidFdError> {
        rustix::process::pidfd_send_signal(&self.0, signal).map_err(|source| PidFdError::Signal {
            signal,
            descriptor: self.0.as_raw_fd(),
            source,
        })
    }
}

/// See [`PidFd::pid`].
pub(crate) fn pid_of(process: BorrowedFd<'_>) -> Result<Option<Pid>, PidFdError> {
    match pidfd::info(process) {
        Ok(info) => Ok(Pid::from_raw(info.pid.cast_signed())),
        Err(Errno::SRCH) => Ok(None),
        // Kernels before 6.13 have no such request; newer ones answer EREMOTE to a process outside of our PID
        // namespace, and the file says 0 then.
        Err(_) => {
            let proc = ProcDir::open_own().map_err(|source| PidFdError::Proc { source })?;
            proc.pid_behind(process)
                .map_err(|source| PidFdError::Identify { descriptor: process.as_raw_fd(), source })
        }
    }
}

/// See [`PidFd::has_exited`].
pub(crate) fn has_exited(process: BorrowedFd<'_>) -> bool {
    let mut poll = [PollFd::from_borrowed_fd(process, PollFlags::IN)];
    // A pidfd becomes readable at exit. An interrupted or refused poll says nothing: ask again, or assume it lives.
    loop {
        match rustix::event::poll(&mut poll, Some(&Timespec::default())) {
            Err(Errno::INTR) => {}
            Err(_) => return false,
            Ok(ready) => return ready > 0,
        }
    }
}

impl AsFd for PidFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Takes a pidfd that came from elsewhere: `clone3(2)`, a socket, another process.
impl From<OwnedFd> for PidFd {
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}

impl From<PidFd> for OwnedFd {
    fn from(process: PidFd) -> Self {
        process.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_pid_is_found_both_ways() {
        let me = PidFd::open(rustix::process::getpid()).unwrap();
        assert_eq!(me.pid().unwrap(), Some(rustix::process::getpid()));
        let read = ProcDir::open().unwrap().pid_behind(me.as_fd()).unwrap();
        assert_eq!(read, Some(rustix::process::getpid()));
        assert!(!me.has_exited());
    }

    #[test]
    fn descriptor_that_is_no_pidfd_is_refused() {
        let file = std::fs::File::open("/dev/null").unwrap();
        let error = PidFd::from(OwnedFd::from(file)).pid().unwrap_err();
        assert!(matches!(error, PidFdError::Identify { source: Errno::INVAL, .. }), "{error:?}");
    }
}
