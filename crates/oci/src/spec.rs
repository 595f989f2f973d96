//! `config.json`: the container configuration of the runtime specification, `config.md` and `config-linux.md`.
//!
//! One file for each section. What those documents REQUIRE must be there, save what runc takes as zero (ids, device
//! numbers); `null` and the empty string stand for what is not there, as Go writes it. Keys that nobody knows are passed
//! over, as `config.md`, "Extensibility", demands; a value that is none of a closed set is an error.

mod absent;
mod block_io;
mod capabilities;
mod device;
mod error;
mod example;
mod hooks;
mod id_mapping;
mod intel_rdt;
mod linux;
mod memory_policy;
mod mount;
mod mount_options;
mod namespace;
mod personality;
mod process;
mod propagation;
mod resources;
mod rlimit;
mod scheduler;
mod seccomp;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use block_io::{BlockIo, Throttle, Weight};
pub use capabilities::Capabilities;
pub use device::{Device, DeviceRule, DeviceType, NetDevice, RuleType};
pub use error::{KeyPath, SpecError};
pub use hooks::{Hook, Hooks};
pub use id_mapping::IdMapping;
pub use intel_rdt::IntelRdt;
pub use linux::Linux;
pub use memory_policy::{MemoryPolicy, MemoryPolicyFlag, MemoryPolicyMode};
pub use mount::Mount;
pub use mount_options::{AttributeChange, Binding, FileSystemFlags, Mapped, MountOptions, attribute};
pub use namespace::{Clock, Namespace, TimeOffset};
pub use personality::{Domain, Personality};
pub use process::{ConsoleSize, CpuAffinity, IoClass, IoPriority, Process, User};
pub use propagation::{Propagation, PropagationType};
pub use resources::{Cpu, HugepageLimit, InterfacePriority, Memory, Network, Pids, Rdma, Resources};
pub use rlimit::{Rlimit, RlimitType};
pub use scheduler::{Scheduler, SchedulerFlag, SchedulerPolicy};
pub use seccomp::{Action, Architecture, Argument, FilterFlag, Operator, Seccomp, Syscall};

/// The whole of `config.json`: `config.md`.
///
/// The keys of other platforms (`solaris`, `windows`, `vm`, `zos`, `freebsd`) are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    /// The version of the specification that the bundle complies with.
    pub oci_version: String,
    /// What is run: "Process".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
    /// The root file system: "Root".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Root>,
    /// The host name: "Hostname".
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The NIS domain name: "Domainname".
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub domainname: Option<String>,
    /// What is mounted in the root, in order: "Mounts".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// Programs that are run along the container's life: "POSIX-platform Hooks".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Hooks::is_empty")]
    pub hooks: Hooks,
    /// Metadata by key: "Annotations".
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What only Linux has: `config-linux.md`.
    #[serde(default, deserialize_with = "absent::or_null")]
    pub linux: Linux,
}

/// The root file system: `config.md`, "Root".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Its directory; a relative path starts at the bundle.
    pub path: PathBuf,
    /// Whether the container may not write to it.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "std::ops::Not::not")]
    pub readonly: bool,
}

impl Spec {
    /// Parses the content of `config.json`.
    ///
    /// # Errors
    /// [`SpecError`], with the path of the key, the line and the column.
    pub fn parse(text: &[u8]) -> Result<Self, SpecError> {
        error::parse(text)
    }
}

impl Process {
    /// Parses the content of a file as `exec --process` takes it: the `process` object alone.
    ///
    /// # Errors
    /// As [`Spec::parse`].
    pub fn parse(text: &[u8]) -> Result<Self, SpecError> {
        error::parse(text)
    }
}

impl Resources {
    /// Parses the content of a file as `update --resources` takes it: the `linux.resources` object alone.
    ///
    /// # Errors
    /// As [`Spec::parse`].
    pub fn parse(text: &[u8]) -> Result<Self, SpecError> {
        error::parse(text)
    }
}
