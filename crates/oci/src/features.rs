//! What this runtime can do, whatever the kernel at hand can: `features.md` and `features-linux.md`.

use std::collections::BTreeMap;

use insula_sandbox::capability::CapabilitySet;
use serde::Serialize;

use crate::VERSION;
use crate::spec::{
    Action, Architecture, FilterFlag, Hooks, MemoryPolicyFlag, MemoryPolicyMode, MountOptions, Operator,
};

/// The features document: `features.md`. What is left out is unknown, and nothing here is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Features {
    /// The oldest version of the specification that is understood.
    pub oci_version_min: &'static str,
    /// The newest.
    pub oci_version_max: &'static str,
    /// The hooks that are run.
    pub hooks: Vec<&'static str>,
    /// The options of mounts that mean something to the runtime.
    pub mount_options: Vec<String>,
    /// What only Linux has.
    pub linux: LinuxFeatures,
    /// What else is told of the runtime.
    pub annotations: BTreeMap<&'static str, &'static str>,
    /// Annotations of a configuration that change what the runtime does, so that nobody should take them from strangers.
    pub potentially_unsafe_config_annotations: Vec<&'static str>,
}

/// What only Linux has: `features-linux.md`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinuxFeatures {
    /// The kinds of namespaces.
    pub namespaces: [&'static str; 8],
    /// The capabilities that have names here.
    pub capabilities: Vec<String>,
    /// Control groups.
    pub cgroup: CgroupFeatures,
    /// Filters of system calls.
    pub seccomp: SeccompFeatures,
    /// AppArmor profiles.
    pub apparmor: Enabled,
    /// SELinux labels.
    pub selinux: Enabled,
    /// Shares of caches and memory bandwidth.
    pub intel_rdt: IntelRdtFeatures,
    /// Policies of memory.
    pub memory_policy: MemoryPolicyFeatures,
    /// Extensions of mounts.
    pub mount_extensions: MountExtensions,
    /// Network interfaces that move in.
    pub net_devices: Enabled,
}

/// Whether there is something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Enabled {
    /// Whether there is.
    pub enabled: bool,
}

/// Which control groups: `features-linux.md`, "Cgroup".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "a document of the specification, which has them")]
pub struct CgroupFeatures {
    /// Version 1.
    pub v1: bool,
    /// Version 2.
    pub v2: bool,
    /// Those that the system's systemd makes.
    pub systemd: bool,
    /// Those that a user's systemd makes.
    pub systemd_user: bool,
    /// The controller `rdma`.
    pub rdma: bool,
}

/// Filters of system calls: `features-linux.md`, "Seccomp".
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeccompFeatures {
    /// Whether there are any.
    pub enabled: bool,
    /// What can happen to a call.
    pub actions: Vec<Action>,
    /// How arguments are compared.
    pub operators: Vec<Operator>,
    /// For which architectures.
    #[serde(rename = "archs")]
    pub architectures: Vec<Architecture>,
    /// Flags that are known.
    pub known_flags: Vec<FilterFlag>,
    /// Those of them that are passed on to the kernel.
    pub supported_flags: Vec<FilterFlag>,
}

impl SeccompFeatures {
    /// All that configurations can say.
    #[must_use]
    pub fn complete() -> Self {
        use FilterFlag::{Log, SpecAllow, WaitKillableRecv};
        use Operator::{Equal, GreaterOrEqual, GreaterThan, LessOrEqual, LessThan, MaskedEqual, NotEqual};
        let flags = vec![Log, SpecAllow, WaitKillableRecv];
        Self {
            enabled: true,
            actions: Action::ALL.into(),
            operators: vec![NotEqual, LessThan, LessOrEqual, Equal, GreaterOrEqual, GreaterThan, MaskedEqual],
            architectures: Architecture::ALL.into(),
            known_flags: flags.clone(),
            supported_flags: flags,
        }
    }
}

/// Shares of caches and memory bandwidth: `features-linux.md`, "Intel RDT".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IntelRdtFeatures {
    /// Whether there are any.
    pub enabled: bool,
    /// Whether `schemata` is honoured.
    pub schemata: bool,
    /// Whether `enableMonitoring` is.
    pub monitoring: bool,
}

/// Policies of memory: `features-linux.md`, "MemoryPolicy".
#[derive(Clone, Debug, Default, Serialize)]
pub struct MemoryPolicyFeatures {
    /// The modes.
    pub modes: Vec<MemoryPolicyMode>,
    /// Their flags.
    pub flags: Vec<MemoryPolicyFlag>,
}

/// Extensions of mounts: `features-linux.md`, "MountExtensions".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MountExtensions {
    /// Mounts with ids of their own.
    pub idmap: Enabled,
}

/// What the parts of the runtime can do that are made elsewhere. The rest of the document follows from [`spec`](crate::spec).
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a part of its own, and any of them can be missing"
)]
pub struct Support {
    /// Control groups.
    pub cgroup: CgroupFeatures,
    /// Filters of system calls.
    pub seccomp: SeccompFeatures,
    /// Shares of caches and memory bandwidth.
    pub intel_rdt: IntelRdtFeatures,
    /// Whether AppArmor profiles are set.
    pub apparmor: bool,
    /// Whether SELinux labels are.
    pub selinux: bool,
    /// Whether policies of memory are.
    pub memory_policy: bool,
    /// Whether mounts are id-mapped.
    pub id_mapped_mounts: bool,
    /// Whether network interfaces are moved.
    pub net_devices: bool,
    /// Whether a container can be written down and restored.
    pub checkpoint: bool,
    /// Annotations that change what the runtime does.
    pub unsafe_annotations: Vec<&'static str>,
}

/// The specification's names of the kinds of namespaces.
const NAMESPACES: [&str; 8] = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"];

impl Features {
    /// The document for what is there.
    #[must_use]
    pub fn new(support: Support) -> Self {
        use MemoryPolicyFlag::{NumaBalancing, RelativeNodes, StaticNodes};
        use MemoryPolicyMode::{
            Bind, Default, Interleave, Local, Preferred, PreferredMany, WeightedInterleave,
        };
        let memory_policy = if support.memory_policy {
            MemoryPolicyFeatures {
                modes: vec![Default, Bind, Interleave, WeightedInterleave, Preferred, PreferredMany, Local],
                flags: vec![NumaBalancing, RelativeNodes, StaticNodes],
            }
        } else {
            MemoryPolicyFeatures::default()
        };
        let checkpoint = if support.checkpoint { "true" } else { "false" };
        Self {
            oci_version_min: "1.0.0",
            oci_version_max: VERSION,
            hooks: Hooks::default().named().map(|(name, _)| name).into(),
            mount_options: MountOptions::known(),
            linux: LinuxFeatures {
                namespaces: NAMESPACES,
                capabilities: CapabilitySet::ALL
                    .iter()
                    .map(|one| one.to_string().to_ascii_uppercase())
                    .collect(),
                cgroup: support.cgroup,
                seccomp: support.seccomp,
                apparmor: Enabled { enabled: support.apparmor },
                selinux: Enabled { enabled: support.selinux },
                intel_rdt: support.intel_rdt,
                memory_policy,
                mount_extensions: MountExtensions { idmap: Enabled { enabled: support.id_mapped_mounts } },
                net_devices: Enabled { enabled: support.net_devices },
            },
            annotations: BTreeMap::from([
                ("insula.version", env!("CARGO_PKG_VERSION")),
                // Engines ask for this one before they offer checkpoints.
                ("org.opencontainers.runc.checkpoint.enabled", checkpoint),
            ]),
            potentially_unsafe_config_annotations: support.unsafe_annotations,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::spec::{Capabilities, Spec};

    fn document(support: Support) -> Value {
        serde_json::to_value(Features::new(support)).unwrap()
    }

    fn words(value: &Value) -> Vec<&str> {
        value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
    }

    /// What runc 1.1.5 lists and we do not: it took file systems' options for its own.
    const NOT_OURS: [&str; 2] = ["acl", "noacl"];

    #[test]
    fn what_runc_lists_is_listed() {
        let runc: Value = serde_json::from_str(include_str!("../tests/fixtures/runc-features.json")).unwrap();
        let ours = document(Support::default());
        for pointer in ["/hooks", "/mountOptions", "/linux/namespaces", "/linux/capabilities"] {
            let (ours, runc) = (words(ours.pointer(pointer).unwrap()), words(runc.pointer(pointer).unwrap()));
            for word in runc.into_iter().filter(|word| !NOT_OURS.contains(word)) {
                assert!(ours.contains(&word), "{pointer}: {word}");
            }
        }
    }

    #[test]
    fn what_is_listed_is_understood() {
        let ours = document(Support { memory_policy: true, ..Support::default() });
        for kind in words(&ours["linux"]["namespaces"]) {
            let config = json!({"ociVersion": "1.0.0", "linux": {"namespaces": [{"type": kind}]}});
            assert!(Spec::parse(config.to_string().as_bytes()).is_ok(), "{kind}");
        }
        for name in words(&ours["linux"]["capabilities"]) {
            assert!(Capabilities::by_name(name).is_some(), "{name}");
        }
        assert_eq!(words(&ours["linux"]["memoryPolicy"]["modes"]).len(), 7);
        for version in ["ociVersionMin", "ociVersionMax"] {
            let mut spec = Spec::example();
            spec.oci_version = ours[version].as_str().unwrap().to_owned();
            assert_eq!(spec.validate(), Ok(Vec::new()));
        }
    }

    #[test]
    fn every_filter_of_runc_can_be_described() {
        let runc: Value = serde_json::from_str(include_str!("../tests/fixtures/runc-features.json")).unwrap();
        let ours = document(Support { seccomp: SeccompFeatures::complete(), ..Support::default() });
        for key in ["actions", "operators", "archs"] {
            let (ours, runc) = (words(&ours["linux"]["seccomp"][key]), words(&runc["linux"]["seccomp"][key]));
            assert!(runc.iter().all(|word| ours.contains(word)), "{key}: {ours:?}");
            let mut once = ours.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), ours.len(), "{key}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_promised() {
        let ours = document(Support::default());
        assert_eq!(ours["linux"]["seccomp"]["enabled"], false);
        assert_eq!(ours["linux"]["cgroup"]["systemd"], false);
        assert_eq!(ours["linux"]["memoryPolicy"], json!({"modes": [], "flags": []}));
        assert_eq!(ours["annotations"]["org.opencontainers.runc.checkpoint.enabled"], "false");
    }
}
