//! Removing a group.

use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::time::Instant;

use rustix::io::Errno;
use rustix::process::{Pid, Signal};

use super::freeze::{Events, Pace};
use super::ours::{Made, marked};
use super::processes::sorted;
use super::{Cgroup, KillError, Place, walk};
use crate::FileError;
use crate::directory::Directory;

/// Why a group was not removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoveError {
    /// Processes are in it, or in a group below.
    #[error("the control group `{}` still has {} processes", directory.display(), processes.len())]
    Busy {
        /// Its directory.
        directory: PathBuf,
        /// Those that the caller's PID namespace shows.
        processes: Vec<Pid>,
    },
    /// Its directory was not removed.
    #[error("cannot remove the control group `{}`", directory.display())]
    Remove {
        /// Its directory.
        directory: PathBuf,
        /// What the kernel answered.
        source: Errno,
    },
}

/// Why a group did not end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndError {
    /// Which processes are in it was not told.
    #[error(transparent)]
    Processes(#[from] FileError),
    /// They were not killed.
    #[error(transparent)]
    Kill(#[from] KillError),
    /// It was not removed.
    #[error(transparent)]
    Remove(#[from] RemoveError),
}

impl Cgroup {
    /// Kills what is in it and in the groups below, and [removes](Self::remove) it.
    ///
    /// # Errors
    /// [`EndError`].
    pub fn end(&self, deadline: Instant) -> Result<(), EndError> {
        self.end_from(deadline, |_| true)
    }

    /// As [`end`](Self::end), but [removes it from](Self::remove_from) the hierarchies of these names alone.
    ///
    /// # Errors
    /// As [`end`](Self::end).
    pub fn end_from(&self, deadline: Instant, is_meant: impl Fn(&str) -> bool) -> Result<(), EndError> {
        self.clear()?;
        Ok(self.remove_from(deadline, is_meant)?)
    }

    /// Kills what is in it and in the groups below, if anything is in it.
    ///
    /// # Errors
    /// [`EndError::Processes`], [`EndError::Kill`].
    pub fn clear(&self) -> Result<(), EndError> {
        if !self.processes()?.is_empty() {
            self.kill(Signal::KILL)?;
        }
        Ok(())
    }

    /// Removes it and all groups below, and the groups above that were made for it and are empty. Kills nothing.
    ///
    /// Waits until `deadline` for processes that are dying. A group that is gone already is no error. All hierarchies are
    /// tried, whatever happens in one.
    ///
    /// # Errors
    /// [`RemoveError`], the first one.
    pub fn remove(&self, deadline: Instant) -> Result<(), RemoveError> {
        self.remove_from(deadline, |_| true)
    }

    /// As [`remove`](Self::remove), from the hierarchies of these names alone.
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    pub fn remove_from(&self, deadline: Instant, is_meant: impl Fn(&str) -> bool) -> Result<(), RemoveError> {
        let places = self.places.iter().filter(|place| is_meant(&place.hierarchy));
        // Not `try_for_each`: what can go, goes.
        places.map(|place| place.remove(deadline)).fold(Ok(()), Result::and)
    }
}

impl Place {
    fn remove(&self, deadline: Instant) -> Result<(), RemoveError> {
        let failed = |source| RemoveError::Remove { directory: self.directory.path().clone(), source };
        let mut pace = Pace::default();
        let mut events = None;
        let mut was_emptied = false;
        loop {
            match self.parent.unmake(self.leaf()) {
                Ok(()) | Err(Errno::NOENT | Errno::NODEV) => break,
                Err(Errno::BUSY | Errno::NOTEMPTY) => {}
                Err(source) => return Err(failed(source)),
            }
            let mut had_below = false;
            let emptied = walk::below(&self.directory, |above, name| match above.unmake(name) {
                Ok(()) => {
                    had_below = true;
                    Ok(())
                }
                Err(Errno::BUSY | Errno::NOENT | Errno::NODEV) => Ok(()),
                refused => refused,
            });
            if !matches!(emptied, Ok(()) | Err(Errno::NOENT | Errno::NODEV)) {
                return emptied.map_err(failed);
            }
            // Once at once; who makes groups all the time does not keep us here for ever.
            if had_below && !std::mem::replace(&mut was_emptied, true) {
                continue;
            }
            if Instant::now() >= deadline {
                let processes = sorted(self.processes().unwrap_or_default());
                return Err(RemoveError::Busy { directory: self.directory.path().clone(), processes });
            }
            match events.get_or_insert_with(|| Events::open(&self.directory)) {
                Ok(events) => events.wait("populated 0", deadline),
                Err(_) => pace.wait(deadline),
            }
        }
        self.remove_above();
        Ok(())
    }

    /// Removes the groups above that were made on the way to this one, as far as nothing else is in them.
    fn remove_above(&self) {
        let mut above: Option<Directory> = None;
        for name in self.names.iter().rev().skip(1) {
            let directory = above.as_ref().unwrap_or(&*self.parent);
            if marked(directory.as_fd()) != Some(Made::Above) {
                return;
            }
            let Ok(next) = directory.above() else { return };
            if next.unmake(name).is_err() {
                return;
            }
            above = Some(next);
        }
    }
}
