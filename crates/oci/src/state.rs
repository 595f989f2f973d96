//! What is known of a container: its status, what others are told of it, and the record that is kept on disk.

mod created;
mod record;
mod report;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use created::{Created, ParseCreatedError};
pub(crate) use record::write_all;
pub use record::{CgroupDriver, CgroupRecord, Record, RecordError, Step};
pub use report::{HookState, Report};

/// Where a container is in its life: `runtime.md`, "State"; `paused` is runc's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is being made.
    Creating,
    /// It is made, and its program not yet executed.
    Created,
    /// Its program has been executed and has not ended.
    Running,
    /// Its processes are frozen.
    Paused,
    /// Its first process has ended.
    Stopped,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Creating => "creating",
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        })
    }
}
