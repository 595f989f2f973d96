//! `linux.intelRdt`.

use serde::{Deserialize, Serialize};

use super::absent;

/// Shares of caches and memory bandwidth: `config-linux.md`, "IntelRdt", and the kernel's `resctrl.rst`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntelRdt {
    /// The class of service, a directory of resctrl; without, one named after the container is made. `/` is the one of all
    /// processes that are in no other.
    #[serde(
        default,
        rename = "closID",
        deserialize_with = "absent::or_empty",
        skip_serializing_if = "Option::is_none"
    )]
    pub clos_id: Option<String>,
    /// The lines of its file `schemata`, written after the two below.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub schemata: Vec<String>,
    /// The line for the third-level cache, `L3:0=ff;1=f`. There may be more lines.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub l3_cache_schema: Option<String>,
    /// The line for memory bandwidth, `MB:0=20;1=70`.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub mem_bw_schema: Option<String>,
    /// Whether a monitoring group is made for the container.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "std::ops::Not::not")]
    pub enable_monitoring: bool,
}
