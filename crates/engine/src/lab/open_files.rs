//! The limit of open files: a lab has several for each node while it is made, and one while it is taken away.

use std::os::fd::{AsFd, RawFd};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::error::LabError;

/// The descriptors that a node takes while a lab is made, at most.
const DESCRIPTORS: u64 = 12;
/// Those that are there anyway.
const BASE: u64 = 100;

/// The limit is raised as long as this value lives.
#[derive(Debug)]
pub(super) struct OpenFiles {
    before: Rlimit,
}

impl OpenFiles {
    /// Sees to it that a lab of so many nodes can be made.
    ///
    /// # Errors
    /// [`LabError::OpenFiles`] if the hard limit is lower than that.
    pub(super) fn to_make(nodes: usize) -> Result<Self, LabError> {
        let needed = needed(nodes);
        let before = getrlimit(Resource::Nofile);
        if before.current.is_none_or(|current| current >= needed) {
            return Ok(Self { before });
        }
        if let Some(limit) = before.maximum.filter(|maximum| *maximum < needed) {
            return Err(LabError::OpenFiles { nodes, needed, limit });
        }
        let raised = Rlimit { current: Some(needed), ..before };
        let failed = |_| LabError::OpenFiles { nodes, needed, limit: before.current.unwrap_or(0) };
        setrlimit(Resource::Nofile, raised).map_err(failed)?;
        Ok(Self { before })
    }

    /// Sees to it that threads need not wait for room to open them.
    pub(super) fn make_room(any: impl AsFd, nodes: usize) {
        insula_sys::descriptor::make_room(any, RawFd::try_from(needed(nodes)).unwrap_or(RawFd::MAX));
    }

    /// As many as there may be, to take a lab away: if that is not enough, opening one of them says so.
    pub(super) fn to_remove() -> Self {
        let before = getrlimit(Resource::Nofile);
        let _ = setrlimit(Resource::Nofile, Rlimit { current: before.maximum, ..before });
        Self { before }
    }
}

/// How many are open at most while a lab of so many nodes is made.
fn needed(nodes: usize) -> u64 {
    BASE + DESCRIPTORS * u64::try_from(nodes).unwrap_or(u64::MAX / 100)
}

impl Drop for OpenFiles {
    fn drop(&mut self) {
        // What is open stays open.
        let _ = setrlimit(Resource::Nofile, self.before);
    }
}
