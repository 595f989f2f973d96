//! The hierarchies that this machine has mounted.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use insula_ns::mountinfo::{self, ParseMountError};
use insula_ns::{ProcDir, ProcError};
use rustix::fs::{Access, AtFlags, FsWord, Mode, OFlags};
use rustix::io::Errno;

use crate::directory::{Directory, read_whole};
use crate::{CgroupPath, Controllers, Membership, MembershipError};

mod own;

pub(crate) use own::Own;

/// Where control groups are mounted by everybody's convention: `file-hierarchy(7)`.
const MOUNT: &str = "/sys/fs/cgroup";
/// Of `linux/magic.h`.
const CGROUP_SUPER_MAGIC: FsWord = 0x0027_e0eb;
const CGROUP2_SUPER_MAGIC: FsWord = 0x6367_7270;

/// The version of a hierarchy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// One of version 1: `admin-guide/cgroup-v1/cgroups.rst`.
    V1 {
        /// The controllers that are mounted together in it; none in a named one, such as systemd's.
        controllers: Controllers,
    },
    /// The one of version 2: `admin-guide/cgroup-v2.rst`. Its controllers are a matter of each group.
    V2,
}

/// One tree of groups.
#[derive(Debug)]
pub struct Hierarchy {
    pub(crate) version: Version,
    /// What `/proc/self/cgroup` calls it: the controllers of a mount, `name=systemd`, or nothing for version 2.
    pub(crate) name: Box<str>,
    /// A handle on a path, shared with the groups that are right below it.
    pub(crate) root: Arc<Directory>,
}

/// All hierarchies that are mounted.
///
/// The common case costs two system calls: `/sys/fs/cgroup` is version 2, and that is all there is. Otherwise
/// `/proc/self/cgroup` lists the hierarchies, which are looked for in `/sys/fs/cgroup` under their own names; the table of
/// mounts, which may be long, is read only for what is not there.
#[derive(Debug)]
pub struct Hierarchies {
    list: Vec<Hierarchy>,
}

/// Why no hierarchy was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HierarchiesError {
    /// `/proc` cannot be asked.
    #[error("cannot read which control groups there are")]
    Proc {
        /// What is wrong with it.
        source: ProcError,
    },
    /// A file of `/proc/self` was not read.
    #[error("cannot read `/proc/self/{file}`")]
    Read {
        /// Its name.
        file: &'static str,
        /// What the kernel answered.
        source: Errno,
    },
    /// A line of `/proc/self/cgroup` is not what `cgroups(7)` says.
    #[error("cannot make sense of `/proc/self/cgroup`")]
    Memberships {
        /// Which line.
        source: MembershipError,
    },
    /// A line of the table of mounts is not what `proc_pid_mountinfo(5)` says.
    #[error("cannot make sense of the table of mounts")]
    Mounts {
        /// Which line.
        source: ParseMountError,
    },
    /// There is no mount of control groups, or none that this caller sees.
    #[error(
        "no control groups are mounted: neither `/sys/fs/cgroup` nor another mount is a cgroup file system"
    )]
    NotMounted,
    /// The caller's own group is not below the mount, so a relative path leads nowhere.
    #[error("the caller's own control group `{}` is not below `{}`", own.display(), mount.display())]
    OwnOutside {
        /// Its path, as `/proc/self/cgroup` has it.
        own: PathBuf,
        /// Where its hierarchy is mounted.
        mount: PathBuf,
    },
}

impl Hierarchies {
    /// Looks at what is mounted.
    ///
    /// # Errors
    /// [`HierarchiesError::NotMounted`] when nothing is; others when `/proc` is not what it should be.
    pub fn find() -> Result<Self, HierarchiesError> {
        if let Ok((root, Some(2))) = open(Path::new(MOUNT)) {
            let root = Arc::new(root);
            return Ok(Self { list: vec![Hierarchy { version: Version::V2, name: "".into(), root }] });
        }
        let memberships = own::memberships()?;
        let mut list = Vec::new();
        let mut unseen = Vec::new();
        for membership in memberships {
            let root = membership.conventional().find_map(|path| open_as(&membership, &path));
            match root {
                Some(root) => list.push(membership.at(root)),
                None => unseen.push(membership),
            }
        }
        if !unseen.is_empty() {
            find_mounts(unseen, &mut list)?;
        }
        if list.is_empty() { Err(HierarchiesError::NotMounted) } else { Ok(Self { list }) }
    }

    /// The hierarchies; the one of version 2 is last, where others are too.
    #[must_use]
    pub fn as_slice(&self) -> &[Hierarchy] {
        &self.list
    }

    /// Whether version 2 is all that there is.
    #[must_use]
    pub fn is_unified(&self) -> bool {
        self.list.iter().all(|hierarchy| hierarchy.version == Version::V2)
    }

    /// Whether both versions are mounted.
    #[must_use]
    pub fn is_hybrid(&self) -> bool {
        !self.is_unified() && self.unified().is_some()
    }

    /// The hierarchy of version 2.
    #[must_use]
    pub fn unified(&self) -> Option<&Hierarchy> {
        self.list.iter().find(|hierarchy| hierarchy.version == Version::V2)
    }

    /// The controllers that are there at all.
    #[must_use]
    pub fn controllers(&self) -> Controllers {
        self.list.iter().fold(Controllers::NONE, |all, hierarchy| all | hierarchy.controllers())
    }

    /// Keeps only the hierarchies for which `keep` says so: an ordinary user may do without those that are not
    /// [delegated](Hierarchy::is_delegated).
    pub fn retain(&mut self, keep: impl FnMut(&Hierarchy) -> bool) {
        self.list.retain(keep);
    }
}

impl Hierarchy {
    /// Its version.
    #[must_use]
    pub const fn version(&self) -> &Version {
        &self.version
    }

    /// What `/proc/self/cgroup` calls it: `cpu,cpuacct`, `name=systemd`, or nothing for version 2.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is mounted.
    #[must_use]
    pub fn mount_point(&self) -> &Path {
        self.root.path()
    }

    /// Its controllers: in version 2, those that its root can give.
    #[must_use]
    pub fn controllers(&self) -> Controllers {
        match self.version {
            Version::V1 { controllers } => controllers,
            Version::V2 => self
                .root
                .read(c"cgroup.controllers")
                .map_or(Controllers::NONE, |list| Controllers::parse(&list)),
        }
    }

    /// The directory of the group with these names, shared if that is the root.
    pub(crate) fn descend(&self, names: &[CString]) -> Result<Arc<Directory>, Errno> {
        if names.is_empty() { Ok(Arc::clone(&self.root)) } else { self.root.descend(names).map(Arc::new) }
    }

    /// The controllers of a hierarchy of version 1.
    pub(crate) const fn legacy_controllers(&self) -> Controllers {
        match self.version {
            Version::V1 { controllers } => controllers,
            Version::V2 => Controllers::NONE,
        }
    }

    /// Whether the caller may make `path` here: the nearest directory on the way that is there is writable.
    ///
    /// # Errors
    /// As [`HierarchiesError`], for a relative path, when the caller's own group is not found.
    pub fn is_delegated(&self, path: &CgroupPath) -> Result<bool, HierarchiesError> {
        let names = self.names(path, own(path)?.as_ref())?;
        let nearest = (0..=names.len()).rev().find_map(|length| self.root.descend(&names[..length]).ok());
        Ok(nearest.is_some_and(|directory| {
            rustix::fs::accessat(&directory, c".", Access::WRITE_OK, AtFlags::EACCESS).is_ok()
        }))
    }

    /// The names on the way from the root of the mount to `path`. `own` is what [`own`] says of it.
    pub(crate) fn names(
        &self,
        path: &CgroupPath,
        own: Option<&Own>,
    ) -> Result<Vec<CString>, HierarchiesError> {
        let mut names = own.map_or(Ok(Vec::new()), |own| own.names(self))?;
        names.extend_from_slice(path.components());
        Ok(names)
    }
}

/// Where the caller is, if `path` begins there.
pub(crate) fn own(path: &CgroupPath) -> Result<Option<Own>, HierarchiesError> {
    if path.is_absolute() { Ok(None) } else { Own::read().map(Some) }
}

/// Opens a mount point; tells its version if it is one of control groups.
fn open(path: &Path) -> Result<(Directory, Option<u8>), Errno> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, Mode::empty())?;
    let version = match rustix::fs::fstatfs(&fd)?.f_type {
        CGROUP2_SUPER_MAGIC => Some(2),
        CGROUP_SUPER_MAGIC => Some(1),
        _ => None,
    };
    Ok((Directory::new(fd, path.to_owned()), version))
}

/// Opens the mount point `path` if it is one of the version that `membership` says.
fn open_as(membership: &Membership, path: &Path) -> Option<Directory> {
    let wanted = if membership.is_unified() { 2 } else { 1 };
    open(path).ok().and_then(|(root, version)| (version == Some(wanted)).then_some(root))
}

/// Finds mounts of `unseen` hierarchies in the table of mounts; what is not mounted is left out.
fn find_mounts(unseen: Vec<Membership>, list: &mut Vec<Hierarchy>) -> Result<(), HierarchiesError> {
    let table = read_own("mountinfo")?;
    let mut mounts = Vec::new();
    for mount in mountinfo::parse(&table) {
        let mount = mount.map_err(|source| HierarchiesError::Mounts { source })?;
        if matches!(mount.fs_type.as_bytes(), b"cgroup" | b"cgroup2") {
            mounts.push(mount);
        }
    }
    for membership in unseen {
        let found = mounts
            .iter()
            .filter(|mount| membership.is_in(mount))
            .find_map(|mount| open_as(&membership, Path::new(&mount.mount_point)));
        if let Some(root) = found {
            list.push(membership.at(root));
        }
    }
    // The unified hierarchy stays last.
    list.sort_by_key(|hierarchy| hierarchy.version == Version::V2);
    Ok(())
}

/// Reads a file of `/proc/self`.
fn read_own(file: &'static str) -> Result<Vec<u8>, HierarchiesError> {
    let proc = ProcDir::open().map_err(|source| HierarchiesError::Proc { source })?;
    let path = Path::new("self").join(file);
    rustix::fs::openat(&proc, &path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .and_then(|file| read_whole(std::os::fd::AsFd::as_fd(&file)))
        .map_err(|source| HierarchiesError::Read { file, source })
}

/// Reads `text` as `/proc/PID/cgroup` and as a table of mounts.
#[cfg(fuzzing)]
pub(crate) fn read_memberships(text: &[u8]) {
    let found = Membership::parse_all(text).unwrap_or_default();
    for membership in &found {
        assert!(membership.conventional().all(|path| path.parent() == Some(Path::new(MOUNT))));
        for mount in mountinfo::parse(text).flatten() {
            let _ = membership.is_in(&mount);
        }
    }
}

/// The components of a path as the kernel shows it.
fn split(path: &[u8]) -> impl Iterator<Item = &OsStr> {
    path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).map(OsStr::from_bytes)
}
