//! What a process needs to be born in a group.

use std::os::fd::OwnedFd;

use rustix::fs::OFlags;
use rustix::process::Pid;

use super::Cgroup;
use crate::{FileError, Version};

/// How a new process gets into a group.
#[derive(Debug)]
#[non_exhaustive]
pub struct Entry {
    /// The group's directory in version 2, for `CLONE_INTO_CGROUP` of `clone3(2)`.
    pub directory: Option<OwnedFd>,
    /// Files to which the process, while it has one thread, is to write `0`.
    pub files: Vec<OwnedFd>,
}

impl Cgroup {
    /// What a new process needs: the directory of version 2, and a file of each hierarchy of version 1.
    ///
    /// The files are `tasks`, not `cgroup.procs`: a thread that moves itself need not wait for all forks of the machine.
    ///
    /// # Errors
    /// [`FileError`] when the caller may not write to one of the files, or can open no more.
    #[doc(alias = "CLONE_INTO_CGROUP")]
    pub fn entry(&self) -> Result<Entry, FileError> {
        let legacy = self.places.iter().filter(|place| place.version != Version::V2);
        let files = legacy.map(|place| {
            place.directory.open(c"tasks", OFlags::WRONLY).map_err(|source| FileError::Write {
                file: place.directory.path_of(c"tasks"),
                value: "0".into(),
                source,
            })
        });
        let directory = self.unified().map(|place| {
            place
                .directory
                .again()
                .map(OwnedFd::from)
                .map_err(|source| FileError::Read { file: place.directory.path().clone(), source })
        });
        Ok(Entry { directory: directory.transpose()?, files: files.collect::<Result<_, _>>()? })
    }

    /// The same for who is to be with `process`, which is in the group or below: where the group gives controllers to others in
    /// version 2, so lets nobody in, it is the one below that `process` is in. See "No Internal Process Constraint" in
    /// `admin-guide/cgroup-v2.rst`.
    ///
    /// # Errors
    /// As [`entry`](Self::entry).
    #[doc(alias = "cgroup.subtree_control")]
    pub fn entry_with(&self, process: Pid) -> Result<Entry, FileError> {
        let mut entry = self.entry()?;
        if let Some(place) = self.unified()
            && !place.directory.read(c"cgroup.subtree_control")?.trim_end().is_empty()
            && let Some(below) = place.below_with(process)?
        {
            entry.directory = Some(below.into());
        }
        Ok(entry)
    }

    /// The same for who cannot be cloned into the group (`CLONE_INTO_CGROUP` is since Linux 5.7): a file in version 2 too.
    ///
    /// # Errors
    /// As [`entry`](Self::entry).
    pub fn entry_by_files(&self) -> Result<Entry, FileError> {
        let mut entry = self.entry()?;
        entry.directory = None;
        if let Some(place) = self.unified() {
            let file = place.directory.open(c"cgroup.procs", OFlags::WRONLY);
            entry.files.push(file.map_err(|source| FileError::Write {
                file: place.directory.path_of(c"cgroup.procs"),
                value: "0".into(),
                source,
            })?);
        }
        Ok(entry)
    }
}
