//! The creating process killed at many moments: what is left is taken away by a deletion.

use std::io::Read as _;
use std::time::Duration;

use insula_oci::{CgroupManager, Creation, Deletion, Error, When};
use insula_sandbox::{Child, Stream};
use rustix::process::Signal;

use crate::again::{again, assert_nothing_is_left, errand, mark, processes_of};
use crate::bundle::{Home, chain};

const MOMENTS: u32 = 45;

/// Starts a process that creates a container when it is told to, and is about to.
fn creator(home: &Home, test: &str) -> (Child, std::io::PipeWriter) {
    let (reader, go) = std::io::pipe().unwrap();
    let (mut ready, writer) = std::io::pipe().unwrap();
    let mut process = again(test, home);
    process.stdio.streams = [Stream::Fd(reader.into()), Stream::Null, Stream::Fd(writer.into())];
    let child = process.spawn().unwrap();
    ready.read_exact(&mut [0]).unwrap();
    (child, go)
}

/// What that process does.
fn create_when_told(groups: CgroupManager, when: When) -> bool {
    let Some(errand) = errand() else { return false };
    rustix::io::write(rustix::stdio::stderr(), b".").unwrap();
    std::io::stdin().read_exact(&mut [0]).unwrap();
    let creation = Creation { cgroups: groups, when, ..Creation::default() };
    // Its end is not ours to wait for: the test kills this process, or finds a container that is created.
    drop(errand.runtime.create(&errand.id, &errand.bundle, creation).unwrap());
    true
}

fn kill_at_every_moment(test: &str) {
    let mut home = Home::new();
    mark(&mut home);
    home.script("exec sleep 100");
    let mut unfinished = 0;
    for moment in 0..MOMENTS {
        let (child, go) = creator(&home, test);
        rustix::io::write(&go, b".").unwrap();
        // Finely at first, when most happens.
        std::thread::sleep(Duration::from_micros(u64::from(moment * moment) * 10));
        child.signal(Signal::KILL).unwrap();
        child.wait().unwrap();
        let id = insula_oci::ContainerId::new("one").unwrap();
        match home.runtime().container(&id) {
            Err(Error::Unknown(_)) => unfinished += 1,
            Err(error) => panic!("moment {moment}: {}", chain(&error)),
            Ok(container) => {
                unfinished += u32::from(container.record().process.is_none());
                let deleted = container.delete(&home.runtime(), Deletion::Forced);
                deleted.unwrap_or_else(|error| panic!("moment {moment}: {}", chain(&error)));
            }
        }
        // Who is told of its parent's death needs a moment to die.
        for _ in 0..100 {
            if processes_of(&home.path("")).is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_nothing_is_left(&home);
    }
    assert!(unfinished > 0, "no creation was interrupted");
}

#[test]
fn creation_that_is_killed_leaves_nothing_that_a_deletion_does_not_take() {
    if create_when_told(CgroupManager::Cgroupfs, When::Started) {
        return;
    }
    kill_at_every_moment("interrupted::creation_that_is_killed_leaves_nothing_that_a_deletion_does_not_take");
}

#[test]
fn creation_without_a_group_that_is_killed_leaves_nothing_either() {
    if create_when_told(CgroupManager::Disabled, When::Started) {
        return;
    }
    kill_at_every_moment("interrupted::creation_without_a_group_that_is_killed_leaves_nothing_either");
}

#[test]
fn run_without_a_group_that_is_killed_leaves_nothing_either() {
    if create_when_told(CgroupManager::Disabled, When::Now) {
        return;
    }
    kill_at_every_moment("interrupted::run_without_a_group_that_is_killed_leaves_nothing_either");
}

/// What a runtime leaves that is killed between the execution and the record.
#[test]
fn process_that_runs_and_is_on_no_record_is_ended_by_its_mark() {
    for is_recorded in [true, false] {
        let mut home = Home::new();
        mark(&mut home);
        home.script("exec sleep 100");
        let id = insula_oci::ContainerId::new("one").unwrap();
        let creation = Creation { cgroups: CgroupManager::Disabled, when: When::Now, ..Creation::default() };
        let made = home.runtime().create(&id, &home.bundle(), creation).unwrap();
        drop(made.container);
        let path = home.path("state/one/state.json");
        if is_recorded {
            let mut record: serde_json::Value =
                serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            record.as_object_mut().unwrap().remove("process");
            record["status"] = "creating".into();
            std::fs::write(&path, record.to_string()).unwrap();
            assert!(home.find("one").delete(&home.runtime(), Deletion::Stopped).is_err());
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        home.find("one").delete(&home.runtime(), Deletion::Forced).unwrap();
        assert!(!made.child.wait().unwrap().success());
        assert_nothing_is_left(&home);
    }
}

#[test]
fn process_that_waits_and_is_on_no_record_is_ended_by_its_gate() {
    let mut home = Home::new();
    mark(&mut home);
    home.script("exec sleep 100");
    let id = insula_oci::ContainerId::new("one").unwrap();
    let creation = Creation { cgroups: CgroupManager::Disabled, ..Creation::default() };
    let made = home.runtime().create(&id, &home.bundle(), creation).unwrap();
    drop(made.container);
    // As if the creator had been killed before it wrote the process down, and before it wrote anything down.
    for forget in [&["process"][..], &[]] {
        let path = home.path("state/one/state.json");
        if let [field] = forget {
            let mut record: serde_json::Value =
                serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            record.as_object_mut().unwrap().remove(*field);
            record["status"] = "creating".into();
            std::fs::write(&path, record.to_string()).unwrap();
            let container = home.find("one");
            assert_eq!(container.status().unwrap(), insula_oci::state::Status::Creating);
            assert!(container.delete(&home.runtime(), Deletion::Stopped).is_err());
        } else {
            std::fs::remove_file(&path).unwrap();
        }
    }
    home.find("one").delete(&home.runtime(), Deletion::Forced).unwrap();
    assert!(!made.child.wait().unwrap().success());
    assert_nothing_is_left(&home);
}
