//! Many containers, at once and in a row.

use insula_ns::Kind;
use insula_oci::{ContainerId, Creation, Deletion};
use insula_sandbox::mounts::Propagation;

use crate::again::{again, assert_nothing_is_left, errand, mark};
use crate::bundle::Home;

#[test]
fn fifty_at_once_leave_nothing() {
    let mut home = Home::new();
    mark(&mut home);
    home.script("true");
    home.config["linux"].as_object_mut().unwrap().remove("cgroupsPath");
    let bundle = home.bundle();
    std::thread::scope(|scope| {
        for number in 0..50 {
            let (home, bundle) = (&home, &bundle);
            scope.spawn(move || {
                let id =
                    ContainerId::new(format!("insula-oci-{}-at-once-{number}", std::process::id())).unwrap();
                let mut made = home.runtime().create(&id, bundle, Creation::default()).unwrap();
                made.container.start().unwrap();
                assert!(made.child.wait().unwrap().success());
                made.container.delete(&home.runtime(), Deletion::Stopped).unwrap();
            });
        }
    });
    assert_nothing_is_left(&home);
    // In each hierarchy of version 1, or in the one of version 2.
    let mounts = std::fs::read_dir("/sys/fs/cgroup").unwrap().map(|entry| entry.unwrap().path());
    for mount in mounts.chain(["/sys/fs/cgroup".into()]) {
        let left = std::fs::read_dir(&mount).into_iter().flatten().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("at-once")).collect();
        assert!(left.is_empty(), "{left:?} in {}", mount.display());
    }
}

#[test]
fn thousand_in_a_row_leave_nothing() {
    let Some(errand) = errand() else {
        let mut home = Home::new();
        mark(&mut home);
        home.script("exec sleep 100");
        // What others mount and unmount meanwhile is not to be counted.
        let mut apart = again("many::thousand_in_a_row_leave_nothing", &home).unshare(Kind::Mnt);
        apart.mounts.propagation = Some(Propagation::Private);
        assert!(apart.status().unwrap().success());
        return assert_nothing_is_left(&home);
    };
    let counts = || {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap().lines().count();
        let children = std::fs::read_to_string("/proc/thread-self/children").unwrap();
        (std::fs::read_dir("/proc/self/fd").unwrap().count(), mounts, children)
    };
    let mut before = None;
    for number in 0..1000 {
        let mut made = errand.runtime.create(&errand.id, &errand.bundle, Creation::default()).unwrap();
        if number % 2 == 0 {
            made.container.start().unwrap();
        }
        made.container.delete(&errand.runtime, Deletion::Forced).unwrap();
        made.child.wait().unwrap();
        // The first one opens what is kept for all.
        assert_eq!(*before.get_or_insert_with(counts), counts(), "after {number}");
    }
}
