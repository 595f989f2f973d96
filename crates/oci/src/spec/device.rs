//! `linux.devices`, `linux.netDevices` and `linux.resources.devices`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::absent;

/// A device node that the container has: `config-linux.md`, "Devices".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Where it is, an absolute path inside the container.
    pub path: PathBuf,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: DeviceType,
    /// The major number; a FIFO has none.
    #[serde(default)]
    pub major: i64,
    /// The minor number.
    #[serde(default)]
    pub minor: i64,
    /// The permission bits; 0o666 if they are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_mode: Option<u32>,
    /// The owner, in ids of the container; root if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// The group; root's if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
}

/// What `mknod(1)` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceType {
    /// A character device; `u` is the same.
    #[serde(rename = "c", alias = "u")]
    Character,
    /// A block device.
    #[serde(rename = "b")]
    Block,
    /// A FIFO.
    #[serde(rename = "p")]
    Fifo,
}

/// A network interface of the runtime's that is moved into the container: `config-linux.md`, "Network Devices".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetDevice {
    /// Its name there; without, it keeps its own.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Which devices may be used; a later rule counts more: `config-linux.md`, "Allowed Device list".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRule {
    /// Whether they may, or may not.
    #[serde(default)]
    pub allow: bool,
    /// Of what type.
    #[serde(
        rename = "type",
        default,
        deserialize_with = "absent::or_null",
        skip_serializing_if = "RuleType::is_all"
    )]
    pub kind: RuleType,
    /// The major number; without or -1, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub major: Option<i64>,
    /// The minor number; without or -1, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minor: Option<i64>,
    /// `r` read, `w` write, `m` make the node; any of them together.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "String::is_empty")]
    pub access: String,
}

/// The devices that a rule is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuleType {
    /// Both.
    #[default]
    #[serde(rename = "a", alias = "")]
    All,
    /// Character devices.
    #[serde(rename = "c")]
    Character,
    /// Block devices.
    #[serde(rename = "b")]
    Block,
}

impl RuleType {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    fn is_all(&self) -> bool {
        *self == Self::All
    }
}
