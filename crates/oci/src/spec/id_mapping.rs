//! Blocks of ids.

use insula_ns::idmap::Extent;
use serde::{Deserialize, Serialize};

/// A block of ids, of a user namespace or of a mount: `config-linux.md`, "User namespace mappings"; `config.md`, "Mounts".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdMapping {
    /// The first id inside.
    #[serde(rename = "containerID")]
    pub container_id: u32,
    /// The first id outside.
    #[serde(rename = "hostID")]
    pub host_id: u32,
    /// How many ids.
    pub size: u32,
}

impl From<IdMapping> for Extent {
    fn from(mapping: IdMapping) -> Self {
        Self { inside: mapping.container_id, outside: mapping.host_id, count: mapping.size }
    }
}
