//! Giving a group of version 2 its controllers: "Enabling and Disabling" in `admin-guide/cgroup-v2.rst`.

use std::fmt::Write as _;

use rustix::io::Errno;

use super::Place;
use crate::directory::Directory;
use crate::{Controller, Controllers, FileError, Hierarchy};

impl Place {
    /// Has the groups above give this one what it is to count even when nothing is limited, where they can.
    ///
    /// One file is read when they do already, and one more when the root has nothing more to give.
    pub(super) fn enable_usual(&self, hierarchy: &Hierarchy) {
        let usual = Controller::Cpu | Controller::Io | Controller::Memory | Controller::Pids;
        let has = self
            .directory
            .read(c"cgroup.controllers")
            .map_or(Controllers::NONE, |list| Controllers::parse(&list));
        let missing = usual.without(has);
        if missing.is_empty() {
            return;
        }
        let missing = missing.without(usual.without(hierarchy.controllers()));
        if !missing.is_empty() {
            // What cannot be had fails when it is needed, with the reason.
            let _ = give(&self.parent, self.names.len() - 1, missing);
        }
    }

    /// Whether the groups above give it `controller`.
    pub(crate) fn has(&self, controller: Controller) -> bool {
        self.controllers().contains(controller)
    }

    /// Has the groups above give it `controller`.
    pub(crate) fn enable(&self, controller: Controller) -> Result<(), FileError> {
        give(&self.parent, self.names.len() - 1, controller.into())
    }

    fn controllers(&self) -> Controllers {
        self.directory
            .read_line(c"cgroup.controllers")
            .map_or(Controllers::NONE, |list| Controllers::parse(&list))
    }
}

/// Has `directory`, which has `depth` groups above it, give `wanted` to the groups in it.
///
/// All that can be had is, even when something fails.
fn give(directory: &Directory, depth: usize, wanted: Controllers) -> Result<(), FileError> {
    let has = Controllers::parse(&directory.read(c"cgroup.controllers")?);
    let missing = wanted.without(has);
    let mut result = Ok(());
    if depth > 0 && !missing.is_empty() {
        result = directory
            .above()
            .map_err(|source| FileError::Read { file: directory.path_of(c".."), source })
            .and_then(|above| give(&above, depth - 1, missing));
    }
    match write(directory, wanted) {
        Err(error) if matches!(error.errno(), Some(Errno::NOENT | Errno::INVAL)) => {
            // One that cannot be had keeps all of them away.
            for controller in wanted.iter() {
                result = result.and(write(directory, controller.into()));
            }
            result
        }
        written => result.and(written),
    }
}

fn write(directory: &Directory, controllers: Controllers) -> Result<(), FileError> {
    let mut value = String::new();
    for controller in controllers.iter() {
        let space = if value.is_empty() { "" } else { " " };
        write!(value, "{space}+{controller}").expect("a string takes everything");
    }
    let file = c"cgroup.subtree_control";
    if would_become_threaded(directory) {
        return Err(FileError::Write {
            file: directory.path_of(file),
            value: value.into(),
            source: Errno::BUSY,
        });
    }
    directory.write(file, &value)
}

/// Whether the group has processes. The kernel refuses most controllers then, but for a few it makes the group one of
/// threads, in which no other group takes a process any more: "Threads" in `admin-guide/cgroup-v2.rst`.
fn would_become_threaded(directory: &Directory) -> bool {
    // The root has no type, and may have processes.
    directory.read(c"cgroup.type").is_ok_and(|kind| kind == "domain\n")
        && directory.read(c"cgroup.procs").is_ok_and(|processes| !processes.is_empty())
}
