//! Sending a signal to all that is in a group.

use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::Cgroup;
use crate::{Controller, FileError};

/// Why a signal did not reach everything in a group.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KillError {
    /// A file was not read or written.
    #[error("cannot send signal {} to the control group `{}`", signal.as_raw(), directory.display())]
    File {
        /// The group's directory.
        directory: PathBuf,
        /// The signal.
        signal: Signal,
        /// Which file.
        source: FileError,
    },
    /// A process did not get it; the others have.
    #[error("cannot send signal {} to process {process} of the control group `{}`", signal.as_raw(), directory.display())]
    Process {
        /// The group's directory.
        directory: PathBuf,
        /// The signal.
        signal: Signal,
        /// The process.
        process: Pid,
        /// What the kernel answered.
        source: Errno,
    },
    /// Processes fork faster than they are found.
    #[error("the control group `{}` forks faster than signal {} is sent", directory.display(), signal.as_raw())]
    Forking {
        /// The group's directory.
        directory: PathBuf,
        /// The signal.
        signal: Signal,
    },
}

/// How often to look for new processes that were forked while the signal was sent.
const ROUNDS: usize = 256;

impl Cgroup {
    /// Sends `signal` to every process in it and in the groups below, those included that are forked meanwhile.
    ///
    /// `SIGKILL` is one write in version 2 (since Linux 5.14). Otherwise the group is stopped while it is sent, where the
    /// machine can freeze it; it is never left frozen that was not, and after `SIGKILL` never at all, since what version 1
    /// has frozen does not die.
    ///
    /// # Errors
    /// [`KillError`]; the group was thawed all the same.
    #[doc(alias = "cgroup.kill")]
    pub fn kill(&self, signal: Signal) -> Result<(), KillError> {
        let refused =
            |source| KillError::File { directory: self.main().directory.path().clone(), signal, source };
        if signal == Signal::KILL
            && let Some(place) = self.unified()
        {
            match place.directory.write(c"cgroup.kill", "1") {
                Ok(()) => {
                    return match self.legacy(Controller::Freezer) {
                        Some(freezer) => freezer.directory.write(c"freezer.state", "THAWED").map_err(refused),
                        None => Ok(()),
                    };
                }
                Err(error) if error.errno() == Some(Errno::NOENT) => {}
                Err(error) => return Err(refused(error)),
            }
        }
        let was_frozen = self.is_frozen().unwrap_or(false);
        let stopped = Stopped { group: self, stays: was_frozen && signal != Signal::KILL };
        // What does not stop, or cannot be, gets the signal too, until nothing new is found.
        let is_stopped = was_frozen || self.freeze().is_ok();
        let sent = self.send(signal, is_stopped);
        drop(stopped);
        sent
    }

    fn send(&self, signal: Signal, is_stopped: bool) -> Result<(), KillError> {
        let directory = || self.main().directory.path().clone();
        let list = || {
            self.main().processes().map_err(|source| KillError::File {
                directory: directory(),
                signal,
                source,
            })
        };
        let mut reached = HashSet::new();
        let mut result = Ok(());
        for _ in 0..ROUNDS {
            let seen = list()?;
            let held: Vec<(Pid, OwnedFd)> = seen
                .difference(&reached)
                .filter_map(|pid| Some((*pid, pidfd_open(*pid, PidfdFlags::empty()).ok()?)))
                .collect();
            if held.is_empty() {
                return result;
            }
            // Who is listed still, after it was held: if the id means another process by now, what is held is dead.
            let listed = list()?;
            for (process, handle) in held.iter().filter(|(process, _)| listed.contains(process)) {
                reached.insert(*process);
                match pidfd_send_signal(handle, signal) {
                    Ok(()) | Err(Errno::SRCH) => {}
                    Err(source) => {
                        let failed =
                            KillError::Process { directory: directory(), signal, process: *process, source };
                        result = result.and(Err(failed));
                    }
                }
            }
            if is_stopped {
                return result;
            }
        }
        result.and(Err(KillError::Forking { directory: directory(), signal }))
    }
}

/// Thaws the group when a signal was sent, or was not.
struct Stopped<'a> {
    group: &'a Cgroup,
    stays: bool,
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        if !self.stays {
            // Without a freezer there is nothing to thaw; and of a group that is gone nothing either.
            let _ = self.group.thaw();
        }
    }
}
