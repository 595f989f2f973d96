//! What is set is what the kernel says afterwards.

use insula_cgroup::{
    BlockIo, Cgroup, Cpu, HugepageLimit, Limit, Memory, Network, Resources, SetError, Throttle,
};

use crate::harness::{Place, Running, Tests};

pub(crate) fn add(tests: &mut Tests) {
    let is_unified = |hierarchies: &insula_cgroup::Hierarchies| hierarchies.is_unified();
    let is_legacy = |hierarchies: &insula_cgroup::Hierarchies| !hierarchies.is_unified();
    let (v2, v1) = ("version 2 is not all that there is", "there is no version 1");
    tests.add("limits_of_version_1_are_set_as_they_are", version_1);
    tests.add_where("limits_are_converted_for_version_2", v2, is_unified, version_2);
    tests.add_where("a_missing_controller_is_asked_for_when_it_is_needed", v2, is_unified, asked_for);
    tests.add_where("what_version_2_lacks_is_an_error", v2, is_unified, unsupported);
    tests.add_where("what_version_1_lacks_is_an_error", v1, is_legacy, not_unified);
    tests.add("memory_and_swap_go_up_and_down_together", up_and_down);
    tests.add("a_limit_below_what_is_used_is_refused_when_asked", below_usage);
    tests.add("a_period_alone_keeps_the_quota", period);
    tests.add("no_more_tasks_than_allowed", tasks);
    tests.add("a_file_elsewhere_is_no_file_of_a_group", elsewhere);
    tests.add("a_refused_value_is_told_with_its_file", refused);
}

/// What the kernel says in a file of the group, in whichever hierarchy that is.
fn read(group: &Cgroup, file: &str) -> String {
    let path = group.directories().map(|directory| directory.join(file)).find(|path| path.exists());
    let path = path.unwrap_or_else(|| panic!("no hierarchy has `{file}`"));
    std::fs::read_to_string(path).unwrap().trim_end().to_owned()
}

fn has(group: &Cgroup, file: &str) -> bool {
    group.directories().any(|directory| directory.join(file).exists())
}

const MEBIBYTE: u64 = 1 << 20;

fn version_1(place: &Place) {
    let group = place.create("a");
    if place.hierarchies.is_unified() {
        return pids(&group);
    }
    let resources = Resources {
        memory: Memory {
            limit: Some(Limit::At(64 * MEBIBYTE)),
            reservation: Some(Limit::At(32 * MEBIBYTE)),
            swappiness: Some(10),
            disable_oom_killer: Some(false),
            ..Memory::default()
        },
        cpu: Cpu {
            shares: Some(512),
            quota: Some(Limit::At(20_000)),
            period: Some(50_000),
            cpus: Some("0".into()),
            mems: Some("0".into()),
            ..Cpu::default()
        },
        ..Resources::default()
    };
    group.set(&resources).unwrap();
    // Again, over itself.
    group.set(&resources).unwrap();
    assert_eq!(read(&group, "memory.limit_in_bytes"), (64 * MEBIBYTE).to_string());
    assert_eq!(read(&group, "memory.soft_limit_in_bytes"), (32 * MEBIBYTE).to_string());
    assert_eq!(read(&group, "memory.swappiness"), "10");
    assert_eq!(read(&group, "cpu.shares"), "512");
    for (file, value) in [("cpu.cfs_quota_us", "20000"), ("cpu.cfs_period_us", "50000"), ("cpuset.cpus", "0")]
    {
        assert_eq!(read(&group, file), value, "{file}");
    }
    pids(&group);
}

fn pids(group: &Cgroup) {
    for (limit, said) in [(Limit::At(7), "7"), (Limit::Max, "max")] {
        group.set(&Resources { pids: Some(limit), ..Resources::default() }).unwrap();
        assert_eq!(read(group, "pids.max"), said);
    }
}

fn version_2(place: &Place) {
    let group = place.create("a");
    let resources = Resources {
        memory: Memory {
            limit: Some(Limit::At(64 * MEBIBYTE)),
            reservation: Some(Limit::At(32 * MEBIBYTE)),
            swap: Some(Limit::At(96 * MEBIBYTE)),
            check_before_update: true,
            ..Memory::default()
        },
        cpu: Cpu {
            shares: Some(2048),
            quota: Some(Limit::At(20_000)),
            burst: Some(10_000),
            period: Some(50_000),
            ..Cpu::default()
        },
        block_io: BlockIo { weight: Some(500), ..BlockIo::default() },
        unified: [("cgroup.max.depth".into(), "3".into()), ("memory.high".into(), "1048576".into())].into(),
        ..Resources::default()
    };
    group.set(&resources).unwrap();
    group.set(&resources).unwrap();
    assert_eq!(read(&group, "memory.max"), (64 * MEBIBYTE).to_string());
    assert_eq!(read(&group, "memory.low"), (32 * MEBIBYTE).to_string());
    assert_eq!(read(&group, "memory.swap.max"), (32 * MEBIBYTE).to_string());
    assert_eq!(read(&group, "memory.high"), MEBIBYTE.to_string());
    assert_eq!(read(&group, "cpu.weight"), "174");
    assert_eq!(read(&group, "cpu.max"), "20000 50000");
    assert_eq!(read(&group, "cpu.max.burst"), "10000");
    assert_eq!(read(&group, "cgroup.max.depth"), "3");
    if has(&group, "io.bfq.weight") {
        assert_eq!(read(&group, "io.bfq.weight"), "default 500");
    } else {
        assert_eq!(read(&group, "io.weight"), "default 4950");
    }
    // Down again: the burst that is there is more than the new quota.
    let cpu = Cpu { quota: Some(Limit::At(5000)), burst: Some(1000), idle: Some(true), ..Cpu::default() };
    group.set(&Resources { cpu, ..Resources::default() }).unwrap();
    assert_eq!(read(&group, "cpu.max"), "5000 50000");
    assert_eq!((read(&group, "cpu.max.burst"), read(&group, "cpu.idle")), ("1000".into(), "1".into()));
    let cpu = Cpu { shares: Some(1024), idle: Some(false), quota: Some(Limit::Max), ..Cpu::default() };
    group.set(&Resources { cpu, ..Resources::default() }).unwrap();
    assert_eq!((read(&group, "cpu.weight"), read(&group, "cpu.max")), ("100".into(), "max 50000".into()));
}

fn asked_for(place: &Place) {
    // Usual: given to a new group by those above.
    let group = place.create("a/b/c");
    assert!(has(&group, "memory.max") && has(&group, "pids.max") && has(&group, "io.stat"));
    assert!(!has(&group, "cpuset.cpus"));
    let cpu = Cpu { cpus: Some("0".into()), ..Cpu::default() };
    group.set(&Resources { cpu, ..Resources::default() }).unwrap();
    assert_eq!(read(&group, "cpuset.cpus"), "0");
    // A group with a process cannot give what it has, and is not made one of threads by the attempt.
    let busy = place.create("busy");
    let _sleeper = Running::start(&busy, "sleep 1000");
    let below = place.create("busy/below");
    let error = below.set(&Resources { pids: Some(Limit::At(1)), ..Resources::default() }).unwrap_err();
    match error {
        SetError::NoController {
            controller: insula_cgroup::Controller::Pids, source: Some(source), ..
        } => {
            assert_eq!(source.errno(), Some(rustix::io::Errno::BUSY), "{source}");
        }
        error => panic!("{error:?}"),
    }
    assert_eq!(read(&busy, "cgroup.type"), "domain");
    let _inside = Running::start(&below, "sleep 1000");
}

fn unsupported(place: &Place) {
    let group = place.create("a");
    let memory = [
        (Memory { swappiness: Some(1), ..Memory::default() }, "memory.swappiness"),
        (Memory { kernel_tcp: Some(Limit::Max), ..Memory::default() }, "memory.kernelTCP"),
        (Memory { disable_oom_killer: Some(true), ..Memory::default() }, "memory.disableOOMKiller"),
    ];
    let memory = memory.map(|(memory, name)| (Resources { memory, ..Resources::default() }, name));
    let network = Network { class_id: Some(1), ..Network::default() };
    let network = (Resources { network, ..Resources::default() }, "network.classID");
    for (resources, name) in memory.into_iter().chain([network]) {
        match group.set(&resources).unwrap_err() {
            SetError::Unsupported { setting, version: 2, .. } => assert_eq!(setting, name),
            error => panic!("{name}: {error:?}"),
        }
    }
    // What is so anyway is no error.
    let memory = Memory { disable_oom_killer: Some(false), use_hierarchy: Some(true), ..Memory::default() };
    group.set(&Resources { memory, ..Resources::default() }).unwrap();
}

fn not_unified(place: &Place) {
    let group = place.create("a");
    let limit = HugepageLimit { page_size: "3MB".into(), limit: 0 };
    let error = group.set(&Resources { hugepage_limits: vec![limit], ..Resources::default() }).unwrap_err();
    assert!(matches!(error, SetError::NoController { .. } | SetError::File { .. }), "{error:?}");
    let cpu = Cpu { shares: Some(1), ..Cpu::default() };
    let error = group.set(&Resources { cpu, ..Resources::default() }).unwrap_err();
    assert!(matches!(error, SetError::Range { value: 1, .. }), "{error:?}");
    let unified = [("memory.max".into(), "max".into())].into();
    let error = group.set(&Resources { unified, ..Resources::default() }).unwrap_err();
    assert!(matches!(error, SetError::NoController { .. } | SetError::NotUnified { .. }), "{error:?}");
}

fn up_and_down(place: &Place) {
    let group = place.create("a");
    let has_swap = has(&group, "memory.memsw.limit_in_bytes") || has(&group, "memory.swap.max");
    for size in [64, 16, 128, 8] {
        let limit = Some(Limit::At(size * MEBIBYTE));
        let swap = has_swap.then_some(Limit::At(size * 2 * MEBIBYTE));
        group
            .set(&Resources { memory: Memory { limit, swap, ..Memory::default() }, ..Resources::default() })
            .unwrap();
        let file = if place.hierarchies.is_unified() { "memory.max" } else { "memory.limit_in_bytes" };
        assert_eq!(read(&group, file), (size * MEBIBYTE).to_string());
    }
    let memory = Memory { limit: Some(Limit::At(MEBIBYTE)), swap: Some(Limit::At(1)), ..Memory::default() };
    let error = group.set(&Resources { memory, ..Resources::default() }).unwrap_err();
    assert!(matches!(error, SetError::SwapBelowMemory { .. }), "{error:?}");
    let memory = Memory { limit: Some(Limit::Max), ..Memory::default() };
    group.set(&Resources { memory, ..Resources::default() }).unwrap();
}

fn below_usage(place: &Place) {
    let group = place.create("a");
    let _sleeper = Running::start(&group, "x=$(head -c 1000000 /dev/zero | tr '\\0' a); sleep 1000");
    let file = if place.hierarchies.is_unified() { "memory.current" } else { "memory.usage_in_bytes" };
    crate::harness::wait_for("1 MB", || read(&group, file).parse::<u64>().unwrap() > 1_000_000);
    let memory = Memory { limit: Some(Limit::At(8192)), check_before_update: true, ..Memory::default() };
    let error = group.set(&Resources { memory, ..Resources::default() }).unwrap_err();
    assert!(matches!(error, SetError::BelowUsage { limit: 8192, .. }), "{error:?}");
}

fn period(place: &Place) {
    let group = place.create("a");
    let cpu = Cpu { quota: Some(Limit::At(20_000)), ..Cpu::default() };
    group.set(&Resources { cpu, ..Resources::default() }).unwrap();
    let cpu = Cpu { period: Some(200_000), ..Cpu::default() };
    group.set(&Resources { cpu, ..Resources::default() }).unwrap();
    if place.hierarchies.is_unified() {
        assert_eq!(read(&group, "cpu.max"), "20000 200000");
    } else {
        assert_eq!(read(&group, "cpu.cfs_quota_us"), "20000");
        assert_eq!(read(&group, "cpu.cfs_period_us"), "200000");
    }
}

fn tasks(place: &Place) {
    let group = place.create("a");
    group.set(&Resources { pids: Some(Limit::At(2)), ..Resources::default() }).unwrap();
    let _two = Running::start(&group, "sleep 1000 & sleep 1000 & sleep 1000 & wait");
    crate::harness::wait_for("a refused fork", || !read(&group, "pids.events").ends_with("max 0"));
    assert!(group.processes().unwrap().len() <= 2);
}

fn elsewhere(place: &Place) {
    let group = place.create("a");
    for name in ["../cgroup.procs", "/etc/passwd", "a/b", "", ".", "..", "memory.max\0"] {
        let unified = [(name.into(), "1".into())].into();
        let error = group.set(&Resources { unified, ..Resources::default() }).unwrap_err();
        assert!(matches!(error, SetError::Name { .. }), "{name:?}: {error:?}");
    }
    if place.hierarchies.controllers().contains(insula_cgroup::Controller::Hugetlb) {
        let limit = HugepageLimit { page_size: "2MB.max/../../x".into(), limit: 0 };
        let error =
            group.set(&Resources { hugepage_limits: vec![limit], ..Resources::default() }).unwrap_err();
        assert!(matches!(error, SetError::Name { .. }), "{error:?}");
    }
}

fn refused(place: &Place) {
    let group = place.create("a");
    // No block device has these numbers.
    let throttle = Throttle { major: 4095, minor: 1, rate: 1 };
    let block_io = BlockIo { throttle_read_bps: vec![throttle], ..BlockIo::default() };
    match group.set(&Resources { block_io, ..Resources::default() }).unwrap_err() {
        SetError::File { source, .. } => {
            let text = source.to_string();
            assert!(text.starts_with("cannot write `4095:1 ") && text.contains("/a/"), "{text}");
            assert!(
                matches!(source.errno(), Some(rustix::io::Errno::NODEV | rustix::io::Errno::NXIO)),
                "{source:?}"
            );
        }
        error => panic!("{error:?}"),
    }
}
