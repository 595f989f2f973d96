//! A started process.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use insula_sys::program::Started;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, pidfd_send_signal, waitid};

use crate::error::Error;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// With this exit status, 0 to 255. Under an init of ours, 128+n stands for signal n.
    Exited(u8),
    /// By this signal.
    Signaled(i32),
}

impl Status {
    /// Whether it exited with 0.
    #[must_use]
    pub const fn success(self) -> bool {
        matches!(self, Self::Exited(0))
    }

    pub(crate) fn of(status: &WaitIdStatus) -> Self {
        match status.terminating_signal() {
            Some(signal) => Self::Signaled(signal),
            None => Self::Exited(u8::try_from(status.exit_status().unwrap_or(0)).unwrap_or(u8::MAX)),
        }
    }

    /// The exit status, with 128+n for signal n, as a shell has it.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Exited(code) => code,
            Self::Signaled(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }
}

/// A process that was started and has executed its program. Dropping it does not end it.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    pidfd: OwnedFd,
}

impl Child {
    pub(crate) fn new(started: Started) -> Self {
        let pid = Pid::from_raw(started.pid).expect("the kernel gives children positive ids");
        Self { pid, pidfd: started.pidfd }
    }

    /// Its process id, in the caller's PID namespace: the init's, if there is one.
    #[must_use]
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// Sends it a signal; an init passes it on.
    ///
    /// # Errors
    /// [`Error::Caller`] with `ESRCH` if it has ended.
    pub fn signal(&self, signal: Signal) -> Result<(), Error> {
        pidfd_send_signal(&self.pidfd, signal).map_err(|errno| Error::Caller { what: "send a signal", errno })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// [`Error::Caller`] with `ECHILD` if somebody else has reaped it.
    pub fn wait(&self) -> Result<Status, Error> {
        loop {
            match waitid(WaitId::PidFd(self.pidfd.as_fd()), WaitIdOptions::EXITED) {
                Ok(Some(status)) => return Ok(Status::of(&status)),
                Ok(None) | Err(Errno::INTR) => {}
                Err(errno) => return Err(Error::Caller { what: "wait for the process", errno }),
            }
        }
    }
}

impl AsFd for Child {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}
