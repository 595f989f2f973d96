//! Control groups that lead elsewhere, or stop what is to end: CVE-2023-25809.

use std::time::Instant;

use insula_cgroup::{Cgroup, Hierarchies};
use insula_oci::state::Status;
use insula_oci::{CgroupManager, CgroupPath, ContainerId, Creation, Deletion};
use rustix::process::Signal;
use serde_json::json;

use crate::again::{assert_nothing_is_left, mark};
use crate::bundle::Home;
use crate::inside::{exec_script, own_user_namespace, running};

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

/// A process that waits and is frozen does not hear that it is started, so nobody waits for it.
#[test]
fn container_that_is_paused_before_its_start_is_not_started_until_it_is_resumed() {
    if !has_group() {
        return;
    }
    let mut home = Home::new();
    mark(&mut home);
    home.script("echo ran");
    let mut made = home.create("one");
    made.container.pause().unwrap();
    assert_eq!(made.container.status().unwrap(), Status::Paused);
    let error = made.container.start().unwrap_err().to_string();
    assert_eq!(error, "cannot start container `one`: it is paused");
    made.container.resume().unwrap();
    assert_eq!(made.container.status().unwrap(), Status::Created);
    assert_eq!(home.output(), "");
    made.container.start().unwrap();
    assert!(made.child.wait().unwrap().success());
    assert_eq!(home.output(), "ran\n");
    made.container.delete(&home.runtime(), Deletion::Stopped).unwrap();
    // And if nobody resumes it.
    let made = home.create("one");
    made.container.pause().unwrap();
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
    assert_nothing_is_left(&home);
}

/// What a runtime leaves that is killed while a container is paused or updated, and what an attacker may wish for.
#[test]
fn group_that_is_frozen_already_is_not_waited_in() {
    if !has_group() {
        return;
    }
    let mut home = Home::new();
    mark(&mut home);
    home.script("true");
    let path = CgroupPath::new(home.config["linux"]["cgroupsPath"].as_str().unwrap()).unwrap();
    let group = Cgroup::create(&Hierarchies::find().unwrap(), &path).unwrap();
    group.freeze().unwrap();
    let begin = Instant::now();
    let error = home.refusal("one");
    assert!(error.contains("is frozen, or one above it"), "{error}");
    assert!(begin.elapsed().as_secs() < 5, "it was waited for");
    assert_eq!(home.runtime().ids().unwrap(), []);
    assert!(group.processes().unwrap().is_empty());
    group.thaw().unwrap();
    assert_eq!(home.run("exit 3").1, insula_sandbox::Status::Exited(3));
    group.remove(Instant::now() + std::time::Duration::from_secs(10)).unwrap();
    assert_nothing_is_left(&home);
}

/// Without a namespace of control groups, and though they are those of the user whom root inside is: the strongest that there is.
#[test]
fn no_group_is_writable_from_a_container_of_an_ordinary_user() {
    let mut home = Home::new();
    let namespaces = home.config["linux"]["namespaces"].as_array_mut().unwrap();
    namespaces.retain(|namespace| namespace["type"] != "cgroup");
    if has_group() {
        namespaces.push(json!({"type": "user"}));
        for kind in ["uidMappings", "gidMappings"] {
            home.config["linux"][kind] = json!([{"containerID": 0, "hostID": 0, "size": 1}]);
        }
    }
    let write = "for group in /sys/fs/cgroup /sys/fs/cgroup/*; do \
                 mkdir $group/insula-escaped 2>/dev/null && echo made $group; \
                 (echo $$ >$group/cgroup.procs) 2>/dev/null && echo moved $group; done; echo done";
    let all = home.config["mounts"].clone();
    // What `spec --rootless` writes of `/sys`, and what engines add to it.
    let sys = json!({"destination": "/sys", "type": "none", "source": "/sys", "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]});
    let cgroup = json!({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]});
    for more in [vec![sys, cgroup.clone()], vec![cgroup]] {
        let mut mounts = all.as_array().unwrap().clone();
        mounts.retain(|mount| mount["destination"] != "/sys");
        mounts.extend(more);
        home.config["mounts"] = json!(mounts);
        home.script(write);
        let id = ContainerId::new("one").unwrap();
        match home.runtime().create(&id, &home.bundle(), Creation::default()) {
            Err(error) => assert!(crate::bundle::chain(&error).contains("cgroup"), "{error}"),
            Ok(mut made) => {
                made.container.start().unwrap();
                made.child.wait().unwrap();
                made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
                assert_eq!(home.output(), "done\n");
            }
        }
    }
}

/// Engines write an absolute path; `exec` has one below it, which `insula oci exec` takes by the same type.
#[test]
fn path_below_a_group_leads_no_further_up_on_exec() {
    for path in ["..", "../x", "x/../..", "/../x"] {
        assert!(CgroupPath::new(path).is_err(), "{path}");
    }
}

/// The group of somebody else that has the name which the container's would have.
#[test]
fn group_of_others_stays_when_a_creation_without_groups_was_interrupted() {
    if !has_group() {
        return;
    }
    let mut home = Home::new();
    home.script("true");
    let path = CgroupPath::new(home.config["linux"]["cgroupsPath"].as_str().unwrap()).unwrap();
    let group = Cgroup::create(&Hierarchies::find().unwrap(), &path).unwrap();
    let id = ContainerId::new("one").unwrap();
    let creation = Creation { cgroups: CgroupManager::Disabled, ..Creation::default() };
    let made = home.runtime().create(&id, &home.bundle(), creation).unwrap();
    drop(made.container);
    // As it is on record when the creator is killed before the process is there.
    let record = home.path("state/one/state.json");
    let mut text: serde_json::Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    text.as_object_mut().unwrap().remove("process");
    text["status"] = "creating".into();
    std::fs::write(&record, text.to_string()).unwrap();
    home.find("one").delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
    assert!(!crate::again::groups_of(&home).is_empty(), "it was removed");
    group.remove(Instant::now() + std::time::Duration::from_secs(10)).unwrap();
}

/// Ways to get at the files of the own group's limits: where it is mounted, by mounting that again, elsewhere, and from another namespace.
const RAISE: &str = "\
    for top in /sys/fs/cgroup /tmp; do \
        mount -o remount,rw $top; mount -o remount,rw $top/pids; \
        for file in $top/pids.max $top/pids/pids.max $top/unified/pids.max; do (echo max >$file); done; \
        mkdir /tmp/pids; mount -t tmpfs tmpfs /tmp; mkdir /tmp/pids; \
        mount -t cgroup -o pids cgroup /tmp/pids || mount -t cgroup2 cgroup2 /tmp; \
    done; \
    unshare -C sh -c 'mount -t cgroup -o pids cgroup /tmp/pids; echo max >/tmp/pids/pids.max'";

/// The limit of tasks of a container's group, as the host has it.
fn limit_of_tasks(home: &Home) -> String {
    let files = crate::again::groups_of(home).into_iter().map(|group| group.join("pids.max"));
    let limits: Vec<_> = files.filter_map(|file| std::fs::read_to_string(file).ok()).collect();
    assert_eq!(limits.len(), 1, "{limits:?}");
    limits[0].trim().to_owned()
}

/// The group is all that a container has, so that engines find its processes there; its limits hold since it is mounted read-only, and
/// since nobody inside can change that without `CAP_SYS_ADMIN`, or without being root of the caller's own user namespace.
#[test]
fn limits_are_not_raised_from_inside_on_start_and_on_exec() {
    if !has_group() {
        return;
    }
    for in_user_namespace in [false, true] {
        let mut home = Home::new();
        home.config["linux"]["resources"] = json!({"pids": {"limit": 20}});
        let mounts = home.config["mounts"].as_array_mut().unwrap();
        mounts.push(json!({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]}));
        if in_user_namespace {
            for set in ["bounding", "effective", "permitted"] {
                home.config["process"]["capabilities"][set]
                    .as_array_mut()
                    .unwrap()
                    .push(json!("CAP_SYS_ADMIN"));
            }
            own_user_namespace(&mut home);
        }
        for name in ["unshare", "sh"] {
            let _ = std::os::unix::fs::symlink("busybox", home.root().join("bin").join(name));
        }
        let made = running(&mut home, &format!("{RAISE}; echo done; exec sleep 100"));
        let until = Instant::now() + std::time::Duration::from_secs(20);
        while !home.output().ends_with("done\n") {
            assert!(Instant::now() < until, "{}", home.output());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(limit_of_tasks(&home), "20", "{}", home.output());
        let (text, _) = exec_script(&home, &made.container, RAISE, json!({}));
        assert_eq!(limit_of_tasks(&home), "20", "{text}");
        // Without a message, nothing was tried.
        assert!(text.contains("Permission denied") || text.contains("Read-only"), "{text}");
        crate::inside::end(&home, made);
    }
}
