//! Giving a group of version 2 its controllers: "Enabling and Disabling" in `admin-guide/cgroup-v2.rst`.

use std::fmt::Write as _;

use super::Place;
use crate::directory::Directory;
use crate::{Controller, Controllers, FileError};

impl Place {
    /// Has the groups above give this one what it is to count even when nothing is limited, where they can.
    ///
    /// One file is read when they do already.
    pub(super) fn enable_usual(&self) {
        let usual = Controller::Cpu | Controller::Io | Controller::Memory | Controller::Pids;
        let has = self
            .directory
            .read(c"cgroup.controllers")
            .map_or(Controllers::NONE, |list| Controllers::parse(&list));
        let missing = usual.without(has);
        if !missing.is_empty() {
            // What cannot be had fails when it is needed, with the reason.
            let _ = give(&self.parent, self.names.len() - 1, missing);
        }
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
    if write(directory, wanted).is_err() {
        // One that cannot be had keeps all of them away.
        for controller in wanted.iter() {
            result = result.and(write(directory, controller.into()));
        }
    }
    result
}

fn write(directory: &Directory, controllers: Controllers) -> Result<(), FileError> {
    let mut value = String::new();
    for controller in controllers.iter() {
        let space = if value.is_empty() { "" } else { " " };
        write!(value, "{space}+{controller}").expect("a string takes everything");
    }
    directory.write(c"cgroup.subtree_control", &value)
}
