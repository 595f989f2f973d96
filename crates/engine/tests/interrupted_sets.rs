//! Who makes or removes a set is killed at each step; whatever is done next, nothing is left in the end.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start processes and fail by panicking"
)]

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use insula_engine::set::{Disposal, Inside, NewSet, Remnant, SetError, SetName, Sets, Step};
use insula_ns::{Kind, Kinds, ProcDir};
use libtest_mimic::{Arguments, Trial};

fn main() {
    // The program starts itself again as what is described below.
    match env::var("INSULA_ROLE").as_deref() {
        Ok("world") => recover_from_every_step(),
        Ok("maker") => make_and_remove(),
        _ => {
            let trial = |name: &str, test: fn()| {
                Trial::test(name, move || {
                    test();
                    Ok(())
                })
            };
            let trials = vec![
                trial("roots_sets_leave_nothing", || in_world("root")),
                trial("users_sets_leave_nothing", || in_world("ordinary")),
            ];
            libtest_mimic::run(&Arguments::from_args(), trials).exit();
        }
    }
}

/// Becomes `$1`, in new PID and mount namespaces with an empty `/run`.
const WORLD: &str = r#"
set -eu
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p -m 755 /run/user /run/bin
mkdir -m 700 /run/user/4242
cp "$1" /run/bin/test
user=
case $2 in
ordinary-root)
    chown 4242:4242 /run/user/4242
    user='setpriv --reuid 4242 --regid 4242 --clear-groups --inh-caps=-all env -u XDG_RUNTIME_DIR' ;;
ordinary)
    user='unshare --user --map-user=4242 --map-group=4242 env XDG_RUNTIME_DIR=/run/user/4242' ;;
esac
INSULA_ROLE=world $user /run/bin/test
"#;

/// Interrupts and recovers in a world of its own, as root or, without any privilege, as `ordinary`.
fn in_world(user: &str) {
    let real_root = rustix::process::geteuid().is_root();
    let mut command = Command::new("unshare");
    if !real_root {
        command.arg("--map-root-user");
    }
    command.args(["--mount", "--pid", "--fork", "--kill-child", "--propagation=private", "--mount-proc"]);
    command.args(["sh", "-c", WORLD, "sh"]).arg(env::current_exe().unwrap());
    command.arg(format!("{user}{}", if real_root { "-root" } else { "" }));
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
}

fn name() -> SetName {
    "blue".parse().unwrap()
}

/// How somebody goes on after the interruption.
#[derive(Clone, Copy, Debug)]
enum Next {
    Collect,
    Remove,
    CreateAndRemove,
}

fn recover_from_every_step() {
    let before = namespace_mounts();
    for kinds in [Kinds::ALL, Kind::Net | Kind::Uts] {
        for step in Step::ALL {
            for next in [Next::Collect, Next::Remove, Next::CreateAndRemove] {
                let what = format!("{kinds} killed after {step:?}, then {next:?}");
                let was_killed = interrupt(kinds, step);
                recover(kinds, step, next, was_killed, &what);
                wait_for_keepers();
                assert_eq!(namespace_mounts(), before, "{what}");
                for store in ["/run/insula", "/run/user/4242/insula", "/run/netns/blue"] {
                    assert!(!Path::new(store).exists(), "{what}: {store} is left");
                }
            }
        }
    }
}

/// Whether the process that makes, and removes, a set came to the step: that of an ordinary user mounts nothing.
fn interrupt(kinds: Kinds, step: Step) -> bool {
    let status = Command::new(env::current_exe().unwrap())
        .env("INSULA_ROLE", "maker")
        .env("KINDS", kinds.to_string())
        .env("STEP", format!("{step:?}"))
        .output()
        .unwrap()
        .status;
    assert!(status.success() || status.signal() == Some(9), "{status}");
    status.signal().is_some()
}

/// Makes a set and removes it again, unless it is killed before.
fn make_and_remove() {
    let (kinds, step) = (env::var("KINDS").unwrap(), env::var("STEP").unwrap());
    let step = Step::ALL.into_iter().find(|one| format!("{one:?}") == step).unwrap();
    let sets = Sets::of_caller().killed_after(step);
    sets.create(&name(), NewSet::new(kinds.parse().unwrap()).unwrap()).unwrap();
    sets.remove(&name(), Inside::Spare).unwrap();
}

fn recover(kinds: Kinds, step: Step, next: Next, was_killed: bool, what: &str) {
    let sets = Sets::of_caller();
    let is_making = Step::ALL[..6].contains(&step);
    match next {
        Next::Collect => {
            let planned = sets.collect(Disposal::DryRun).unwrap();
            let done = sets.collect(Disposal::Remove).unwrap();
            assert_eq!(planned.garbage, done.garbage, "{what}");
            assert!(done.failures.is_empty(), "{what}: {:?}", done.failures);
            let why: Vec<_> = done.garbage.iter().map(|garbage| garbage.why).collect();
            let expected = match step {
                _ if !was_killed => vec![],
                _ if is_making => vec![Some(Remnant::HalfMade)],
                // Its record is gone, so it might as well be half made.
                Step::Forget => vec![Some(Remnant::HalfMade)],
                Step::RemoveDir => vec![None],
                _ => vec![Some(Remnant::HalfRemoved)],
            };
            assert_eq!(why, expected, "{what}");
        }
        Next::Remove => match sets.remove(&name(), Inside::Spare) {
            Ok(_) => assert!(was_killed && step != Step::RemoveDir, "{what}"),
            Err(insula_engine::set::RemoveError::Set(SetError::Missing { .. })) => {
                assert!(!was_killed || step == Step::RemoveDir, "{what}");
                sets.collect(Disposal::Remove).unwrap();
            }
            Err(error) => panic!("{what}: {error:?}"),
        },
        Next::CreateAndRemove => {
            let set =
                sets.create(&name(), NewSet::new(kinds).unwrap()).unwrap_or_else(|e| panic!("{what}: {e:?}"));
            for kind in kinds.iter() {
                assert_eq!(set.open(kind).unwrap().kind(), kind);
            }
            sets.remove(&name(), Inside::Spare).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        }
    }
}

fn namespace_mounts() -> Vec<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    mounts
        .lines()
        .filter(|line| line.contains("nsfs") || line.contains("/run/insula"))
        .map(str::to_owned)
        .collect()
}

/// A keeper whose maker was killed ends by itself, soon.
fn wait_for_keepers() {
    let proc = ProcDir::open().unwrap();
    let is_keeper = |pid| {
        // Of a zombie there is no command line.
        proc.command_line(pid).is_ok_and(|words| words.starts_with(b"insula-keeper\0for\0"))
            && proc.uid(pid) == Ok(rustix::process::geteuid().as_raw())
    };
    while proc.pids().unwrap().into_iter().any(is_keeper) {
        std::thread::yield_now();
    }
}
