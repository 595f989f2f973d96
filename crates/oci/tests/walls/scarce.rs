//! Descriptors, space and permissions that there are not enough of.

use std::time::{Duration, Instant};

use insula_cgroup::{Cgroup, CgroupPath, Hierarchies, Limit, Resources};
use insula_ns::Kind;
use insula_oci::state::Status;
use insula_oci::{Addition, Creation, Deletion};
use insula_sandbox::mounts::{Attributes, Mount, Propagation, Tmpfs};
use rustix::mount::MountFlags;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::again::{Errand, again, assert_nothing_is_left, errand, mark};
use crate::bundle::{Home, chain};

/// Creates and deletes; gives why it could not.
fn attempt(errand: &Errand) -> Result<(), String> {
    let made = errand
        .runtime
        .create(&errand.id, &errand.bundle, Creation::default())
        .map_err(|error| chain(&error))?;
    made.container.delete(&errand.runtime, Deletion::Forced).map_err(|error| chain(&error))?;
    made.child.wait().map(drop).map_err(|error| chain(&error))
}

#[test]
fn too_few_descriptors_are_told_and_leave_nothing() {
    let Some(errand) = errand() else {
        let mut home = Home::new();
        mark(&mut home);
        home.script("exec sleep 100");
        assert!(
            again("scarce::too_few_descriptors_are_told_and_leave_nothing", &home)
                .status()
                .unwrap()
                .success()
        );
        return assert_nothing_is_left(&home);
    };
    let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64 - 1;
    let whole = getrlimit(Resource::Nofile);
    let (mut refused, mut made) = (0, 0);
    for more in (0..120).step_by(2) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(open + more), maximum: whole.maximum }).unwrap();
        let attempt = attempt(&errand);
        setrlimit(Resource::Nofile, whole).unwrap();
        match attempt {
            Ok(()) => made += 1,
            Err(text) => {
                assert!(text.contains("EMFILE"), "{more} more: {text}");
                refused += 1;
            }
        }
        let ids = errand.runtime.ids().unwrap();
        // A deletion that had too few is done again.
        for id in ids {
            errand.runtime.container(&id).unwrap().delete(&errand.runtime, Deletion::Forced).unwrap();
        }
    }
    assert!(refused > 5 && made > 5, "{refused} refused, {made} made");
}

#[test]
fn too_few_descriptors_on_start_and_exec_are_told_and_leave_nothing() {
    let Some(errand) = errand() else {
        let mut home = Home::new();
        mark(&mut home);
        home.script("exec sleep 100");
        let test = "scarce::too_few_descriptors_on_start_and_exec_are_told_and_leave_nothing";
        assert!(again(test, &home).status().unwrap().success());
        return assert_nothing_is_left(&home);
    };
    let whole = getrlimit(Resource::Nofile);
    let mut process = errand.bundle.spec().process.clone().unwrap();
    process.args = vec!["true".into()];
    let (mut refused, mut started, mut added) = (0, 0, 0);
    let made = errand.runtime.create(&errand.id, &errand.bundle, Creation::default()).unwrap();
    drop(made.container);
    let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64 - 1;
    for more in 0..60 {
        setrlimit(Resource::Nofile, Rlimit { current: Some(open + more), maximum: whole.maximum }).unwrap();
        let result = errand.runtime.container(&errand.id).and_then(|mut container| {
            if container.status()? == Status::Created {
                started += usize::from(container.start().is_ok());
            }
            container.exec(&process, Addition::default())
        });
        setrlimit(Resource::Nofile, whole).unwrap();
        match result {
            Ok(process) => {
                assert!(process.child.wait().unwrap().success());
                added += 1;
            }
            Err(error) => {
                let text = chain(&error);
                assert!(text.contains("EMFILE") || text.contains("it is created"), "{more} more: {text}");
                refused += 1;
            }
        }
    }
    assert!(refused > 2 && started == 1 && added > 5, "{refused} refused, {started} started, {added} added");
    errand.runtime.container(&errand.id).unwrap().delete(&errand.runtime, Deletion::Forced).unwrap();
    made.child.wait().unwrap();
}

/// Leaves room for so many more processes in a group.
fn leave(group: &Cgroup, more: u64) {
    let now = group.usage().unwrap().pids.unwrap().current;
    group.set(&Resources { pids: Some(Limit::At(now + more)), ..Resources::default() }).unwrap();
}

#[test]
fn full_table_of_processes_is_told_and_leaves_nothing() {
    let Some(errand) = errand() else {
        if rustix::process::geteuid().is_root() {
            let mut home = Home::new();
            mark(&mut home);
            home.script("exec sleep 100");
            // The errand is in a group with room for few, and its container in one below.
            let path = home.config["linux"]["cgroupsPath"].as_str().unwrap().to_owned();
            home.config["linux"]["cgroupsPath"] = serde_json::json!(format!("{path}/inner"));
            let path = CgroupPath::new(&path).unwrap();
            let group = Cgroup::create(&Hierarchies::find().unwrap(), &path).unwrap();
            let test = "scarce::full_table_of_processes_is_told_and_leaves_nothing";
            let status = again(test, &home).status().unwrap();
            assert_nothing_is_left(&home);
            group.remove(Instant::now() + Duration::from_secs(10)).unwrap();
            assert!(status.success());
        }
        return;
    };
    let path = errand.bundle.spec().linux.cgroups_path.clone().unwrap();
    let path = CgroupPath::new(path.trim_end_matches("/inner")).unwrap();
    let group = Cgroup::open(&Hierarchies::find().unwrap(), &path).unwrap();
    group.add(rustix::process::getpid()).unwrap();
    leave(&group, 0);
    let error = attempt(&errand).unwrap_err();
    assert!(error.contains("EAGAIN") || error.contains("temporarily unavailable"), "{error}");
    assert_eq!(errand.runtime.ids().unwrap(), []);
    leave(&group, 1);
    let mut made = errand.runtime.create(&errand.id, &errand.bundle, Creation::default()).unwrap();
    made.container.start().unwrap();
    let process = errand.bundle.spec().process.clone().unwrap();
    let added = made.container.exec(&process, Addition::default()).unwrap_err();
    let error = chain(&added);
    assert!(error.contains("EAGAIN") || error.contains("temporarily unavailable"), "{error}");
    assert_eq!(made.container.status().unwrap(), Status::Running);
    made.container.delete(&errand.runtime, Deletion::Forced).unwrap();
    made.child.wait().unwrap();
}

/// Runs the test again with this at the state directory, in a mount namespace of its own.
fn with_state(test: &str, tmpfs: impl FnOnce(&mut Tmpfs)) {
    let mut home = Home::new();
    mark(&mut home);
    home.script("exec sleep 100");
    std::fs::create_dir(home.path("state")).unwrap();
    let mut state = Tmpfs::new(home.path("state"));
    tmpfs(&mut state);
    let mut process = again(test, &home).unshare(Kind::Mnt);
    process.mounts.propagation = Some(Propagation::Private);
    process.mounts.mounts.push(Mount::Tmpfs(state));
    assert!(process.status().unwrap().success());
    assert_nothing_is_left(&home);
}

#[test]
fn read_only_state_directory_is_told_and_leaves_nothing() {
    let Some(errand) = errand() else {
        if rustix::process::geteuid().is_root() {
            with_state("scarce::read_only_state_directory_is_told_and_leaves_nothing", |state| {
                state.attributes |= Attributes::READ_ONLY;
            });
        }
        return;
    };
    let error = attempt(&errand).unwrap_err();
    let path = errand.path.join("state/one");
    assert_eq!(error, format!("cannot make `{}`: read-only file system (EROFS)", path.display()));
}

#[test]
fn full_state_directory_is_told_and_leaves_nothing() {
    let Some(errand) = errand() else {
        if rustix::process::geteuid().is_root() {
            // In pages: none for a file, the configuration alone, and room for the record too.
            for size in [4096, 2 * 4096] {
                with_state("scarce::full_state_directory_is_told_and_leaves_nothing", |state| {
                    state.size = Some(size);
                });
            }
        }
        return;
    };
    let state = errand.path.join("state");
    // A page that is taken.
    std::fs::write(state.join("filler_"), [0; 4096]).unwrap();
    let error = attempt(&errand).unwrap_err();
    assert!(
        error.contains("(ENOSPC)") && (error.contains("config.json") || error.contains("record")),
        "{error}"
    );
    let left: Vec<_> = std::fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["filler_"]);
}

/// Where the state directory becomes read-only when a container is there, that is started all the same, and known to run; its
/// deletion ends it, says what it cannot remove, and is done again.
#[test]
fn state_directory_that_becomes_read_only_keeps_nobody_from_starting_or_ending_a_container() {
    const TEST: &str =
        "scarce::state_directory_that_becomes_read_only_keeps_nobody_from_starting_or_ending_a_container";
    let Some(errand) = errand() else {
        if rustix::process::geteuid().is_root() {
            with_state(TEST, |_| ());
        }
        return;
    };
    let state = errand.path.join("state");
    let remount = |flags| rustix::mount::mount_remount(&state, flags, "").unwrap();
    let made = errand.runtime.create(&errand.id, &errand.bundle, Creation::default()).unwrap();
    drop(made.container);
    remount(MountFlags::RDONLY);
    let container = || errand.runtime.container(&errand.id).unwrap();
    container().start().unwrap();
    assert_eq!(container().status().unwrap(), Status::Running);
    let error = chain(&container().delete(&errand.runtime, Deletion::Forced).unwrap_err());
    assert!(error.contains("cannot remove") && error.contains("(EROFS)"), "{error}");
    assert!(!made.child.wait().unwrap().success());
    assert_eq!(container().status().unwrap(), Status::Stopped);
    remount(MountFlags::empty());
    container().delete(&errand.runtime, Deletion::Stopped).unwrap();
}

/// What the root is on is full, so there is no room for the directories that are mounted on.
#[test]
fn full_root_is_told_and_leaves_nothing() {
    let Some(errand) = errand() else {
        if rustix::process::geteuid().is_root() {
            let mut home = Home::new();
            mark(&mut home);
            home.script("exec sleep 100");
            let root = home.path("small");
            std::fs::create_dir(&root).unwrap();
            home.config["root"]["path"] = serde_json::json!(root);
            let mut process = again("scarce::full_root_is_told_and_leaves_nothing", &home).unshare(Kind::Mnt);
            process.mounts.propagation = Some(Propagation::Private);
            assert!(process.status().unwrap().success());
            assert_nothing_is_left(&home);
        }
        return;
    };
    let root = errand.path.join("small");
    rustix::mount::mount("tmpfs", &root, "tmpfs", MountFlags::empty(), c"nr_inodes=2").unwrap();
    let error = attempt(&errand).unwrap_err();
    assert!(error.contains("(ENOSPC)"), "{error}");
    assert_eq!(errand.runtime.ids().unwrap(), []);
}
