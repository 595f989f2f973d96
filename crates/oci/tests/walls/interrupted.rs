//! The creating process killed at many moments: what is left is taken away by a deletion.

use std::io::Read as _;
use std::time::Duration;

use insula_oci::state::Status;
use insula_oci::{Addition, CgroupManager, Container, Creation, Deletion, Error, Made, When};
use insula_sandbox::{Child, Stream};
use rustix::process::Signal;

use crate::again::{Errand, again, assert_nothing_is_left, errand, mark, processes_of};
use crate::bundle::{Home, chain};

const MOMENTS: u32 = 45;

/// Starts a process that goes about its errand when it is told to, and is about to.
fn worker(home: &Home, test: &str) -> (Child, std::io::PipeWriter) {
    let (reader, go) = std::io::pipe().unwrap();
    let (mut ready, writer) = std::io::pipe().unwrap();
    let mut process = again(test, home);
    process.stdio.streams = [Stream::Fd(reader.into()), Stream::Null, Stream::Fd(writer.into())];
    let child = process.spawn().unwrap();
    ready.read_exact(&mut [0]).unwrap();
    (child, go)
}

/// The errand of that process, when it is told to go about it.
fn told_errand() -> Option<Errand> {
    let errand = errand()?;
    rustix::io::write(rustix::stdio::stderr(), b".").unwrap();
    std::io::stdin().read_exact(&mut [0]).unwrap();
    Some(errand)
}

fn create_when_told(groups: CgroupManager, when: When) -> bool {
    let Some(errand) = told_errand() else { return false };
    let creation = Creation { cgroups: groups, when, ..Creation::default() };
    // Its end is not ours to wait for: the test kills this process, or finds a container that is created.
    drop(errand.runtime.create(&errand.id, &errand.bundle, creation).unwrap());
    true
}

/// Sends that process on its errand, and kills it so much later: finely at first, when most happens.
fn kill_at(moment: u32, home: &Home, test: &str) {
    let (child, go) = worker(home, test);
    rustix::io::write(&go, b".").unwrap();
    std::thread::sleep(Duration::from_micros(u64::from(moment * moment) * 10));
    child.signal(Signal::KILL).unwrap();
    child.wait().unwrap();
}

/// As [`assert_nothing_is_left`]: who is told of its parent's death needs a moment to die.
fn assert_nothing_stays(home: &Home) {
    for _ in 0..100 {
        if processes_of(&home.path("")).is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_nothing_is_left(home);
}

/// Has a container that `begin` has made dealt with by a process that is killed at many moments, and looks at it each time: at each
/// `step`th, since PID 1 may take a second to reap what that leaves.
fn kill_while(test: &str, step: usize, begin: fn(&Home) -> Made, look: fn(&Home, Container)) {
    let mut home = Home::new();
    mark(&mut home);
    home.script("echo ran; exec sleep 100");
    for moment in (0..MOMENTS).step_by(step) {
        let made = begin(&home);
        drop(made.container);
        kill_at(moment, &home, test);
        let id = insula_oci::ContainerId::new("one").unwrap();
        match home.runtime().container(&id) {
            Err(Error::Unknown(_)) => {}
            Err(error) => panic!("moment {moment}: {}", chain(&error)),
            Ok(container) => look(&home, container),
        }
        if let Ok(container) = home.runtime().container(&id) {
            container.delete(&home.runtime(), Deletion::Forced).unwrap();
        }
        made.child.wait().unwrap();
        assert_nothing_stays(&home);
        std::fs::remove_file(home.root().join("out")).ok();
    }
}

fn created(home: &Home) -> Made {
    home.create("one")
}

fn started(home: &Home) -> Made {
    let mut made = home.create("one");
    made.container.start().unwrap();
    made
}

/// What runs has said so before long.
fn assert_runs(home: &Home) {
    for _ in 0..1000 {
        if home.output() == "ran\n" {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it does not run");
}

#[test]
fn start_that_is_killed_leaves_a_container_that_runs_or_can_be_started() {
    if let Some(errand) = told_errand() {
        errand.runtime.container(&errand.id).unwrap().start().unwrap();
        return;
    }
    let test = "interrupted::start_that_is_killed_leaves_a_container_that_runs_or_can_be_started";
    kill_while(test, 1, created, |home, mut container| {
        // It may have been let through just now.
        if container.status().unwrap() == Status::Created {
            match container.start() {
                Ok(_) | Err(Error::State { .. }) => {}
                Err(error) => panic!("{}", chain(&error)),
            }
        }
        assert_eq!(container.status().unwrap(), Status::Running);
        assert_runs(home);
    });
}

#[test]
fn exec_that_is_killed_leaves_nothing_outside_of_the_container() {
    if let Some(errand) = told_errand() {
        let process = errand.bundle.spec().process.clone().unwrap();
        let container = errand.runtime.container(&errand.id).unwrap();
        drop(container.exec(&process, Addition::default()).unwrap());
        return;
    }
    let test = "interrupted::exec_that_is_killed_leaves_nothing_outside_of_the_container";
    kill_while(test, 5, started, |_, container| {
        assert_eq!(container.status().unwrap(), Status::Running);
    });
}

#[test]
fn pause_that_is_killed_leaves_a_container_that_can_be_resumed() {
    if let Some(errand) = told_errand() {
        let container = errand.runtime.container(&errand.id).unwrap();
        for _ in 0..20 {
            container.pause().unwrap();
            container.resume().unwrap();
        }
        return;
    }
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let test = "interrupted::pause_that_is_killed_leaves_a_container_that_can_be_resumed";
    kill_while(test, 2, started, |_, container| {
        if container.status().unwrap() == Status::Paused {
            container.resume().unwrap();
        }
        assert_eq!(container.status().unwrap(), Status::Running);
    });
}

#[test]
fn deletion_that_is_killed_is_done_by_the_next_one() {
    if let Some(errand) = told_errand() {
        let container = errand.runtime.container(&errand.id).unwrap();
        container.delete(&errand.runtime, Deletion::Forced).unwrap();
        return;
    }
    let test = "interrupted::deletion_that_is_killed_is_done_by_the_next_one";
    kill_while(test, 2, started, |_, _| ());
}

fn kill_at_every_moment(test: &str) {
    let mut home = Home::new();
    mark(&mut home);
    home.script("exec sleep 100");
    let mut unfinished = 0;
    for moment in 0..MOMENTS {
        kill_at(moment, &home, test);
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
        assert_nothing_stays(&home);
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
