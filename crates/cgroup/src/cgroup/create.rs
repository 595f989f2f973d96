//! Making a group.

use std::ffi::CString;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::io::Errno;

use super::ours::{Made, mark};
use super::{Cgroup, Place, Shown};
use crate::directory::Directory;
use crate::{CgroupPath, Controller, FileError, Hierarchies, HierarchiesError, Hierarchy, Version};

/// Why a group was not made. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// Where relative paths begin is not known.
    #[error("cannot tell where the control group `{group}` is to be")]
    Own {
        /// The group.
        group: CgroupPath,
        /// Why not.
        source: HierarchiesError,
    },
    /// The directory above is not the caller's to write in. `Delegate=yes` of systemd, a relative path, or who made that
    /// directory can give it away: see "Delegation" in `admin-guide/cgroup-v2.rst`.
    #[error("cannot make the control group `{}`: the one above it is not delegated to this user", directory.display())]
    NotDelegated {
        /// Its directory.
        directory: PathBuf,
        /// What the kernel answered.
        source: Errno,
    },
    /// Its directory was neither made nor there.
    #[error("cannot make the control group `{}`", directory.display())]
    Make {
        /// Its directory.
        directory: PathBuf,
        /// What the kernel answered.
        source: Errno,
    },
    /// Its processors or memory nodes, without which it takes no process, were not copied from the group above.
    #[error("cannot give the control group `{}` the processors of the one above", directory.display())]
    Cpuset {
        /// Its directory.
        directory: PathBuf,
        /// Which file.
        source: FileError,
    },
}

/// How often to begin again when a directory on the way goes, as when others remove the group that it was made for.
const ATTEMPTS: usize = 64;

/// What is made so far; it goes unless it is kept.
#[derive(Debug, Default)]
struct Making {
    /// Groups on the way, each with the directory that it is in.
    above: Vec<(Arc<Directory>, CString)>,
    /// The group itself.
    places: Vec<Place>,
}

impl Drop for Making {
    fn drop(&mut self) {
        // What is refused here is in use by somebody else already.
        for place in self.places.iter().filter(|place| place.is_new) {
            let _ = place.parent.unmake(place.leaf());
        }
        for (directory, name) in self.above.iter().rev() {
            let _ = directory.unmake(name);
        }
    }
}

impl Cgroup {
    /// Makes a group in every hierarchy, and the groups on the way there that are missing; a group that is there is taken
    /// ([`is_new`](Self::is_new) tells).
    ///
    /// In version 2 the groups above are asked to give it the controllers `cpu`, `io`, `memory` and `pids`; where they
    /// cannot, it is made without, and what needs the controller fails. In version 1 a new group gets the processors and
    /// memory nodes of the one above. What is made is marked where the kernel lets it be.
    ///
    /// # Errors
    /// [`CreateError`]; what was made until then is removed.
    pub fn create(hierarchies: &Hierarchies, group: &CgroupPath) -> Result<Self, CreateError> {
        let mut making = Making::default();
        let unknown = |source| CreateError::Own { group: group.clone(), source };
        let own = crate::hierarchy::own(group).map_err(unknown)?;
        for hierarchy in hierarchies.as_slice() {
            let names = hierarchy.names(group, own.as_ref()).map_err(unknown)?;
            making.place(hierarchy, names)?;
        }
        making.above.clear();
        Ok(Self { places: std::mem::take(&mut making.places) })
    }
}

impl Making {
    fn place(&mut self, hierarchy: &Hierarchy, names: Vec<CString>) -> Result<(), CreateError> {
        let has_cpuset = hierarchy.legacy_controllers().contains(Controller::Cpuset);
        let mut attempt = 0;
        let (parent, directory, is_new) = loop {
            attempt += 1;
            let (leaf, above) = names.split_last().expect("a path has one component at least");
            let made = self.parent(hierarchy, above, has_cpuset).and_then(|parent| {
                let cpuset = has_cpuset.then_some(above.len());
                let (directory, is_new) = child(&parent, leaf, Made::Group, cpuset)?;
                Ok((parent, directory, is_new))
            });
            match made {
                Err(CreateError::Make { source: Errno::NOENT, .. }) if attempt < ATTEMPTS => {}
                made => break made?,
            }
        };
        let version = hierarchy.version.clone();
        let place = Place { version, hierarchy: hierarchy.name.clone(), names, is_new, parent, directory };
        if place.version == Version::V2 {
            place.enable_usual(hierarchy);
        }
        self.places.push(place);
        Ok(())
    }

    /// Opens the directory above the group, or makes what is missing of the way.
    fn parent(
        &mut self,
        hierarchy: &Hierarchy,
        names: &[CString],
        has_cpuset: bool,
    ) -> Result<Arc<Directory>, CreateError> {
        let failed = |directory, source| CreateError::Make { directory, source };
        match hierarchy.descend(names) {
            Err(Errno::NOENT) => {}
            Err(source) => {
                return Err(failed(hierarchy.mount_point().join(Shown(names).to_string()), source));
            }
            Ok(directory) => return Ok(directory),
        }
        let mut directory = Arc::clone(&hierarchy.root);
        for (depth, name) in names.iter().enumerate() {
            let cpuset = has_cpuset.then_some(depth);
            let (next, is_new) = match directory.descend(std::slice::from_ref(name)) {
                Err(Errno::NOENT) => child(&directory, name, Made::Above, cpuset)?,
                Err(source) => return Err(failed(directory.path_of(name), source)),
                Ok(next) => (next, false),
            };
            let above = std::mem::replace(&mut directory, Arc::new(next));
            if is_new {
                self.above.push((above, name.clone()));
            }
        }
        Ok(directory)
    }
}

/// Makes `name` in `above` unless it is there, and opens it. Tells whether it is new.
///
/// `cpuset` is how many groups are above `above`, in the hierarchy of version 1 with that controller.
fn child(
    above: &Directory,
    name: &CString,
    made: Made,
    cpuset: Option<usize>,
) -> Result<(Directory, bool), CreateError> {
    let is_new = match above.make(name) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(source @ (Errno::ACCESS | Errno::PERM | Errno::ROFS)) => {
            return Err(CreateError::NotDelegated { directory: above.path_of(name), source });
        }
        Err(source) => return Err(CreateError::Make { directory: above.path_of(name), source }),
    };
    let prepared = open_prepared(above, name, is_new.then_some(made), cpuset);
    if is_new && prepared.is_err() {
        let _ = above.unmake(name);
    }
    Ok((prepared?, is_new))
}

fn open_prepared(
    above: &Directory,
    name: &CString,
    made: Option<Made>,
    cpuset: Option<usize>,
) -> Result<Directory, CreateError> {
    let failed = |source| CreateError::Make { directory: above.path_of(name), source };
    let directory = above.descend(std::slice::from_ref(name)).map_err(failed)?;
    if let Some(made) = made {
        mark(directory.as_fd(), made);
    }
    if let Some(depth) = cpuset {
        fill_cpuset(above, &directory, depth, made).map_err(|source| match source.errno() {
            // It, or the one above, was removed meanwhile.
            Some(Errno::NOENT | Errno::NODEV) => failed(Errno::NOENT),
            _ => CreateError::Cpuset { directory: directory.path().clone(), source },
        })?;
    }
    Ok(directory)
}

/// Gives a group of version 1 that has none the processors and memory nodes of the one above, and that one those of the one above
/// it, if who made it did not or did not yet: `admin-guide/cgroup-v1/cpusets.rst`.
fn fill_cpuset(
    above: &Directory,
    directory: &Directory,
    depth: usize,
    made: Option<Made>,
) -> Result<(), FileError> {
    for file in [c"cpuset.cpus", c"cpuset.mems"] {
        // What was made just now has none.
        if made.is_none() && !directory.read(file)?.trim_end().is_empty() {
            continue;
        }
        let mut value = above.read(file)?;
        if value.trim_end().is_empty() && depth > 0 {
            let failed = |source| FileError::Read { file: above.path_of(c".."), source };
            fill_cpuset(&above.above().map_err(failed)?, above, depth - 1, None)?;
            value = above.read(file)?;
        }
        directory.write(file, value.trim_end())?;
    }
    Ok(())
}
