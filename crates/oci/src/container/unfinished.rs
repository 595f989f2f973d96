//! What is left of a container whose creation was interrupted, as by SIGKILL: it has no process on record.

use std::os::fd::AsFd as _;
use std::path::PathBuf;

use rustix::event::PollFlags;

use super::{Container, END_UNSTARTED, wait_until};
use crate::error::Error;
use crate::runtime::GATE;
use crate::state::Record;
use crate::{ContainerId, cgroup};

/// What stands for a record that was not written. We have the lock, so nobody is about to.
pub(super) fn record(id: ContainerId) -> Record {
    Record::new(id, String::new(), PathBuf::new(), PathBuf::new())
}

impl Container {
    /// Ends the process that waits to be started, if there is one, by the gate that it holds open: no id leads to it.
    pub(super) fn dismiss(&self) -> Result<(), Error> {
        // One that is frozen, as all of its group, would not read.
        self.thaw()?;
        let Some(gate) = self.write_to_gate(END_UNSTARTED)? else { return Ok(()) };
        wait_until(gate.as_fd(), PollFlags::empty()).map_err(|errno| self.failed("wait at", GATE, errno))
    }

    /// Takes the control group away that was made, and not yet written down. No process was put into it by then, so one
    /// that has processes is not this container's.
    pub(super) fn remove_unrecorded_cgroup(&self) -> Result<(), Error> {
        match self.spec() {
            Ok(spec) if self.record.process.is_none() => cgroup::remove_empty(&self.id, &spec),
            // Its configuration is written before its group is made.
            _ => Ok(()),
        }
    }
}
