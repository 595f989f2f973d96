//! `config-linux.md`, "Control groups": limits, and what goes by the group.

use insula_oci::Deletion;
use insula_oci::spec::{IntelRdt, Pids, Resources};
use insula_oci::state::Status;
use rustix::process::Signal;
use serde_json::json;

use crate::bundle::Home;

/// Whether this caller gets a group at all: root does.
fn has_group() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn container_is_paused_and_resumed_and_its_processes_are_known() {
    let mut home = Home::new();
    home.script("sleep 100 & exec sleep 100");
    let mut made = home.create("one");
    made.container.start().unwrap();
    if has_group() {
        while made.container.processes().unwrap().len() < 2 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        made.container.pause().unwrap();
        assert_eq!(made.container.status().unwrap(), Status::Paused);
        made.container.resume().unwrap();
        assert_eq!(made.container.status().unwrap(), Status::Running);
        made.container.kill_all(Signal::KILL).unwrap();
        made.child.wait().unwrap();
    } else {
        let error = made.container.pause().unwrap_err().to_string();
        assert_eq!(error, "cannot pause container `one`: it has no control group");
    }
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
}

#[test]
fn limit_of_tasks_holds_and_can_be_changed() {
    if !has_group() {
        let mut home = Home::new();
        home.config["linux"]["resources"] = json!({"pids": {"limit": 3}});
        let error = home.refusal("one");
        assert!(error.contains("cgroup") || error.contains("control group"), "{error}");
        return;
    }
    let mut home = Home::new();
    home.config["linux"]["resources"] = json!({"pids": {"limit": 3}});
    let fork = "(sleep 0.1 & sleep 0.1 & sleep 0.1 & sleep 0.1 & wait) 2>&1 | grep -c -i fork";
    let (text, _) = home.run(fork);
    assert_ne!(text.trim(), "0", "{text}");
    home.script("exec sleep 100");
    let made = home.create("one");
    let limit = |text: &str| {
        let group = home.config["linux"]["cgroupsPath"].as_str().unwrap();
        let found = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"]
            .iter()
            .find_map(|mount| std::fs::read_to_string(format!("{mount}{group}/pids.max")).ok());
        assert_eq!(found.unwrap().trim(), text);
    };
    limit("3");
    let more = Resources { pids: Some(Pids { limit: 50 }), ..Resources::default() };
    made.container.update(&more, &IntelRdt::default()).unwrap();
    limit("50");
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
}

#[test]
fn device_that_no_rule_allows_cannot_be_opened() {
    if !has_group() {
        return;
    }
    let mut home = Home::new();
    // Whoever may open it, no rule names it.
    home.config["linux"]["devices"] = json!([{"path": "/dev/tun", "type": "c", "major": 10, "minor": 200}]);
    home.config["linux"]["resources"] = json!({"devices": [{"allow": false, "access": "rwm"}]});
    let (text, _) = home.run("head -c1 /dev/tun; head -c1 /dev/zero >/dev/null && echo zero");
    assert!(text.contains("Operation not permitted") && text.contains("zero"), "{text}");
    home.config["linux"]["resources"] = json!({"devices": [
        {"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rw"}
    ]});
    let (text, _) = home.run("(exec 3<>/dev/tun) && echo opened");
    assert_eq!(text, "opened\n");
}

#[test]
fn container_sees_its_own_group_as_the_root_and_cannot_change_it() {
    if !has_group() {
        return;
    }
    let mut home = Home::new();
    home.config["mounts"].as_array_mut().unwrap().push(json!({
        "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
        "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]
    }));
    let (text, status) = home.run(
        "cat /proc/self/cgroup; cat /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids/tasks 2>/dev/null | head -1; \
         mkdir /sys/fs/cgroup/x /sys/fs/cgroup/pids/x 2>&1 | grep -c Read-only; true",
    );
    assert!(status.success(), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let (groups, rest) = lines.split_at(lines.len() - 2);
    assert!(groups.iter().all(|line| line.ends_with(":/")), "{text}");
    assert_eq!(rest[0], "1", "the first process of the group is the container's: {text}");
    assert_ne!(rest[1], "0", "{text}");
}

/// Engines name all devices of the host in the configuration of a privileged container.
#[test]
fn multiplexer_of_terminals_among_the_devices_is_the_containers_own() {
    let mut home = Home::new();
    home.config["linux"]["devices"] = json!([{"path": "/dev/ptmx", "type": "c", "major": 5, "minor": 2}]);
    let (text, _) = home.run("readlink /dev/ptmx");
    assert_eq!(text, "pts/ptmx\n");
}

/// What Docker writes of limits that nobody asked for.
#[test]
fn limits_that_are_zero_are_none() {
    if !has_group() {
        return;
    }
    let mut home = Home::new();
    home.config["linux"]["resources"] = json!({
        "memory": {"limit": 0, "swap": 0, "reservation": 0, "disableOOMKiller": false}, "pids": {"limit": 0},
        "cpu": {"shares": 0, "quota": 0, "period": 0, "realtimeRuntime": 0, "realtimePeriod": 0, "cpus": "", "mems": ""},
        "blockIO": {"weight": 0}
    });
    let (text, _) = home.run("echo runs");
    assert_eq!(text, "runs\n");
}

/// `config-linux.md`, "IntelRdt": without resctrl, an error.
#[test]
fn shares_of_caches_are_refused_where_nobody_enforces_them() {
    let mut home = Home::new();
    home.config["linux"]["intelRdt"] = json!({"l3CacheSchema": "L3:0=f"});
    if std::path::Path::new("/sys/fs/resctrl/schemata").exists() {
        home.config["linux"]["intelRdt"] = json!({"closID": "/"});
        assert!(home.run("true").1.success());
        return;
    }
    let error = home.refusal("one");
    let expected = "cannot have `linux.intelRdt`: no resctrl file system is mounted at `/sys/fs/resctrl`";
    assert!(error.starts_with(expected), "{error}");
}

/// The resident memory of a process in KiB: `VmRSS` of `proc_pid_status(5)`.
fn resident(pid: rustix::process::Pid) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn process_that_waits_for_its_start_holds_little_memory() {
    let home = Home::new();
    let made = home.create("one");
    let resident = resident(made.child.pid());
    assert!(resident <= 1024, "{resident} KiB");
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
}

#[test]
fn container_runs_with_one_mebibyte_of_memory() {
    if !has_group() {
        return;
    }
    let mut home = Home::new();
    home.config["linux"]["resources"] = json!({"memory": {"limit": 1 << 20}});
    assert_eq!(home.run("exit 7").1, insula_sandbox::Status::Exited(7));
}
