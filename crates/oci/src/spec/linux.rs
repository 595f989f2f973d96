//! `linux`: what only Linux has.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    Clock, Device, IdMapping, IntelRdt, MemoryPolicy, Namespace, NetDevice, Personality, Propagation,
    Resources, Seccomp, TimeOffset, absent, propagation,
};

/// The part of the configuration that only Linux has: `config-linux.md`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Linux {
    /// The user ids of a new user namespace: "User namespace mappings".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub uid_mappings: Vec<IdMapping>,
    /// Its group ids.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub gid_mappings: Vec<IdMapping>,
    /// Kernel parameters by name: "Sysctl".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "BTreeMap::is_empty")]
    pub sysctl: BTreeMap<String, String>,
    /// Limits of the control group: "Control groups".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// The control group: "Cgroups Path". With systemd `SLICE:PREFIX:NAME`.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub cgroups_path: Option<String>,
    /// The namespaces; of a kind that is missing the container has the runtime's: "Namespaces".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<Namespace>,
    /// Device nodes: "Devices".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// Network interfaces that move in, by their names outside: "Network Devices".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "BTreeMap::is_empty")]
    pub net_devices: BTreeMap<String, NetDevice>,
    /// The system-call filter: "Seccomp".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seccomp: Option<Seccomp>,
    /// The propagation of the root: "Rootfs Mount Propagation".
    #[serde(default, deserialize_with = "propagation::or_empty", skip_serializing_if = "Option::is_none")]
    pub rootfs_propagation: Option<Propagation>,
    /// Paths whose content is hidden: "Masked Paths".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub masked_paths: Vec<PathBuf>,
    /// Paths that cannot be written to: "Readonly Paths".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub readonly_paths: Vec<PathBuf>,
    /// The SELinux context of the mounts: "Mount Label".
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub mount_label: Option<String>,
    /// Shares of caches and memory bandwidth: "IntelRdt".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intel_rdt: Option<IntelRdt>,
    /// From which NUMA nodes memory comes: "Memory policy".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_policy: Option<MemoryPolicy>,
    /// The execution domain: "Personality".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personality: Option<Personality>,
    /// The clocks of a new time namespace: "Offset for Time Namespace".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "BTreeMap::is_empty")]
    pub time_offsets: BTreeMap<Clock, TimeOffset>,
}
