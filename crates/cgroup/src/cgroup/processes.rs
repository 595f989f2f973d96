//! Who is in a group.

use std::collections::HashSet;
use std::ops::ControlFlow;

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
        members(&self.main().directory).map(sorted)
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
        let mut all = members(&self.directory)?;
        self.look_below(|_, found| {
            all.extend(found);
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }

    /// The group below that `process` is in.
    pub(super) fn below_with(&self, process: Pid) -> Result<Option<Directory>, FileError> {
        let mut with = None;
        self.look_below(|group, found| {
            if !found.contains(&process) {
                return ControlFlow::Continue(());
            }
            with = Some(group);
            ControlFlow::Break(())
        })?;
        Ok(with)
    }

    /// Shows each group below and the processes in it, until enough is seen.
    fn look_below(
        &self,
        mut see: impl FnMut(Directory, HashSet<Pid>) -> ControlFlow<()>,
    ) -> Result<(), FileError> {
        /// Ends the walk; no system call of it gives this.
        const ENOUGH: Errno = Errno::CANCELED;
        let mut result = Ok(());
        let walked = walk::below(&self.directory, |directory, name| {
            let group = match directory.descend(&[name.to_owned()]) {
                Err(Errno::NOENT) => return Ok(()),
                group => group?,
            };
            match members(&group).map(|found| see(group, found)) {
                Ok(ControlFlow::Continue(())) => return Ok(()),
                Ok(ControlFlow::Break(())) => {}
                Err(error) => result = Err(error),
            }
            Err(ENOUGH)
        });
        match walked {
            Ok(()) | Err(ENOUGH) => result,
            Err(source) => Err(FileError::Read { file: self.directory.path().clone(), source }),
        }
    }
}

/// In the order of their ids.
pub(super) fn sorted(found: HashSet<Pid>) -> Vec<Pid> {
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by_key(|pid| pid.as_raw_nonzero());
    found
}

/// The processes in the group itself.
fn members(directory: &Directory) -> Result<HashSet<Pid>, FileError> {
    let file = c"cgroup.procs";
    let list = match directory.read(file) {
        Ok(list) => list,
        // A group of threads, whose processes the group above lists; or one that went meanwhile.
        Err(error) if matches!(error.errno(), Some(Errno::OPNOTSUPP | Errno::NODEV)) => {
            return Ok(HashSet::new());
        }
        Err(error) => return Err(error),
    };
    let mut found = HashSet::new();
    for line in list.lines() {
        let id = line
            .parse()
            .map_err(|_| FileError::Content { file: directory.path_of(file), content: line.into() })?;
        // 0 stands for a process that this PID namespace does not show.
        found.extend(Pid::from_raw(id));
    }
    Ok(found)
}
