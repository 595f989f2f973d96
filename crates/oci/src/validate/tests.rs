use serde_json::{Value, json};

use crate::spec::Spec;

/// What `runc spec` prints.
const RUNC: &str = include_str!("../../tests/fixtures/runc-spec.json");

/// The message about runc's configuration with `value` at `pointer`; empty if it is accepted.
fn refusal(changes: &[(&str, Value)]) -> String {
    let mut config: Value = serde_json::from_str(RUNC).unwrap();
    for (pointer, value) in changes {
        put(&mut config, pointer, value.clone());
    }
    let spec = Spec::parse(config.to_string().as_bytes()).unwrap();
    spec.validate().err().map_or(String::new(), |error| error.to_string())
}

/// Puts a value where a pointer says, through objects that are made on the way; `null` removes.
fn put(config: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let mut at = config;
    for part in parent.split('/').skip(1) {
        at = match at {
            Value::Array(array) => &mut array[part.parse::<usize>().unwrap()],
            other => &mut other[part],
        };
    }
    match at {
        Value::Array(array) if key == "-" => array.push(value),
        Value::Array(array) => array[key.parse::<usize>().unwrap()] = value,
        other => other[key] = value,
    }
}

#[track_caller]
fn refused(changes: &[(&str, Value)], message: &str) {
    assert_eq!(refusal(changes), message, "{changes:?}");
}

#[track_caller]
fn accepted(changes: &[(&str, Value)]) {
    refused(changes, "");
}

const NO_NAMESPACES: (&str, Value) = ("/linux/namespaces", Value::Null);
/// So that nothing needs a mount namespace.
const NO_PATHS: [(&str, Value); 2] =
    [("/linux/maskedPaths", Value::Null), ("/linux/readonlyPaths", Value::Null)];

#[test]
fn configurations_of_runc_and_crun_are_accepted_without_a_warning() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    for name in [
        "runc-spec",
        "runc-spec-rootless",
        "crun-spec",
        "crun-spec-rootless",
        "docker",
        "podman",
        "cri",
        "everything",
    ] {
        let text = std::fs::read(format!("{directory}/{name}.json")).unwrap();
        assert_eq!(Spec::parse(&text).unwrap().validate(), Ok(Vec::new()), "{name}");
    }
}

#[test]
fn versions_of_one_major_number_are_understood() {
    for version in ["1.0.0", "1.0.2-dev", "1.3.0", "1.99.0+x", "1.0.0-rc5"] {
        accepted(&[("/ociVersion", json!(version))]);
    }
    refused(&[("/ociVersion", json!("2.0.0"))], "`ociVersion` is `2.0.0`, and must be 1.x");
    for version in ["", "1", "1.0", "1.0.0.0", "1..0", "1.a.0", "v1.0.0", "0.5.0"] {
        assert!(refusal(&[("/ociVersion", json!(version))]).contains("must be 1.x"), "{version}");
    }
}

#[test]
fn what_is_required_must_be_there() {
    refused(&[("/process", Value::Null)], "`process` is missing");
    refused(&[("/root", Value::Null)], "`root` is missing");
    refused(&[("/root/path", json!(""))], "`root.path` is missing");
    refused(&[("/process/args", json!([]))], "`process.args` is missing");
    refused(&[("/process/cwd", json!(""))], "`process.cwd` is missing");
    refused(&[("/mounts/0/destination", json!(""))], "`mounts[0].destination` is missing");
}

#[test]
fn the_process_is_one_that_the_kernel_would_start() {
    refused(&[("/process/cwd", json!("tmp"))], "`process.cwd` is `tmp`, and must be an absolute path");
    refused(&[("/process/args", json!(["a", "b\0c"]))], "`process.args[1]` has a NUL character");
    for variable in ["", "HOME", "=x"] {
        let env = ("/process/env", json!(["A=", variable]));
        refused(&[env], "`process.env[1]` does not have the form `NAME=value`");
    }
    refused(
        &[("/process/user/umask", json!(0o1000))],
        "`process.user.umask` is 512, and must be from 0 to 511",
    );
    refused(
        &[("/process/oomScoreAdj", json!(1001))],
        "`process.oomScoreAdj` is 1001, and must be from -1000 to 1000",
    );
    let limit = |kind: &str, soft: u64| json!({"type": kind, "soft": soft, "hard": 5});
    refused(
        &[("/process/rlimits", json!([limit("RLIMIT_CORE", 6)]))],
        "`process.rlimits[0].soft` is greater than `hard`",
    );
    let twice = json!([limit("RLIMIT_CORE", 1), limit("RLIMIT_CORE", 2)]);
    refused(&[("/process/rlimits", twice)], "`process.rlimits[1]` is there twice");
    let priority = json!({"class": "IOPRIO_CLASS_BE", "priority": 8});
    refused(
        &[("/process/ioPriority", priority)],
        "`process.ioPriority.priority` is 8, and must be from 0 to 7",
    );
    let affinity = ("/process/execCPUAffinity", json!({"initial": "0-3,7", "final": "0,,1"}));
    refused(&[affinity], "`process.execCPUAffinity.final` does not have the form `0-3,7`");
    let affinity = ("/process/execCPUAffinity", json!({"final": "0-8192"}));
    refused(&[affinity], "`process.execCPUAffinity.final` is 8192, and must be from 0 to 8191");
}

#[test]
fn a_scheduler_is_one_that_sched_setattr_takes() {
    let scheduler = |value| refusal(&[("/process/scheduler", value)]);
    assert_eq!(scheduler(json!({"policy": "SCHED_FIFO", "priority": 99})), "");
    assert_eq!(scheduler(json!({"policy": "SCHED_BATCH", "nice": -20})), "");
    assert_eq!(scheduler(json!({"policy": "SCHED_DEADLINE", "runtime": 1, "deadline": 2, "period": 3})), "");
    for (value, key) in [
        (json!({"policy": "SCHED_FIFO"}), "`process.scheduler.priority` is 0"),
        (
            json!({"policy": "SCHED_OTHER", "priority": 1}),
            "`process.scheduler.priority` makes no sense without",
        ),
        (json!({"policy": "SCHED_OTHER", "nice": 20}), "`process.scheduler.nice` is 20"),
        (json!({"policy": "SCHED_OTHER", "period": 1}), "`process.scheduler.period` makes no sense without"),
        (
            json!({"policy": "SCHED_DEADLINE", "runtime": 2, "deadline": 1}),
            "`process.scheduler.runtime` is greater",
        ),
        (
            json!({"policy": "SCHED_DEADLINE", "deadline": 2, "period": 1}),
            "`process.scheduler.deadline` is greater",
        ),
    ] {
        let message = scheduler(value);
        assert!(message.starts_with(key), "{message}");
    }
}

#[test]
fn an_unknown_capability_and_a_relative_mount_point_are_warnings() {
    let mut config: Value = serde_json::from_str(RUNC).unwrap();
    put(&mut config, "/process/capabilities/ambient", json!(["CAP_KILL", "CAP_FLY", "cap_chown", "CAP_12"]));
    put(&mut config, "/mounts/1/destination", json!("dev"));
    let warnings = Spec::parse(config.to_string().as_bytes()).unwrap().validate().unwrap();
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "`process.capabilities.ambient`: unknown capability `CAP_FLY` is passed over",
            "`process.capabilities.ambient`: unknown capability `cap_chown` is passed over",
            "`process.capabilities.ambient`: unknown capability `CAP_12` is passed over",
            "`mounts[1].destination`: relative path `dev` is taken to start at `/`",
        ]
    );
}

#[test]
fn namespaces_are_there_once_and_for_what_needs_them() {
    refused(&[("/linux/namespaces/-", json!({"type": "pid"}))], "`linux.namespaces[5]` is there twice");
    let relative = ("/linux/namespaces/0/path", json!("ns/pid"));
    refused(&[relative], "`linux.namespaces[0].path` is `ns/pid`, and must be an absolute path");
    let [masked, readonly] = NO_PATHS;
    let bare = [NO_NAMESPACES, masked, readonly, ("/hostname", Value::Null)];
    accepted(&bare);
    let without = |key: &'static str, value: Value| {
        let changes: Vec<_> = bare.iter().cloned().chain([(key, value)]).collect();
        refusal(&changes)
    };
    let needs = |kind: &str| format!("needs a {kind} namespace in `linux.namespaces`");
    for (key, value, shown, kind) in [
        ("/hostname", json!("a"), "hostname", "uts"),
        ("/domainname", json!("a"), "domainname", "uts"),
        ("/linux/maskedPaths", json!(["/proc/kcore"]), "linux.maskedPaths", "mnt"),
        ("/linux/readonlyPaths", json!(["/proc/sys"]), "linux.readonlyPaths", "mnt"),
        ("/linux/netDevices", json!({"eth0": {}}), "linux.netDevices", "net"),
    ] {
        assert_eq!(without(key, value), format!("`{shown}` {}", needs(kind)));
    }
    let mappings = json!([{"containerID": 0, "hostID": 1000, "size": 1}]);
    let maps: Vec<_> = bare
        .iter()
        .cloned()
        .chain([("/linux", json!({"uidMappings": mappings, "gidMappings": mappings}))])
        .collect();
    refused(&maps, &format!("`linux.uidMappings` {}", needs("user")));
    let offsets = json!({"monotonic": {"secs": 1}});
    let message = without("/linux/timeOffsets", offsets);
    assert_eq!(message, format!("`linux.timeOffsets` {}, one without a path", needs("time")));
}

#[test]
fn ids_of_a_user_namespace_are_mapped() {
    let user = ("/linux/namespaces/-", json!({"type": "user"}));
    let entered = ("/linux/namespaces/-", json!({"type": "user", "path": "/proc/1/ns/user"}));
    accepted(&[entered]);
    let one = json!([{"containerID": 0, "hostID": 1000, "size": 1}]);
    let half = [user.clone(), ("/linux/gidMappings", one.clone())];
    refused(&half, "`linux.uidMappings` is missing");
    let maps = [user, ("/linux/uidMappings", one.clone()), ("/linux/gidMappings", one.clone())];
    let with = |key: &'static str, value: Value| refusal(&[&maps[..], &[(key, value)]].concat());
    assert_eq!(with("/process/user/uid", json!(0)), "");
    assert_eq!(with("/process/user/uid", json!(5)), "`process.user.uid` is 5, which the id mappings lack");
    let groups = with("/process/user/additionalGids", json!([0, 7]));
    assert_eq!(groups, "`process.user.additionalGids[1]` is 7, which the id mappings lack");
    let empty = with("/linux/gidMappings", json!([{"containerID": 0, "hostID": 1000, "size": 0}]));
    assert!(empty.starts_with("`linux.gidMappings` is no map of ids: "), "{empty}");
    let half = with("/mounts/0/uidMappings", one);
    assert_eq!(half, "`mounts[0].gidMappings` is missing");
}

#[test]
fn an_id_mapped_mount_has_ids_to_map() {
    refused(&[("/mounts/0/options", json!(["bind", "ridmap"]))], "`mounts[0].uidMappings` is missing");
}

#[test]
fn a_kernel_parameter_belongs_to_a_namespace_of_the_container() {
    let sysctl = |name: &str| refusal(&[("/linux/sysctl", json!({name: "1"}))]);
    for name in [
        "net.ipv4.ip_forward",
        "net/ipv4/conf/eth0.1/forwarding",
        "kernel.shmmax",
        "fs.mqueue.msg_max",
        "kernel.domainname",
    ] {
        assert_eq!(sysctl(name), "", "{name}");
    }
    for name in [
        "kernel.panic",
        "vm.swappiness",
        "fs.file-max",
        "kernel.core_pattern",
        "net",
        "user.max_user_namespaces",
        "net-x",
    ] {
        let message =
            format!("`linux.sysctl.{name}` is no kernel parameter of a namespace that the container has");
        assert_eq!(sysctl(name), message);
    }
    assert_eq!(sysctl("kernel.hostname"), "`linux.sysctl.kernel.hostname` makes no sense beside `hostname`");
    for name in ["net..ipv4", "net/../kernel/core_pattern", "net.", "net.//.kernel", "/net/x", ".net"] {
        assert!(!sysctl(name).is_empty(), "{name}");
    }
    let [masked, readonly] = NO_PATHS;
    for (name, kind) in
        [("net.core.somaxconn", "net"), ("kernel.msgmax", "ipc"), ("kernel.domainname", "uts")]
    {
        let changes = [
            NO_NAMESPACES,
            masked.clone(),
            readonly.clone(),
            ("/hostname", Value::Null),
            ("/linux/sysctl", json!({name: "1"})),
        ];
        refused(&changes, &format!("`linux.sysctl.{name}` needs a {kind} namespace in `linux.namespaces`"));
    }
}

#[test]
fn hooks_are_programs_that_can_be_run() {
    let hook = |value: Value| refusal(&[("/hooks", json!({"poststart": [{"path": "/bin/true"}, value]}))]);
    assert_eq!(hook(json!({"path": "/bin/true", "timeout": 1, "env": ["A=b"]})), "");
    assert_eq!(
        hook(json!({"path": "true"})),
        "`hooks.poststart[1].path` is `true`, and must be an absolute path"
    );
    for timeout in [0, -1] {
        assert!(
            hook(json!({"path": "/x", "timeout": timeout})).starts_with("`hooks.poststart[1].timeout` is")
        );
    }
    assert!(hook(json!({"path": "/x", "env": ["A"]})).starts_with("`hooks.poststart[1].env[0]` does not"));
}

#[test]
fn devices_have_numbers_that_the_kernel_has() {
    let device = |value: Value| refusal(&[("/linux/devices", json!([value]))]);
    assert_eq!(device(json!({"type": "p", "path": "/dev/fifo"})), "");
    assert_eq!(device(json!({"type": "u", "path": "/dev/x", "major": 4095, "minor": 1_048_575})), "");
    assert!(
        device(json!({"type": "c", "path": "/dev/x", "major": -1}))
            .starts_with("`linux.devices[0].major` is -1")
    );
    assert!(
        device(json!({"type": "b", "path": "/dev/x", "minor": 1 << 20}))
            .starts_with("`linux.devices[0].minor` is")
    );
    assert!(device(json!({"type": "c", "path": "dev/x"})).contains("absolute"));
}

#[test]
fn interfaces_get_names_that_the_kernel_takes() {
    let devices = |value: Value| refusal(&[("/linux/netDevices", value)]);
    assert_eq!(devices(json!({"eth0": {"name": "a"}, "eth1": {}})), "");
    assert_eq!(
        devices(json!({"eth0": {"name": "a"}, "eth1": {"name": "a"}})),
        "`linux.netDevices.eth1.name` is there twice"
    );
    for name in ["a/b", "..", "a b", "a:1", "0123456789abcdef", "veth%d%d", "veth%s", "0123456789abcde%d"] {
        assert!(!devices(json!({"eth0": {"name": name}})).is_empty(), "{name}");
        assert!(!devices(json!({name: {}})).is_empty(), "{name}");
    }
}

/// `config-linux.md`, "Network Devices": the kernel finds a number, so that all of these have names of their own.
#[test]
fn interfaces_may_share_a_name_with_a_number_to_be_found() {
    let devices = |value: Value| refusal(&[("/linux/netDevices", value)]);
    assert_eq!(devices(json!({"eth0": {"name": "net%d"}, "eth1": {"name": "net%d"}})), "");
    assert!(!devices(json!({"veth%d": {}})).is_empty(), "no interface outside has such a name");
}

#[test]
fn a_path_of_control_groups_stays_below_their_root() {
    for path in ["/../x", "a/../../b", "..", "../..:a:b", "system.slice:..:x"] {
        refused(
            &[("/linux/cgroupsPath", json!(path))],
            "`linux.cgroupsPath` leads elsewhere: `..`, `.`, `/` and empty names are refused here",
        );
    }
    accepted(&[("/linux/cgroupsPath", json!("system.slice:docker:0a..b"))]);
}

#[test]
fn limits_are_ones_that_control_groups_take() {
    let limits = |value: Value| refusal(&[("/linux/resources", value)]);
    let memory = |value: Value| limits(json!({"memory": value}));
    assert_eq!(memory(json!({"limit": 5, "swap": -1})), "");
    assert_eq!(memory(json!({"limit": 5, "swap": 0})), "");
    let swap = "`linux.resources.memory.swap` is less than `linux.resources.memory.limit`";
    assert_eq!(memory(json!({"limit": 5, "swap": 4})), swap);
    assert!(memory(json!({"limit": -2})).starts_with("`linux.resources.memory.limit` is -2"));
    assert!(memory(json!({"swappiness": 101})).starts_with("`linux.resources.memory.swappiness` is 101"));
    assert_eq!(limits(json!({"cpu": {"quota": -1, "burst": 5, "cpus": "0-7:2/4,9", "idle": 1}})), "");
    for (value, key) in [
        (json!({"cpu": {"quota": 4, "burst": 5}}), "cpu.burst"),
        (json!({"cpu": {"cpus": "a"}}), "cpu.cpus"),
        (json!({"cpu": {"mems": "0-"}}), "cpu.mems"),
        (json!({"cpu": {"idle": 2}}), "cpu.idle"),
        (json!({"blockIO": {"weight": 9}}), "blockIO.weight"),
        (json!({"blockIO": {"weightDevice": [{"major": 8, "minor": 0}]}}), "blockIO.weightDevice[0].weight"),
        (
            json!({"blockIO": {"throttleReadBpsDevice": [{"major": -8, "minor": 0, "rate": 1}]}}),
            "blockIO.throttleReadBpsDevice[0].major",
        ),
        (json!({"hugepageLimits": [{"pageSize": "2 MB", "limit": 1}]}), "hugepageLimits[0].pageSize"),
        (json!({"hugepageLimits": [{"pageSize": "2MBB", "limit": 1}]}), "hugepageLimits[0].pageSize"),
        (json!({"hugepageLimits": [{"pageSize": "../2MB", "limit": 1}]}), "hugepageLimits[0].pageSize"),
        (json!({"rdma": {"mlx": {}}}), "rdma.mlx"),
        (json!({"unified": {"../cgroup.procs": "1"}}), "unified.../cgroup.procs"),
        (json!({"unified": {"..": "1"}}), "unified..."),
        (json!({"devices": [{"allow": true, "access": ""}]}), "devices[0].access"),
        (json!({"devices": [{"allow": true, "access": "rx"}]}), "devices[0].access"),
        (json!({"devices": [{"allow": true, "access": "r", "major": -2}]}), "devices[0].major"),
    ] {
        let message = limits(value);
        assert!(message.starts_with(&format!("`linux.resources.{key}` ")), "{key}: {message}");
    }
}

#[test]
fn a_filter_is_one_that_can_be_installed() {
    let filter = |value: Value| refusal(&[("/linux/seccomp", value)]);
    let rule = |rule: Value| filter(json!({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule]}));
    assert_eq!(rule(json!({"names": ["a"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38})), "");
    for (value, message) in [
        (json!({"names": [], "action": "SCMP_ACT_LOG"}), "`linux.seccomp.syscalls[0].names` is missing"),
        (
            json!({"names": ["a"], "action": "SCMP_ACT_LOG", "errnoRet": 1}),
            "`linux.seccomp.syscalls[0].errnoRet` makes no sense without",
        ),
        (
            json!({"names": ["a"], "action": "SCMP_ACT_ERRNO", "errnoRet": 4096}),
            "`linux.seccomp.syscalls[0].errnoRet` is 4096",
        ),
        (json!({"names": ["a"], "action": "SCMP_ACT_NOTIFY"}), "`linux.seccomp.listenerPath` is missing"),
        (
            json!({"names": ["write"], "action": "SCMP_ACT_NOTIFY"}),
            "`linux.seccomp.syscalls[0].action` must not be",
        ),
        (
            json!({"names": ["a"], "action": "SCMP_ACT_LOG", "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}),
            "`linux.seccomp.syscalls[0].args[0].index` is 6",
        ),
    ] {
        let found = rule(value);
        assert!(found.starts_with(message), "{found}");
    }
    assert!(
        filter(json!({"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/x"}))
            .contains("must not be `SCMP_ACT_NOTIFY`")
    );
    assert!(
        filter(json!({"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"}))
            .contains("makes no sense without")
    );
}

#[test]
fn what_has_rules_of_its_own_keeps_them() {
    let linux = |key: &str, value: Value| {
        refusal(&[("/linux/intelRdt", Value::Null), (&format!("/linux/{key}"), value)])
    };
    assert_eq!(linux("personality", json!({"domain": "LINUX32"})), "");
    assert!(linux("personality", json!({"domain": "LINUX", "flags": ["X"]})).contains("not defined"));
    assert_eq!(
        linux("memoryPolicy", json!({"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]})),
        ""
    );
    for policy in [
        json!({"mode": "MPOL_BIND"}),
        json!({"mode": "MPOL_LOCAL", "nodes": "0"}),
        json!({"mode": "MPOL_DEFAULT", "nodes": "0"}),
        json!({"mode": "MPOL_BIND", "nodes": "x"}),
        json!({"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}),
    ] {
        assert!(linux("memoryPolicy", policy.clone()).starts_with("`linux.memoryPolicy."), "{policy}");
    }
    assert_eq!(
        linux("intelRdt", json!({"closID": "a", "l3CacheSchema": "L3:0=f\nMB:0=9", "memBwSchema": "MB:0=5"})),
        ""
    );
    assert_eq!(linux("intelRdt", json!({"closID": "/", "enableMonitoring": true})), "");
    for rdt in [
        json!({"closID": ".."}),
        json!({"closID": "a/b"}),
        json!({"memBwSchema": "L3:0=f"}),
        json!({"memBwSchema": "MB:0=1\nL3:0=f"}),
    ] {
        assert!(linux("intelRdt", rdt.clone()).starts_with("`linux.intelRdt."), "{rdt}");
    }
    assert!(refusal(&[("/annotations", json!({"": "x"}))]).starts_with("`annotations`"));
    assert!(
        refusal(&[("/hostname", json!("h".repeat(65)))]).starts_with("`hostname` has more than 64 bytes")
    );
}
