//! A hook for tests: where the making or removal of a network can be cut short.

use rustix::process::Signal;

use super::Networks;

/// What can be the last thing that a process does to a network.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkStep {
    /// Nobody else may change anything.
    Lock,
    /// The interfaces are there, the first one with a mark.
    Make,
    /// One end is named.
    Name,
    /// It has its alternative name.
    NameInFull,
    /// It has its addresses.
    Address,
    /// It is up.
    Up,
    /// It has its routes.
    Route,
    /// The far end is marked as complete.
    CompleteFar,
    /// All is.
    Complete,
    /// It is marked as about to go.
    Condemn,
    /// A port of the bridge is gone.
    Detach,
    /// All is gone.
    Delete,
    /// Walls are there, and what will be changed is on record.
    Walls,
    /// Settings of the host are as needed.
    Settings,
    /// What is published is.
    Rules,
    /// What is published no more has no rules.
    Unpublished,
    /// Settings that nobody needs have been given back.
    GivenBack,
    /// What moves is written down.
    Note,
    /// It has moved.
    Move,
    /// It is as it was.
    Settle,
    /// A limit is there, or gone, one way through one interface.
    Limit,
    /// There is a mount namespace for the files of a set.
    Room,
    /// The files are seen in it.
    Cover,
    /// They are no more.
    Uncover,
}

impl NetworkStep {
    /// All steps, of a making first.
    pub const ALL: [Self; 24] = [
        Self::Lock,
        Self::Make,
        Self::Name,
        Self::NameInFull,
        Self::Address,
        Self::Up,
        Self::Route,
        Self::CompleteFar,
        Self::Complete,
        Self::Condemn,
        Self::Detach,
        Self::Delete,
        Self::Walls,
        Self::Settings,
        Self::Rules,
        Self::Unpublished,
        Self::GivenBack,
        Self::Note,
        Self::Move,
        Self::Settle,
        Self::Limit,
        Self::Room,
        Self::Cover,
        Self::Uncover,
    ];
}

impl Networks {
    /// Has this process killed after `step`.
    #[doc(hidden)]
    #[must_use]
    pub const fn killed_after(mut self, step: NetworkStep) -> Self {
        self.killed_after = Some(step);
        self
    }

    /// Ends this process as nothing else would, if a test wants that here.
    pub(super) fn reached(&self, step: NetworkStep) {
        if self.killed_after == Some(step) {
            let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
        }
    }
}
