//! What is mounted, found.

use std::path::Path;
use std::process::Command;

use insula_cgroup::{Cgroup, CgroupPath, Controller, Hierarchies, HierarchiesError, Version};

use crate::harness::{Place, Tests, soon};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("every_hierarchy_of_this_process_is_found", all);
    tests.add("what_is_mounted_elsewhere_is_found", elsewhere);
    tests.add("what_is_mounted_nowhere_is_an_error", nowhere);
}

fn all(place: &Place) {
    let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap();
    for hierarchy in place.hierarchies.as_slice() {
        let kind = if *hierarchy.version() == Version::V2 { "cgroup2" } else { "cgroup" };
        let mount = hierarchy.mount_point().display().to_string();
        let line = table.lines().rfind(|line| line.split(' ').nth(4) == Some(&mount)).unwrap();
        assert!(line.contains(&format!(" - {kind} ")), "{line}");
        assert!(own.lines().any(|line| line.split(':').nth(1) == Some(hierarchy.name())), "{own}");
    }
    let controllers = place.hierarchies.controllers();
    assert!(
        controllers.contains(Controller::Memory) && controllers.contains(Controller::Pids),
        "{controllers}"
    );
}

/// Runs this program again in a mount namespace of its own, when `script` has mounted something there.
fn in_mounts(script: &str) {
    let me = std::env::current_exe().unwrap();
    let script = format!("set -e; {script}; exec {} --elsewhere $mount", me.display());
    let output = Command::new("unshare").args(["--mount", "sh", "-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn elsewhere(place: &Place) {
    let device = if place.hierarchies.is_unified() { "-t cgroup2 none" } else { "-t cgroup -o pids none" };
    // Over a directory that is there anyway, so that nothing is left behind.
    in_mounts(&format!("mount=/media; mount {device} $mount; mount -t tmpfs none /sys/fs/cgroup"));
}

fn nowhere(_: &Place) {
    in_mounts("mount=none; umount -R -l /sys/fs/cgroup; mount -t tmpfs none /sys/fs/cgroup 2>/dev/null || :");
}

/// The other process of these tests: what it finds is at `mount`, if that is not `none`.
pub(crate) fn elsewhere_found(mount: &str) {
    let found = Hierarchies::find();
    if mount == "none" {
        assert!(matches!(found, Err(HierarchiesError::NotMounted)), "{found:?}");
        return;
    }
    let hierarchies = found.unwrap();
    let mounts: Vec<_> = hierarchies.as_slice().iter().map(insula_cgroup::Hierarchy::mount_point).collect();
    assert_eq!(mounts, [Path::new(mount)]);
    let name = format!("insula-test-elsewhere-{}", std::process::id());
    for path in [format!("/{name}"), name] {
        let group = Cgroup::create(&hierarchies, &CgroupPath::new(&path).unwrap()).unwrap();
        assert!(group.is_new());
        group.remove(soon()).unwrap();
    }
}
