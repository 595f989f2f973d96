//! A hook for tests: where the making or the removal of a lab can be cut short.

use rustix::process::Signal;

use super::labs::Labs;

/// What can be the last thing that a process does to a lab.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabStep {
    /// Its name is claimed.
    Claim,
    /// It is on record, as incomplete.
    Record,
    /// The names of its nodes are claimed.
    ClaimNodes,
    /// The namespaces of its nodes are there.
    Unshare,
    /// And their keepers.
    Keepers,
    /// Those that are network namespaces alone are on the lab's record.
    RecordNetNodes,
    /// One node is on record and mounted.
    Hold,
    /// All are.
    HoldAll,
    /// The keepers stay.
    Stay,
    /// The bridge of the management network is there.
    Management,
    /// The links are there.
    Create,
    /// Those to tunnels at the host are stitched to them.
    Stitch,
    /// Those to the host have their walls.
    Wall,
    /// All are configured.
    Configure,
    /// The commands of the nodes have run.
    Exec,
    /// What is published of them is.
    Publish,
    /// It is on record as complete.
    Ready,
    /// That it is to go is on record.
    Condemn,
    /// The ends of its links at the host are gone.
    RemoveEnds,
    /// The network namespaces of many nodes are where they are unmounted together.
    NodesAside,
    /// They are unmounted.
    UnmountNodes,
    /// One node is gone.
    RemoveNode,
    /// All are.
    RemoveNodes,
    /// The record is gone.
    Forget,
}

impl LabStep {
    /// All steps, of a making first.
    pub const ALL: [Self; 24] = [
        Self::Claim,
        Self::Record,
        Self::ClaimNodes,
        Self::Unshare,
        Self::Keepers,
        Self::RecordNetNodes,
        Self::Hold,
        Self::HoldAll,
        Self::Stay,
        Self::Management,
        Self::Create,
        Self::Stitch,
        Self::Wall,
        Self::Configure,
        Self::Exec,
        Self::Publish,
        Self::Ready,
        Self::Condemn,
        Self::RemoveEnds,
        Self::NodesAside,
        Self::UnmountNodes,
        Self::RemoveNode,
        Self::RemoveNodes,
        Self::Forget,
    ];
}

impl Labs {
    /// Has this process killed after `step`.
    #[doc(hidden)]
    #[must_use]
    pub fn killed_after(mut self, step: LabStep) -> Self {
        self.killed_after = Some(step);
        self
    }

    /// Ends this process as nothing else would, if a test wants that here.
    pub(super) fn reached(&self, step: LabStep) {
        if self.killed_after == Some(step) {
            let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
        }
    }
}
