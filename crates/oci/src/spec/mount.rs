//! `mounts`: what is mounted in the root.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{IdMapping, absent};

/// Something that is mounted in the root: `config.md`, "Mounts".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mount {
    /// Where, inside the container. A relative path starts at `/`, as runc has it.
    pub destination: PathBuf,
    /// The type of file system; bind mounts say so in their options, or here.
    #[serde(
        default,
        rename = "type",
        deserialize_with = "absent::or_empty",
        skip_serializing_if = "Option::is_none"
    )]
    pub file_system: Option<String>,
    /// A device, a name, or for a bind mount a path, which starts at the bundle if it is relative.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Options as in `fstab(5)`.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The user ids of an id-mapped mount: `containerID` is that of the file system, `hostID` what is seen.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub uid_mappings: Vec<IdMapping>,
    /// Its group ids.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub gid_mappings: Vec<IdMapping>,
}
