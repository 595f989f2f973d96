//! Control groups that lead elsewhere, or stop what is to end: CVE-2023-25809.

use std::time::Instant;

use insula_oci::state::Status;
use insula_oci::{CgroupManager, ContainerId, Creation, Deletion};
use rustix::process::Signal;
use serde_json::json;

use crate::again::{assert_nothing_is_left, mark};
use crate::bundle::Home;
use crate::inside::running;

fn has_group() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn path_with_parents_is_refused() {
    let mut home = Home::new();
    for path in ["/../insula-escaped", "../../insula-escaped", "/a/../../insula-escaped", "/", "..", "/a\n/b"]
    {
        home.config["linux"]["cgroupsPath"] = json!(path);
        let error = home.refusal("one");
        assert!(error.contains("control group") || error.contains("cgroupsPath"), "{path}: {error}");
        assert_eq!(home.runtime().ids().unwrap(), []);
    }
    assert!(!std::fs::exists("/sys/fs/cgroup/insula-escaped").unwrap());
}

#[test]
fn container_that_is_frozen_is_killed_and_deleted() {
    if !has_group() {
        return;
    }
    let mut home = Home::new();
    mark(&mut home);
    let begin = Instant::now();
    for by_hand in [true, false] {
        let made = running(&mut home, "sleep 100 & exec sleep 100");
        made.container.pause().unwrap();
        assert_eq!(made.container.status().unwrap(), Status::Paused);
        if by_hand {
            made.container.kill(Signal::KILL).unwrap();
            made.child.wait().unwrap();
        }
        made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
        made.child.wait().ok();
        assert_nothing_is_left(&home);
    }
    assert!(begin.elapsed().as_secs() < 8, "a frozen container was waited for");
}

#[test]
fn group_that_others_are_in_is_refused_and_they_live_on() {
    if !has_group() {
        return;
    }
    let mut home = Home::new();
    let made = running(&mut home, "exec sleep 100");
    let id = ContainerId::new("two").unwrap();
    let error = home.runtime().create(&id, &home.bundle(), Creation::default()).unwrap_err();
    assert!(error.to_string().contains("has processes already"), "{error}");
    assert_eq!(made.container.status().unwrap(), Status::Running);
    crate::inside::end(&home, made);
}

#[test]
fn group_that_was_there_stays_and_what_was_made_goes() {
    if !has_group() {
        return;
    }
    let mut home = Home::new();
    home.script("true");
    let made = home.create("one");
    let groups = crate::again::groups_of(&home);
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
    assert!(!groups.is_empty());
    let (found, others) = groups.split_first().unwrap();
    std::fs::create_dir(found).unwrap();
    for _ in 0..2 {
        assert_eq!(home.run("true").1, insula_sandbox::Status::Exited(0));
        assert!(found.exists(), "{} was removed", found.display());
        assert!(!others.iter().any(|group| group.exists()), "a group is left that was made");
    }
    std::fs::remove_dir(found).unwrap();
}

#[test]
fn host_is_not_seen_through_the_groups_of_a_container() {
    let mut home = Home::new();
    let mounts = home.config["mounts"].as_array_mut().unwrap();
    mounts.push(json!({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "ro"]}));
    let (text, _) = home
        .run("mkdir /sys/fs/cgroup/made; cat /sys/fs/cgroup/cgroup.procs; grep -v ':/$' /proc/self/cgroup");
    assert!(text.contains("Read-only file system") || text.contains("denied"), "{text}");
    if has_group() {
        // In its namespace the container's own group is the root of all.
        assert!(!text.contains("insula-oci"), "{text}");
    }
}

#[test]
fn container_without_a_group_is_deleted_by_its_process() {
    let mut home = Home::new();
    mark(&mut home);
    home.script("exec sleep 100");
    let id = ContainerId::new("one").unwrap();
    let creation = Creation { cgroups: CgroupManager::Disabled, ..Creation::default() };
    let made = home.runtime().create(&id, &home.bundle(), creation).unwrap();
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
    assert_nothing_is_left(&home);
}
