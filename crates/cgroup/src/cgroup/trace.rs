//! What tells a group from all others, for records that outlive a process.

use std::ffi::CString;
use std::os::fd::AsFd as _;

use super::ours::{Made, marked};
use super::{Cgroup, CgroupError, Place, Shown};
use crate::{CgroupPath, FileError, Hierarchies, HierarchiesError};

/// Where a group is in one hierarchy, and which one it is of those that are ever there until the machine is restarted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The hierarchy as `/proc/self/cgroup` has it: see [`Hierarchy::name`](crate::Hierarchy::name).
    pub hierarchy: Box<str>,
    /// The path below the root of its mount, without a slash before it.
    pub path: Box<str>,
    /// Which one it is.
    pub which: Which,
}

/// Which group it is, of those that may ever be at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one whose directory has this inode number.
    Inode(u64),
    /// One that is to be made: with the mark of what [`Cgroup::create`] makes.
    Marked,
    /// One that is to be made, under a name that nobody else gives: whatever is there.
    Any,
}

impl Hierarchies {
    /// Where a group would be that is made at `path`, and `which` it would be.
    ///
    /// # Errors
    /// [`HierarchiesError`], for a relative path, when the caller's own group is not found.
    pub fn traces(&self, path: &CgroupPath, which: Which) -> Result<Vec<Trace>, HierarchiesError> {
        let own = crate::hierarchy::own(path)?;
        let trace = |hierarchy: &crate::Hierarchy| {
            let names = hierarchy.names(path, own.as_ref())?;
            Ok(Trace { hierarchy: hierarchy.name.clone(), path: Shown(&names).to_string().into(), which })
        };
        self.as_slice().iter().map(trace).collect()
    }
}

impl Cgroup {
    /// What it is found again by.
    ///
    /// # Errors
    /// [`FileError`] if the kernel does not tell.
    pub fn traces(&self) -> Result<Vec<Trace>, FileError> {
        let trace = |place: &Place| {
            Ok(Trace {
                hierarchy: place.hierarchy.clone(),
                path: Shown(&place.names).to_string().into(),
                which: Which::Inode(
                    place
                        .inode()
                        .map_err(|source| FileError::Read { file: place.directory.path().clone(), source })?,
                ),
            })
        };
        self.places.iter().map(trace).collect()
    }

    /// Opens the group with these traces, in the hierarchies where it is still there; `None` if it is in none.
    ///
    /// # Errors
    /// [`CgroupError::Open`].
    pub fn find(hierarchies: &Hierarchies, traces: &[Trace]) -> Result<Option<Self>, CgroupError> {
        let mut places = Vec::new();
        for hierarchy in hierarchies.as_slice() {
            let Some(trace) = traces.iter().find(|trace| trace.hierarchy == hierarchy.name) else { continue };
            let names = trace.path.split('/').map(CString::new).collect::<Result<_, _>>();
            let Ok(names) = names else { continue };
            let place = match Place::open(hierarchy, names) {
                Err((_, rustix::io::Errno::NOENT)) => continue,
                Err((directory, source)) => return Err(CgroupError::Open { directory, source }),
                Ok(place) => place,
            };
            let is_it = match trace.which {
                Which::Inode(inode) => place.inode().is_ok_and(|there| there == inode),
                Which::Marked => marked(place.directory.as_fd()) == Some(Made::Group),
                Which::Any => true,
            };
            if is_it {
                places.push(place);
            }
        }
        Ok((!places.is_empty()).then_some(Self { places }))
    }
}

impl Place {
    fn inode(&self) -> Result<u64, rustix::io::Errno> {
        rustix::fs::fstat(&self.directory).map(|stat| stat.st_ino)
    }
}
