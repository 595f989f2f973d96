//! `linux.personality`.

use serde::{Deserialize, Serialize};

use super::absent;

/// The execution domain of the process: `config-linux.md`, "Personality", and `personality(2)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personality {
    /// The domain.
    pub domain: Domain,
    /// Flags, of which the specification defines none.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

/// An execution domain, with its number in `linux/personality.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Domain {
    /// The machine as it is: `PER_LINUX`.
    Linux = 0,
    /// `uname(2)` tells of the 32-bit machine: `PER_LINUX32`.
    Linux32 = 8,
}
