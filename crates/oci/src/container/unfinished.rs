//! What is left of a container whose creation was interrupted, as by SIGKILL: it has no process on record.

use std::os::fd::AsFd as _;
use std::path::PathBuf;

use insula_ns::{ProcDir, has_own_inode};
use rustix::event::PollFlags;
use rustix::fs::{Dir, Mode, OFlags, fstat, openat};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::{Container, END_UNSTARTED, wait_until};
use crate::error::Error;
use crate::runtime::{GATE, MARK};
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

    /// Ends the process that runs without having waited, if there is one: it is known by what it has written itself.
    pub(super) fn end_marked(&self) -> Result<(), Error> {
        let Some(inode) = self.marked()? else { return Ok(()) };
        let failed = |errno| Error::System { doing: "look for its process", errno };
        let proc = ProcDir::open().map_err(|_| failed(Errno::NOSYS))?;
        let directory =
            openat(&proc, ".", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
        for entry in Dir::new(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let pid = entry.file_name().to_str().ok().and_then(|name| Pid::from_raw(name.parse().ok()?));
            let Some(process) = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) else {
                continue;
            };
            if has_own_inode(&process) && fstat(&process).map_err(failed)?.st_ino == inode {
                return self.kill_and_wait(&process);
            }
        }
        Ok(())
    }

    /// What a process that was started has written of itself.
    fn marked(&self) -> Result<Option<u64>, Error> {
        let failed = |errno| self.failed("read", MARK, errno);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.room.directory, MARK, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(None),
            other => other.map_err(failed)?,
        };
        let mut inode = [0; size_of::<u64>()];
        let length = rustix::io::read(&file, &mut inode).map_err(failed)?;
        Ok((length == inode.len()).then(|| u64::from_ne_bytes(inode)))
    }

    /// Takes the control group away that was made, and not yet written down: of a container without a record, since what gets
    /// no directories as its group is on record first. No process was put into it by then, so one that has processes is not
    /// this container's.
    pub(super) fn remove_unrecorded_cgroup(&self) -> Result<(), Error> {
        match self.spec() {
            Ok(spec) if !self.is_recorded => cgroup::remove_empty(&self.id, spec),
            // Its configuration is written before its group is made.
            _ => Ok(()),
        }
    }
}
