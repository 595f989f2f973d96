//! Why a command has no control group of its own.

use std::path::PathBuf;

use insula_cgroup::systemd::SystemdError;
use insula_cgroup::{
    CgroupError, CgroupPath, CgroupPathError, CreateError, EndError, FileError, HierarchiesError, SetError,
};

use crate::store::{PathError, StoreError};

/// Why a command has no control group of its own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// Nobody has let the caller make groups where it would.
    #[error("cannot make a control group for the command: no place for one is delegated to this user")]
    NotDelegated {
        /// The group.
        group: CgroupPath,
        /// Why systemd did not give one, if it was asked.
        systemd: Option<Box<SystemdError>>,
    },
    /// It is there already, and would have to be limited.
    #[error("the control group `{group}` is there already: its limits are not ours to set")]
    Exists {
        /// The group.
        group: CgroupPath,
    },
    /// The hierarchies of control groups.
    #[error(transparent)]
    Hierarchies(#[from] HierarchiesError),
    /// The path of a group.
    #[error(transparent)]
    CgroupPath(#[from] CgroupPathError),
    /// A group was not opened.
    #[error(transparent)]
    Open(#[from] CgroupError),
    /// A group was not made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// A limit was not set.
    #[error(transparent)]
    Limit(#[from] SetError),
    /// A file of a group.
    #[error(transparent)]
    File(#[from] FileError),
    /// A group did not end.
    #[error("cannot take away the control group of the command")]
    End(#[from] EndError),
    /// A scope of systemd.
    #[error(transparent)]
    Systemd(Box<SystemdError>),
    /// The caller was not moved to its part of a scope.
    #[error("cannot move this process to its scope")]
    Move(#[source] FileError),
    /// The store of records.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A record is not what this code writes.
    #[error("`{}` is no record of a control group", path.display())]
    Record {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A record was written by another version of Insula.
    #[error("`{}` has version {version} of the format, which is not understood", path.display())]
    Version {
        /// Its file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
}

impl From<SystemdError> for GroupError {
    fn from(source: SystemdError) -> Self {
        Self::Systemd(Box::new(source))
    }
}
