//! A configuration to begin with, as `spec` prints it: that of runc.

use std::collections::BTreeMap;
use std::path::PathBuf;

use insula_ns::Kind;

use super::{
    Capabilities, DeviceRule, Hooks, IdMapping, Linux, Mount, Namespace, Process, Resources, Rlimit,
    RlimitType, Root, Spec, User,
};

/// What is mounted: where, of which type, from where, and how.
const MOUNTS: [(&str, &str, &str, &str); 7] = [
    ("/proc", "proc", "proc", ""),
    ("/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"),
    ("/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"),
    ("/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k"),
    ("/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"),
    ("/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro"),
    ("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro"),
];

/// What tells of the machine, or changes it, and belongs to no namespace.
const MASKED: [&str; 10] = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/sys/firmware",
    "/proc/scsi",
];

const READONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

const CAPABILITIES: [&str; 3] = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

impl Spec {
    /// A shell in `rootfs`, in new namespaces of all kinds but user, time and cgroup.
    #[must_use]
    pub fn example() -> Self {
        let kinds = [Kind::Pid, Kind::Net, Kind::Ipc, Kind::Uts, Kind::Mnt];
        let nothing = DeviceRule { access: "rwm".to_owned(), ..DeviceRule::default() };
        Self {
            oci_version: crate::VERSION.to_owned(),
            process: Some(process()),
            root: Some(Root { path: PathBuf::from("rootfs"), readonly: true }),
            hostname: Some("insula".to_owned()),
            domainname: None,
            mounts: MOUNTS.map(|(at, kind, source, options)| mount(at, kind, source, options)).into(),
            hooks: Hooks::default(),
            annotations: BTreeMap::new(),
            linux: Linux {
                resources: Some(Resources { devices: vec![nothing], ..Resources::default() }),
                namespaces: kinds.map(|kind| Namespace { kind, path: None }).into(),
                masked_paths: MASKED.map(PathBuf::from).into(),
                readonly_paths: READONLY.map(PathBuf::from).into(),
                ..Linux::default()
            },
        }
    }

    /// The same for a user who is not root: this user and group are root in a new user namespace, the network is the
    /// host's, and nothing is limited.
    #[must_use]
    pub fn rootless_example(uid: u32, gid: u32) -> Self {
        let mut spec = Self::example();
        let linux = &mut spec.linux;
        linux.resources = None;
        linux.namespaces.retain(|namespace| namespace.kind != Kind::Net);
        linux.namespaces.push(Namespace { kind: Kind::User, path: None });
        linux.uid_mappings = vec![IdMapping { container_id: 0, host_id: uid, size: 1 }];
        linux.gid_mappings = vec![IdMapping { container_id: 0, host_id: gid, size: 1 }];
        for mount in &mut spec.mounts {
            // The group is not in the map.
            mount.options.retain(|option| option != "gid=5");
            if mount.destination.as_os_str() == "/sys" {
                // Without a network namespace of one's own there is no right to a new sysfs.
                *mount = self::mount("/sys", "none", "/sys", "rbind,nosuid,noexec,nodev,ro");
            }
        }
        spec
    }
}

fn process() -> Process {
    let names = || CAPABILITIES.map(String::from).to_vec();
    Process {
        terminal: true,
        user: User::default(),
        args: vec!["sh".to_owned()],
        env: vec![
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
            "TERM=xterm".to_owned(),
        ],
        cwd: PathBuf::from("/"),
        capabilities: Some(Capabilities {
            bounding: names(),
            effective: names(),
            inheritable: Vec::new(),
            permitted: names(),
            ambient: names(),
        }),
        rlimits: vec![Rlimit { resource: RlimitType::Nofile, hard: 1024, soft: 1024 }],
        no_new_privileges: true,
        ..Process::default()
    }
}

fn mount(destination: &str, file_system: &str, source: &str, options: &str) -> Mount {
    Mount {
        destination: PathBuf::from(destination),
        file_system: Some(file_system.to_owned()),
        source: Some(source.to_owned()),
        options: options.split(',').filter(|option| !option.is_empty()).map(String::from).collect(),
        ..Mount::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, to_value};

    use super::*;

    /// What runc 1.1.5 prints, with our version and name.
    fn of_runc(text: &str) -> Value {
        let mut config: Value = serde_json::from_str(text).unwrap();
        config["ociVersion"] = crate::VERSION.into();
        config["hostname"] = "insula".into();
        config
    }

    #[test]
    fn examples_are_those_of_runc() {
        let runc = of_runc(include_str!("../../tests/fixtures/runc-spec.json"));
        assert_eq!(to_value(Spec::example()).unwrap(), runc);
        let runc = of_runc(include_str!("../../tests/fixtures/runc-spec-rootless.json"));
        assert_eq!(to_value(Spec::rootless_example(0, 0)).unwrap(), runc);
    }

    #[test]
    fn examples_are_valid() {
        assert_eq!(Spec::example().validate(), Ok(Vec::new()));
        assert_eq!(Spec::rootless_example(1000, 100).validate(), Ok(Vec::new()));
    }
}
