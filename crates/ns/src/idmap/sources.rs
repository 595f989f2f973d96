//! Where the machine says which ids there are and who may map them.

use std::ffi::CString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::helper::{HelperError, find_helper};
use super::map::{IdMap, ParseMapError};
use super::subid::{SubIdError, SubIds};

/// Which of the two maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// User ids.
    Uid,
    /// Group ids.
    Gid,
}

impl IdKind {
    /// The program that writes this map for an ordinary user.
    #[must_use]
    pub const fn helper(self) -> &'static str {
        match self {
            Self::Uid => "newuidmap",
            Self::Gid => "newgidmap",
        }
    }

    /// The file in `/proc/PID` that holds this map.
    #[must_use]
    pub const fn map_file(self) -> &'static str {
        match self {
            Self::Uid => "uid_map",
            Self::Gid => "gid_map",
        }
    }
}

impl fmt::Display for IdKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Uid => "user",
            Self::Gid => "group",
        })
    }
}

/// The files and programs that are asked, each only when an answer needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdSources {
    /// `passwd(5)`: under which name a user's ranges stand.
    pub passwd: PathBuf,
    /// `subuid(5)`.
    pub subuid: PathBuf,
    /// `subgid(5)`.
    pub subgid: PathBuf,
    /// `nsswitch.conf(5)`, whose line `subid:` may send us to `getsubids` instead of the two files.
    pub nsswitch: PathBuf,
    /// The directory with `uid_map` and `gid_map` of the user namespace that will be the parent.
    pub parent: PathBuf,
    /// Where `newuidmap(1)`, `newgidmap(1)` and `getsubids(1)` are looked for, in this order.
    pub path: Vec<PathBuf>,
}

impl IdSources {
    /// Those of this machine and process: `/etc`, `/proc/self`, and `PATH` followed by the usual directories.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let given = std::env::var_os("PATH").unwrap_or_default();
        let usual = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(PathBuf::from);
        let path: Vec<PathBuf> =
            std::env::split_paths(&given).filter(|entry| entry.is_absolute()).chain(usual).collect();
        Self {
            passwd: "/etc/passwd".into(),
            subuid: "/etc/subuid".into(),
            subgid: "/etc/subgid".into(),
            nsswitch: "/etc/nsswitch.conf".into(),
            parent: "/proc/self".into(),
            path,
        }
    }

    /// `getsubids(1)`; in the last directory of the path, if it is in none.
    #[must_use]
    pub fn getsubids(&self) -> PathBuf {
        let mut places = self.path.iter().map(|entry| entry.join("getsubids"));
        let last = self.path.last().map(|entry| entry.join("getsubids")).unwrap_or_default();
        places.find(|file| file.exists()).unwrap_or(last)
    }

    /// The ranges of ids that the user `uid` has been granted, wherever this machine keeps them.
    ///
    /// # Errors
    /// [`SubIdError`], also where there are none.
    pub fn subids(&self, kind: IdKind, uid: u32) -> Result<SubIds, SubIdError> {
        SubIds::of(self, kind, uid)
    }

    /// The file with the ranges of this kind of id.
    #[must_use]
    pub fn subid_file(&self, kind: IdKind) -> &Path {
        match kind {
            IdKind::Uid => &self.subuid,
            IdKind::Gid => &self.subgid,
        }
    }

    /// The program that writes this kind of map, known to have the privilege it needs.
    ///
    /// # Errors
    /// [`HelperError`]: it isn't there, or can't do it.
    pub fn helper(&self, kind: IdKind) -> Result<CString, HelperError> {
        find_helper(kind, &self.path)
    }

    /// The map of the user namespace that will be the parent: what exists there are its inside ids.
    ///
    /// # Errors
    /// [`ParentMapError`] if `/proc` isn't there or says something strange.
    pub fn parent_map(&self, kind: IdKind) -> Result<IdMap, ParentMapError> {
        let path = self.parent.join(kind.map_file());
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(ParentMapError::Read { path, source }),
        };
        IdMap::from_proc(&text).map_err(|source| ParentMapError::Parse { path, source })
    }

    /// Whether `setgroups(2)` is denied in the parent, which its children inherit. A kernel before 3.19 has no file.
    pub(super) fn parent_denies_setgroups(&self) -> bool {
        std::fs::read(self.parent.join("setgroups")).is_ok_and(|text| text.trim_ascii() == b"deny")
    }
}

/// The parent's map, which bounds ours, could not be learnt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParentMapError {
    /// The file can't be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file isn't what the kernel writes.
    #[error("`{}` is not an id map", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: ParseMapError,
    },
}
