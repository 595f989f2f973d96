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
    /// What it was to execute, if it was started by us.
    program: Option<String>,
}

impl Child {
    pub(crate) fn new(started: Started, program: String) -> Self {
        let pid = Pid::from_raw(started.pid).expect("the kernel gives children positive ids");
        Self { pid, pidfd: started.pidfd, program: Some(program) }
    }

    /// A child that another program has made for the caller: by `CLONE_PARENT`, see `clone(2)`.
    #[must_use]
    pub const fn adopt(pid: Pid, pidfd: OwnedFd) -> Self {
        Self { pid, pidfd, program: None }
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
    /// [`Error::Vanished`] if a signal ended it before it executed anything, as a seccomp filter does; [`Error::Caller`] with
    /// `ECHILD` if somebody else has reaped it.
    pub fn wait(&self) -> Result<Status, Error> {
        loop {
            // Looked at before it is taken: what is reaped can be asked nothing.
            if let Some(status) = self.look(WaitIdOptions::NOWAIT)? {
                let executed = self.executed_before(status);
                self.look(WaitIdOptions::empty())?;
                return executed;
            }
        }
    }

    /// As [`wait`](Self::wait), if it has ended. `killed` says whether a signal may have ended it.
    pub(crate) fn ended(&self, killed: bool) -> Result<Option<Status>, Error> {
        if !killed {
            return self.look(WaitIdOptions::NOHANG);
        }
        match self.look(WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT)? {
            Some(_) => self.wait().map(Some),
            None => Ok(None),
        }
    }

    fn look(&self, how: WaitIdOptions) -> Result<Option<Status>, Error> {
        match waitid(WaitId::PidFd(self.pidfd.as_fd()), WaitIdOptions::EXITED | how) {
            Ok(status) => Ok(status.map(|status| Status::of(&status))),
            Err(Errno::INTR) => Ok(None),
            Err(errno) => Err(Error::Caller { what: "wait for the process", errno }),
        }
    }

    /// The status, unless it is that of a process of ours which never executed anything.
    fn executed_before(&self, status: Status) -> Result<Status, Error> {
        match (status, &self.program) {
            (Status::Signaled(signal), Some(program)) if never_executed(self.pid) => {
                Err(Error::Vanished { program: program.clone(), signal: Some(signal) })
            }
            _ => Ok(status),
        }
    }
}

/// Whether a process that is not reaped yet is still the copy of its parent that it was born as: `PF_FORKNOEXEC` among the
/// flags in `/proc/PID/stat`, see `proc_pid_stat(5)`. Without `/proc` it counts as executed.
fn never_executed(pid: Pid) -> bool {
    const PF_FORKNOEXEC: u32 = 0x40;
    let flags = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|stat| {
        let (_, fields) = stat.rsplit_once(')')?;
        fields.split_ascii_whitespace().nth(6)?.parse::<u32>().ok()
    });
    flags.is_some_and(|flags| flags & PF_FORKNOEXEC != 0)
}

impl AsFd for Child {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}
