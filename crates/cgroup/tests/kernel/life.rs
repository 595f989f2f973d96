//! How groups come and go.

use std::process::Command;
use std::time::Instant;

use insula_cgroup::{
    Cgroup, CgroupError, CgroupPath, CreateError, DeviceAccess, DeviceKind, DeviceRule, Hierarchies,
    RemoveError, Resources, SetError,
};
use rustix::process::Signal;

use crate::harness::{Place, Running, Tests, ordinary, soon, wait_for};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("a_group_is_in_every_hierarchy_and_goes_from_all", everywhere);
    tests.add("what_was_made_on_the_way_goes_with_the_last_in_it", on_the_way);
    tests.add("a_group_that_was_there_is_not_new_and_not_marked", there_before);
    tests.add("a_failed_create_leaves_nothing", failed_create);
    tests.add("a_group_with_a_process_stays_and_nothing_is_killed", busy);
    tests.add("who_makes_groups_all_the_time_does_not_keep_removal_for_ever", making_groups);
    tests.add("removal_waits_for_what_dies", dying);
    tests.add_where(
        "a_group_in_one_that_was_made_without_processors_takes_processes",
        "there is no version 1",
        |hierarchies| !hierarchies.is_unified(),
        without_processors,
    );
    tests.add("groups_below_go_however_deep_they_are", deep);
    tests.add("a_relative_path_is_near_the_callers_own_group", relative);
    tests.add("creators_and_removers_at_once_do_not_disturb_each_other", at_once);
    tests.add("an_ordinary_user_is_told_that_delegation_is_missing", not_delegated);
    tests.add("what_is_mounted_over_a_group_is_not_entered", mounted_over);
}

fn everywhere(place: &Place) {
    let path = place.path("a");
    let group = Cgroup::create(&place.hierarchies, &path).unwrap();
    assert!(group.is_new() && group.is_ours());
    let directories = place.directories(&path);
    assert_eq!(group.directories().collect::<Vec<_>>(), directories);
    assert!(directories.iter().all(|directory| directory.is_dir()), "{directories:?}");
    assert!(Cgroup::open(&place.hierarchies, &path).unwrap().is_ours());
    group.remove(soon()).unwrap();
    assert!(!directories.iter().any(|directory| directory.exists()), "{directories:?}");
    assert!(matches!(Cgroup::open(&place.hierarchies, &path), Err(CgroupError::Missing { .. })));
    // What is gone already is no error: a second delete finds what it wanted.
    group.remove(soon()).unwrap();
}

fn on_the_way(place: &Place) {
    let first = place.create("x/y/first");
    let second = place.create("x/second");
    first.remove(soon()).unwrap();
    let gone = place.directories(&place.path("x/y"));
    assert!(!gone.iter().any(|directory| directory.exists()), "{gone:?}");
    let stays = place.directories(&place.path("x"));
    assert!(stays.iter().all(|directory| directory.is_dir()), "{stays:?}");
    second.remove(soon()).unwrap();
    let all = place.directories(&place.path(""));
    assert!(!all.iter().any(|directory| directory.exists()), "{all:?}");
}

fn there_before(place: &Place) {
    let path = place.path("others");
    let keep = place.create("keep");
    for directory in place.directories(&path) {
        std::fs::create_dir(directory).unwrap();
    }
    let group = Cgroup::create(&place.hierarchies, &path).unwrap();
    assert!(!group.is_new() && !group.is_ours());
    group.remove(soon()).unwrap();
    keep.remove(soon()).unwrap();
}

fn without_processors(place: &Place) {
    for directory in place.directories(&place.path("plain/leaf")) {
        std::fs::create_dir_all(directory).unwrap();
    }
    for below in ["plain/leaf", "plain/leaf/new"] {
        let mut process = Running::start(&place.create(below), ":");
        assert_eq!(process.exit_code(), 0);
    }
}

fn failed_create(place: &Place) {
    // A file of that name is in every group.
    let error = Cgroup::create(&place.hierarchies, &place.path("new/cgroup.procs")).unwrap_err();
    assert!(matches!(error, CreateError::Make { .. }), "{error:?}");
    let left = place.directories(&place.path(""));
    assert!(!left.iter().any(|directory| directory.exists()), "{left:?}");
}

fn busy(place: &Place) {
    let group = place.create("a");
    let mut sleeper = Running::start(&group, "sleep 1000");
    match group.remove(Instant::now()).unwrap_err() {
        RemoveError::Busy { processes, .. } => assert!(processes.contains(&sleeper.pid()), "{processes:?}"),
        error => panic!("{error:?}"),
    }
    assert!(sleeper.is_alive());
    group.kill(Signal::KILL).unwrap();
    group.remove(soon()).unwrap();
}

fn making_groups(place: &Place) {
    let group = place.create("a");
    let directory = group.directories().last().unwrap().display().to_string();
    let mut maker =
        Running::start(&group, &format!("cd {directory}; while :; do mkdir b c; done 2>/dev/null"));
    wait_for("a group", || group.directories().last().unwrap().join("b").exists());
    let error = group.remove(Instant::now()).unwrap_err();
    assert!(matches!(error, RemoveError::Busy { .. }), "{error:?}");
    assert!(maker.is_alive());
    group.kill(Signal::KILL).unwrap();
    group.remove(soon()).unwrap();
}

fn dying(place: &Place) {
    for _ in 0..5 {
        let group = place.create("a");
        let sleeper = Running::start(&group, "sleep 1000 & wait");
        group.kill(Signal::KILL).unwrap();
        group.remove(soon()).unwrap();
        drop(sleeper);
    }
}

fn deep(place: &Place) {
    const DEPTH: usize = 100;
    let group = place.create("a");
    for directory in group.directories() {
        let mut below = std::fs::File::open(directory).unwrap().into();
        for _ in 0..DEPTH {
            rustix::fs::mkdirat(&below, "b", rustix::fs::Mode::from_raw_mode(0o755)).unwrap();
            rustix::fs::mkdirat(&below, "c", rustix::fs::Mode::from_raw_mode(0o755)).unwrap();
            let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::CLOEXEC;
            below = rustix::fs::openat(&below, "b", flags, rustix::fs::Mode::empty()).unwrap();
        }
    }
    assert_eq!(group.processes().unwrap(), []);
    group.remove(soon()).unwrap();
    let left = place.directories(&place.path("a"));
    assert!(!left.iter().any(|directory| directory.exists()), "{left:?}");
}

fn relative(place: &Place) {
    let name = format!("insula-test-relative-{}", std::process::id());
    let group = Cgroup::create(&place.hierarchies, &CgroupPath::new(&name).unwrap()).unwrap();
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap();
    for (hierarchy, directory) in group.by_hierarchy() {
        let line = own.lines().find(|line| line.split(':').nth(1) == Some(hierarchy)).unwrap();
        let mut expected = std::path::PathBuf::from(line.splitn(3, ':').nth(2).unwrap());
        if hierarchy.is_empty() {
            expected.pop();
        }
        assert!(
            directory.ends_with(expected.join(&name).strip_prefix("/").unwrap()),
            "{}, {line}",
            directory.display()
        );
        assert!(directory.is_dir());
    }
    group.remove(soon()).unwrap();
}

fn at_once(place: &Place) {
    std::thread::scope(|scope| {
        for worker in 0..4 {
            scope.spawn(move || {
                for round in 0..10 {
                    let group = place.create(&format!("x/{worker}-{round}"));
                    assert!(group.is_new());
                    group.remove(soon()).unwrap();
                }
            });
        }
    });
    let left = place.directories(&place.path(""));
    assert!(!left.iter().any(|directory| directory.exists()), "{left:?}");
}

/// Runs the test `name` of this program again, by way of a command.
fn again(by: &[&str], name: &str, variable: &str, value: &str) -> std::process::Output {
    let mut command = Command::new(by[0]);
    command.args(&by[1..]).arg(std::env::current_exe().unwrap()).args(["--exact", name]);
    command.env(variable, value).output().unwrap()
}

/// Says which step of a test this process is to be.
const STEP: &str = "INSULA_CGROUP_STEP";

fn not_delegated(place: &Place) {
    let keep = place.create("theirs/keep");
    let path = place.path("theirs/new");
    assert_eq!(ordinary(&path), "delegated nowhere\nNotDelegated EACCES\n");
    for directory in place.directories(&place.path("theirs")) {
        std::os::unix::fs::chown(directory, Some(4242), None).unwrap();
    }
    assert_eq!(ordinary(&path), "delegated everywhere\nmade and removed\n");
    keep.remove(soon()).unwrap();
}

/// What an ordinary user sees: the other process of [`ordinary`].
#[expect(clippy::print_stdout, reason = "its answer to the test")]
pub(crate) fn as_user(path: &str) {
    let hierarchies = Hierarchies::find().unwrap();
    let path = CgroupPath::new(path).unwrap();
    let mut delegated = hierarchies.as_slice().iter().map(|hierarchy| hierarchy.is_delegated(&path).unwrap());
    let first = delegated.next().unwrap();
    assert!(delegated.all(|other| other == first));
    println!("delegated {}", if first { "everywhere" } else { "nowhere" });
    match Cgroup::create(&hierarchies, &path) {
        Ok(group) => {
            let rule = |allow| DeviceRule {
                allow,
                kind: DeviceKind::All,
                major: None,
                minor: None,
                access: DeviceAccess::ALL,
            };
            let devices = |rules| group.set(&Resources { devices: Some(rules), ..Resources::default() });
            // What denies nothing may be left out by who cannot set it; all else may not.
            devices(vec![rule(true)]).unwrap();
            for rules in [vec![rule(false)], vec![], vec![rule(true), rule(false)]] {
                let error = devices(rules).unwrap_err();
                assert!(
                    matches!(error, SetError::NotDelegated { .. } | SetError::Program { .. }),
                    "{error:?}"
                );
            }
            group.remove(soon()).unwrap();
            println!("made and removed");
        }
        Err(CreateError::NotDelegated { source: rustix::io::Errno::ACCESS, .. }) => {
            println!("NotDelegated EACCES");
        }
        Err(error) => println!("{error:?}"),
    }
}

fn mounted_over(place: &Place) {
    if std::env::var_os(STEP).is_some() {
        let path = CgroupPath::new(&std::env::var(STEP).unwrap()).unwrap();
        let directory = place.directories(&path).pop().unwrap();
        let status = Command::new("mount").args(["-t", "tmpfs", "none"]).arg(&directory).status().unwrap();
        assert!(status.success());
        let below = CgroupPath::new(&format!("{path}/below")).unwrap();
        let error = Cgroup::create(&place.hierarchies, &below).unwrap_err();
        assert!(matches!(error, CreateError::Make { source: rustix::io::Errno::XDEV, .. }), "{error:?}");
        assert!(std::fs::read_dir(directory).unwrap().next().is_none());
        return;
    }
    let group = place.create("a");
    let name = "kernel/what_is_mounted_over_a_group_is_not_entered";
    let output = again(&["unshare", "--mount"], name, STEP, &place.path("a").to_string());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}");
    group.remove(soon()).unwrap();
}
