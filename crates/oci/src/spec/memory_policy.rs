//! `linux.memoryPolicy`.

use serde::{Deserialize, Serialize};

use super::absent;

/// From which NUMA nodes the process gets memory: `config-linux.md`, "Memory policy", and `set_mempolicy(2)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryPolicy {
    /// The policy.
    pub mode: MemoryPolicyMode,
    /// The nodes, `0-3,7`; some modes take none.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub nodes: Option<String>,
    /// Flags of the mode.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<MemoryPolicyFlag>,
}

/// A mode of `set_mempolicy(2)`, with its number in `linux/mempolicy.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names of set_mempolicy(2), which explains them")]
pub enum MemoryPolicyMode {
    #[serde(rename = "MPOL_DEFAULT")]
    Default = 0,
    #[serde(rename = "MPOL_PREFERRED")]
    Preferred = 1,
    #[serde(rename = "MPOL_BIND")]
    Bind = 2,
    #[serde(rename = "MPOL_INTERLEAVE")]
    Interleave = 3,
    #[serde(rename = "MPOL_LOCAL")]
    Local = 4,
    #[serde(rename = "MPOL_PREFERRED_MANY")]
    PreferredMany = 5,
    #[serde(rename = "MPOL_WEIGHTED_INTERLEAVE")]
    WeightedInterleave = 6,
}

/// A flag of a mode, with its bit in `linux/mempolicy.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u16)]
#[expect(missing_docs, reason = "the names of set_mempolicy(2), which explains them")]
pub enum MemoryPolicyFlag {
    #[serde(rename = "MPOL_F_NUMA_BALANCING")]
    NumaBalancing = 1 << 13,
    #[serde(rename = "MPOL_F_RELATIVE_NODES")]
    RelativeNodes = 1 << 14,
    #[serde(rename = "MPOL_F_STATIC_NODES")]
    StaticNodes = 1 << 15,
}
