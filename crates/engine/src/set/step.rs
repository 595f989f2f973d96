//! A hook for tests: where a making or a removal can be cut short.

use rustix::process::Signal;

use super::Sets;

/// What can be the last thing that a process does to a set.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The name is claimed.
    Claim,
    /// The namespaces are there, and held.
    Start,
    /// What is there is on record, as incomplete.
    Record,
    /// One namespace is mounted.
    Pin,
    /// All are.
    PinAll,
    /// The keeper stays.
    Stay,
    /// That the set is to go is on record.
    Condemn,
    /// The keeper has ended.
    EndKeeper,
    /// One namespace is unmounted.
    Unpin,
    /// All are.
    UnpinAll,
    /// The record is gone.
    Forget,
    /// The directory is gone.
    RemoveDir,
}

impl Step {
    /// All steps, of a making first.
    pub const ALL: [Self; 12] = [
        Self::Claim,
        Self::Start,
        Self::Record,
        Self::Pin,
        Self::PinAll,
        Self::Stay,
        Self::Condemn,
        Self::EndKeeper,
        Self::Unpin,
        Self::UnpinAll,
        Self::Forget,
        Self::RemoveDir,
    ];
}

impl Sets {
    /// Has this process killed after `step`.
    #[doc(hidden)]
    #[must_use]
    pub fn killed_after(mut self, step: Step) -> Self {
        self.killed_after = Some(step);
        self
    }

    /// Ends this process as nothing else would, if a test wants that here.
    pub(super) fn reached(&self, step: Step) {
        if self.killed_after == Some(step) {
            let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
        }
    }
}
