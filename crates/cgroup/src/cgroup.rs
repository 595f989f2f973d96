//! One control group, in every hierarchy.

use std::ffi::{CStr, CString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use crate::directory::Directory;
use crate::{CgroupPath, Controller, Controllers, Hierarchies, HierarchiesError, Hierarchy, Version};

mod create;
mod delegate;
mod enable;
mod entry;
mod freeze;
mod kill;
mod ours;
mod processes;
mod remove;
mod trace;
mod walk;

pub use create::CreateError;
pub use entry::Entry;
pub use freeze::FreezeError;
pub use kill::KillError;
pub use remove::{EndError, RemoveError};
pub use trace::{Trace, Which};

/// A control group, held open in each hierarchy that has it.
///
/// It stays when this is dropped; [`remove`](Self::remove) removes it.
#[derive(Debug)]
pub struct Cgroup {
    /// At least one; that of version 2 is last.
    places: Vec<Place>,
}

/// The group in one hierarchy.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) version: Version,
    /// What `/proc/self/cgroup` calls the hierarchy.
    pub(crate) hierarchy: Box<str>,
    /// The names on the way from the root of the mount; the last is the group's own.
    pub(crate) names: Vec<CString>,
    /// Whether [`Cgroup::create`] made it.
    pub(crate) is_new: bool,
    pub(crate) parent: Arc<Directory>,
    pub(crate) directory: Directory,
}

/// Why a group cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CgroupError {
    /// Where relative paths begin is not known.
    #[error("cannot find the control group `{group}`")]
    Own {
        /// The group.
        group: CgroupPath,
        /// Why not.
        source: HierarchiesError,
    },
    /// No hierarchy has it.
    #[error("there is no control group `{group}`")]
    Missing {
        /// The group.
        group: CgroupPath,
    },
    /// No hierarchy is called so.
    #[error("no hierarchy of control groups that `{group}` is in is called `{hierarchy}`")]
    NoHierarchy {
        /// What it was called.
        hierarchy: Box<str>,
        /// The directory of the group in the hierarchy that tells its processes best.
        group: Box<str>,
    },
    /// Its directory was not opened.
    #[error("cannot open the control group `{}`", directory.display())]
    Open {
        /// Its directory.
        directory: PathBuf,
        /// What the kernel answered.
        source: Errno,
    },
}

impl Cgroup {
    /// Opens a group that exists, in the hierarchies that have it.
    ///
    /// # Errors
    /// [`CgroupError::Missing`] when none has it.
    pub fn open(hierarchies: &Hierarchies, group: &CgroupPath) -> Result<Self, CgroupError> {
        let mut places = Vec::new();
        let unknown = |source| CgroupError::Own { group: group.clone(), source };
        let own = crate::hierarchy::own(group).map_err(unknown)?;
        for hierarchy in hierarchies.as_slice() {
            let names = hierarchy.names(group, own.as_ref()).map_err(unknown)?;
            match Place::open(hierarchy, names) {
                Ok(place) => places.push(place),
                Err((_, Errno::NOENT)) => {}
                Err((directory, source)) => return Err(CgroupError::Open { directory, source }),
            }
        }
        if places.is_empty() {
            return Err(CgroupError::Missing { group: group.clone() });
        }
        Ok(Self { places })
    }

    /// Goes on to a group below that exists, or stays where it is without one: in the hierarchy of version 1 that has this name or, as
    /// one of several controllers, part of it; without a name in all.
    ///
    /// # Errors
    /// [`CgroupError::NoHierarchy`], also for any name in version 2; [`CgroupError::Open`].
    pub fn descend(
        mut self,
        hierarchy: Option<&str>,
        below: Option<&CgroupPath>,
    ) -> Result<Self, CgroupError> {
        let is_it = |place: &Place| {
            let is_part = |name: &str| place.hierarchy.split(',').any(|part| part == name);
            hierarchy.is_none_or(|name| &*place.hierarchy == name || is_part(name))
        };
        let mut found = false;
        for place in self.places.iter_mut().filter(|place| is_it(place)) {
            found = true;
            below.map_or(Ok(()), |below| place.descend(below))?;
        }
        match hierarchy {
            Some(name) if !found || name.is_empty() => Err(CgroupError::NoHierarchy {
                hierarchy: name.into(),
                group: self.main().directory.path().display().to_string().into(),
            }),
            _ => Ok(self),
        }
    }

    /// Whether [`create`](Self::create) made it. A group that was there may hold processes of others, or be frozen.
    #[must_use]
    pub fn is_new(&self) -> bool {
        // One that was in one hierarchy already is not ours alone.
        self.places.iter().all(|place| place.is_new)
    }

    /// The name of each hierarchy that it was in before [`create`](Self::create).
    pub fn found_in(&self) -> impl Iterator<Item = &str> {
        self.places.iter().filter(|place| !place.is_new).map(|place| &*place.hierarchy)
    }

    /// The path of its directory in each hierarchy, for people to read: it may have come to mean another group.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        self.places.iter().map(|place| place.directory.path().as_path())
    }

    /// The name of each hierarchy that it is in, as `/proc/self/cgroup` has it, and its directory there.
    ///
    /// `runc` keeps these in its state file, and other tools read them there.
    pub fn by_hierarchy(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.places.iter().map(|place| (&*place.hierarchy, place.directory.path().as_path()))
    }

    /// Whether `controller` is in a hierarchy of version 1 that the group is in.
    #[must_use]
    pub fn is_legacy(&self, controller: Controller) -> bool {
        self.legacy(controller).is_some()
    }

    /// Its place in the hierarchy of version 2.
    pub(crate) fn unified(&self) -> Option<&Place> {
        self.places.iter().find(|place| place.version == Version::V2)
    }

    /// Its place in the hierarchy of version 1 that has `controller`.
    pub(crate) fn legacy(&self, controller: Controller) -> Option<&Place> {
        self.places.iter().find(|place| place.legacy_controllers().contains(controller))
    }

    /// The place where all of its processes are told from those of others best.
    pub(crate) fn main(&self) -> &Place {
        self.unified()
            .or_else(|| self.legacy(Controller::Freezer))
            .or_else(|| self.places.first())
            .expect("a group is in one hierarchy at least")
    }
}

impl Place {
    /// Opens what is there; says which directory was refused.
    fn open(hierarchy: &Hierarchy, names: Vec<CString>) -> Result<Self, (PathBuf, Errno)> {
        let whole = || hierarchy.mount_point().join(Shown(&names).to_string());
        let (leaf, above) = names.split_last().ok_or_else(|| (whole(), Errno::INVAL))?;
        let parent = hierarchy.descend(above).map_err(|source| (whole(), source))?;
        let directory =
            parent.descend(std::slice::from_ref(leaf)).map_err(|source| (parent.path_of(leaf), source))?;
        Ok(Self {
            version: hierarchy.version.clone(),
            hierarchy: hierarchy.name.clone(),
            is_new: false,
            parent,
            directory,
            names,
        })
    }

    /// Goes on to a group below.
    fn descend(&mut self, below: &CgroupPath) -> Result<(), CgroupError> {
        let names = below.components();
        let failed = |source| CgroupError::Open {
            directory: self.directory.path().join(Shown(names).to_string()),
            source,
        };
        if let Some((leaf, above)) = names.split_last() {
            let parent = self.directory.descend(above).map_err(failed)?;
            let directory = parent.descend(std::slice::from_ref(leaf)).map_err(failed)?;
            (self.parent, self.directory) = (Arc::new(parent), directory);
            self.names.extend_from_slice(names);
        }
        Ok(())
    }

    /// The group's own name.
    fn leaf(&self) -> &CStr {
        self.names.last().expect("a path has one component at least")
    }

    pub(crate) const fn legacy_controllers(&self) -> Controllers {
        match self.version {
            Version::V1 { controllers } => controllers,
            Version::V2 => Controllers::NONE,
        }
    }
}

/// Names as a path.
struct Shown<'a>(&'a [CString]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("/")?;
            }
            f.write_str(&name.to_string_lossy())?;
        }
        Ok(())
    }
}
