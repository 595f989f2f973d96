//! Who is in a group.

use std::collections::HashSet;

use rustix::io::Errno;
use rustix::process::Pid;

use super::{Cgroup, Place, walk};
use crate::FileError;
use crate::directory::Directory;

impl Cgroup {
    /// The processes in it and in all groups below, in the order of their ids.
    ///
    /// A process that the caller's PID namespace does not show is left out.
    ///
    /// # Errors
    /// [`FileError`] when a list of processes is not read.
    #[doc(alias = "cgroup.procs")]
    pub fn processes(&self) -> Result<Vec<Pid>, FileError> {
        self.main().processes().map(sorted)
    }

    /// The processes in the group itself.
    ///
    /// # Errors
    /// As [`processes`](Self::processes).
    pub fn members(&self) -> Result<Vec<Pid>, FileError> {
        let mut found = HashSet::new();
        members(&self.main().directory, &mut found)?;
        Ok(sorted(found))
    }

    /// Moves a process into it, with all of its threads.
    ///
    /// # Errors
    /// [`FileError`], with `ESRCH` when there is no such process; `EACCES` when the caller may not write to a group that
    /// both the old and the new one are in; `EBUSY` in version 2 when the group gives controllers to others; `EAGAIN` when
    /// `pids` lets no more in.
    pub fn add(&self, process: Pid) -> Result<(), FileError> {
        let id = process.as_raw_nonzero().to_string();
        self.places.iter().try_for_each(|place| place.directory.write(c"cgroup.procs", &id))
    }
}

impl Place {
    /// The processes in the group and below.
    pub(super) fn processes(&self) -> Result<HashSet<Pid>, FileError> {
        let mut found = HashSet::new();
        members(&self.directory, &mut found)?;
        let mut failed = Ok(());
        walk::below(&self.directory, |directory, name| {
            match directory.descend(&[name.to_owned()]) {
                Ok(child) => failed = members(&child, &mut found),
                Err(Errno::NOENT) => {}
                Err(error) => return Err(error),
            }
            // The reason is kept, with the name of the file.
            if failed.is_err() { Err(Errno::CANCELED) } else { Ok(()) }
        })
        .or_else(|source| {
            std::mem::replace(&mut failed, Ok(()))
                .and(Err(FileError::Read { file: self.directory.path().clone(), source }))
        })?;
        Ok(found)
    }
}

/// In the order of their ids.
pub(super) fn sorted(found: HashSet<Pid>) -> Vec<Pid> {
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by_key(|pid| pid.as_raw_nonzero());
    found
}

/// Adds the processes in the group itself.
fn members(directory: &Directory, found: &mut HashSet<Pid>) -> Result<(), FileError> {
    let file = c"cgroup.procs";
    let list = match directory.read(file) {
        Ok(list) => list,
        // A group of threads, whose processes the group above lists; or one that went meanwhile.
        Err(error) if matches!(error.errno(), Some(Errno::OPNOTSUPP | Errno::NODEV)) => return Ok(()),
        Err(error) => return Err(error),
    };
    for line in list.lines() {
        let id = line
            .parse()
            .map_err(|_| FileError::Content { file: directory.path_of(file), content: line.into() })?;
        // 0 stands for a process that this PID namespace does not show.
        found.extend(Pid::from_raw(id));
    }
    Ok(())
}
