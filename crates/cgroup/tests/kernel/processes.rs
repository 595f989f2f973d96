//! Who is in a group.

use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use insula_cgroup::{Cgroup, Version};

use crate::harness::{Place, Running, Tests};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("a_process_that_is_added_is_in_it_in_every_hierarchy", added);
    tests.add("processes_of_groups_below_are_told", below);
    tests.add_where(
        "who_is_to_be_with_another_is_below_where_nobody_is_let_in",
        "the hierarchy of version 2 has no `pids`",
        insula_cgroup::Hierarchies::is_unified,
        with_another,
    );
    tests.add("a_process_moves_itself_by_the_files_of_an_entry", entry);
}

/// What the kernel says that process `pid` is in.
fn memberships(pid: &str) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap()
}

fn added(place: &Place) {
    let group = place.create("a");
    let sleeper = Running::start(&group, "exec sleep 1000");
    let path = place.path("a").to_string();
    let pid = sleeper.pid().as_raw_nonzero().to_string();
    for line in memberships(&pid).lines() {
        let is_mounted = group.by_hierarchy().any(|(name, _)| line.split(':').nth(1) == Some(name));
        assert_eq!(line.ends_with(&path), is_mounted, "{line}");
    }
    assert_eq!(group.processes().unwrap(), [sleeper.pid()]);
}

fn below(place: &Place) {
    let top = place.create("a");
    let inner = place.create("a/b/c");
    let sleeper = Running::start(&inner, "exec sleep 1000");
    assert_eq!(top.members().unwrap(), []);
    assert_eq!(top.processes().unwrap(), [sleeper.pid()]);
    assert_eq!(inner.members().unwrap(), [sleeper.pid()]);
}

fn entry(place: &Place) {
    let group = place.create("a");
    let path = place.path("a").to_string();
    let entry = group.entry_by_files().unwrap();
    let names: Vec<_> = group.by_hierarchy().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(entry.files.len(), names.len());
    for (file, name) in entry.files.into_iter().zip(names) {
        let output = Command::new("sh")
            .args(["-c", "echo 0 >&0; cat /proc/self/cgroup"])
            .stdin(Stdio::from(file))
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let line = said.lines().find(|line| line.split(':').nth(1) == Some(&*name)).unwrap();
        assert!(line.ends_with(&path), "{line}, {}", String::from_utf8_lossy(&output.stderr));
    }
    let unified = place.hierarchies.as_slice().iter().any(|hierarchy| *hierarchy.version() == Version::V2);
    assert_eq!(group.entry().unwrap().directory.is_some(), unified);
}

fn with_another(place: &Place) {
    let top = place.create("a");
    let with = |process| inode(&top.entry_with(process).unwrap().directory.unwrap());
    let of = |group: &Cgroup| inode(&group.entry().unwrap().directory.unwrap());
    let sleeper = Running::start(&top, "exec sleep 1000");
    assert_eq!(with(sleeper.pid()), of(&top), "it lets others in");
    drop(sleeper);
    // Who makes groups in it has it give them controllers.
    place.create("a/other");
    let inner = place.create("a/b/c");
    let given = std::fs::read_to_string(top.directories().last().unwrap().join("cgroup.subtree_control"));
    assert!(given.unwrap().contains("pids"));
    let sleeper = Running::start(&inner, "exec sleep 1000");
    assert_eq!(with(sleeper.pid()), of(&inner));
}

/// The group that a descriptor is open on.
fn inode(directory: &OwnedFd) -> u64 {
    rustix::fs::fstat(directory).unwrap().st_ino
}
