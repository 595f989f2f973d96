//! Failures provoked for real, and what is said of them. Each runs in a world made for it by util-linux's tools.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that drives other programs on purpose"
)]

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use insula_engine::doctor::{Evidence, Explanation, Operation, Probe, Report, Status, diagnose, explain};
use insula_ns::{Kind, Kinds, Namespace};
use insula_sandbox::mounts::{Mount, Propagation};
use insula_sandbox::{Clock, Error, Init, Join, Sandbox};
use libtest_mimic::{Arguments, Trial};
use rustix::io::Errno;

/// Set for this program when it runs inside: which part of it to run.
const INSIDE: &str = "INSULA_TEST_INSIDE";

/// A test: the shell commands that make its world and end by `exec` of `"$0"`, this program; and what runs there.
struct World {
    name: &'static str,
    needs: Needs,
    setup: &'static str,
    inside: fn(),
}

#[derive(Clone, Copy, PartialEq)]
enum Needs {
    Nothing,
    Root,
}

const WORLDS: [World; 11] = [
    World {
        name: "every_probe_answers",
        needs: Needs::Nothing,
        setup: r#"exec "$0""#,
        inside: every_probe_answers,
    },
    World {
        name: "an_ordinary_user_gets_a_report",
        needs: Needs::Root,
        setup: r#"exec setpriv --reuid 4242 --regid 4242 --clear-groups --inh-caps=-all "$0""#,
        inside: ordinary_user,
    },
    World {
        name: "a_limit_of_zero_is_named",
        needs: Needs::Nothing,
        setup: r#"exec unshare -r sh -c 'echo 0 > /proc/sys/user/max_net_namespaces; exec "$0"' "$0""#,
        inside: limit_of_zero,
    },
    World {
        name: "a_limit_that_is_reached_is_found_by_trying",
        needs: Needs::Nothing,
        setup: r#"exec unshare -r sh -c 'echo 1 > /proc/sys/user/max_uts_namespaces; exec unshare -u "$0"' "$0""#,
        inside: limit_reached,
    },
    World {
        name: "namespaces_nested_too_deep_are_named",
        needs: Needs::Nothing,
        setup: r#"exec "$0""#,
        inside: nested_too_deep,
    },
    World {
        name: "a_missing_capability_and_a_missing_map_are_named",
        needs: Needs::Nothing,
        setup: r#"exec unshare --user "$0""#,
        inside: without_capabilities,
    },
    World {
        name: "a_chroot_is_named",
        needs: Needs::Nothing,
        setup: r#"
            exec unshare -rm sh -c '
                mkdir "$1/proc" && mount --rbind /proc "$1/proc" && exec chroot "$1" /test' "$0" "${0%/*}""#,
        inside: chroot,
    },
    World {
        name: "a_covered_proc_is_named",
        needs: Needs::Nothing,
        // Wherever a procfs is: a single one with nothing hidden would do for the kernel.
        setup: r#"
            exec unshare -rm sh -ec '
                for place in $(sed -n "s/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - proc .*/\1/p" /proc/self/mountinfo); do
                    mount -t tmpfs none "$place/tty"
                done
                exec "$0"' "$0""#,
        inside: covered_proc,
    },
    World {
        name: "a_limit_on_processes_is_named",
        needs: Needs::Root,
        setup: r#"exec setpriv --reuid 4243 --regid 4243 --clear-groups prlimit --nproc=0 "$0""#,
        inside: limit_on_processes,
    },
    World {
        name: "each_step_of_a_start_is_explained",
        needs: Needs::Nothing,
        setup: r#"exec "$0""#,
        inside: each_step,
    },
    World {
        name: "mount_errors_are_explained",
        needs: Needs::Nothing,
        setup: r#"exec unshare -rm "$0""#,
        inside: mount_errors,
    },
];

fn main() {
    if let Ok(name) = std::env::var(INSIDE) {
        let world = WORLDS.iter().find(|world| world.name == name).expect("the name of a world");
        return (world.inside)();
    }
    let is_root = rustix::process::geteuid().is_root();
    let trials = WORLDS.iter().map(|world| {
        let trial = Trial::test(world.name, || {
            world.run();
            Ok(())
        });
        let kind = if world.needs == Needs::Root { "needs root" } else { "" };
        trial.with_kind(kind).with_ignored_flag(world.needs == Needs::Root && !is_root)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

impl World {
    fn run(&self) {
        // Other users, and those in a chroot, can't reach the build directory.
        let directory = Directory::new(self.name);
        let program = directory.0.join("test");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let output = Command::new("sh")
            .args(["-ec", self.setup])
            .arg(&program)
            .env(INSIDE, self.name)
            .env("RUST_BACKTRACE", "0")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}\n{told}", self.name);
    }
}

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("insula-doctor-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sandbox(kinds: impl Into<Kinds>) -> Sandbox {
    let kinds = kinds.into();
    let sandbox = Sandbox::new("true").unshare(kinds).init(Init::Payload);
    if kinds.contains(Kind::User) { sandbox.map_root().unwrap() } else { sandbox }
}

/// Starts it, which must fail with this error, and explains that.
#[track_caller]
fn explained(sandbox: Sandbox, errno: Errno) -> Explanation {
    let error = sandbox.status().expect_err("this can't start");
    match &error {
        Error::Start(failure) => assert_eq!(failure.errno, errno, "{error}"),
        _ => panic!("{error}"),
    }
    explain(&error, &Evidence::of_this_machine())
}

#[track_caller]
fn cause(sandbox: Sandbox, errno: Errno, expected: &str) -> Option<String> {
    let explanation = explained(sandbox, errno);
    let cause = explanation.cause.unwrap_or_default();
    assert!(cause.contains(expected), "`{cause}` does not contain `{expected}`");
    explanation.hint
}

fn every_probe_answers() {
    let children =
        || std::fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id())).unwrap();
    let report = Report::examine();
    assert_eq!(report.findings.len(), Probe::ALL.len());
    assert!(report.findings.iter().all(|finding| !finding.evidence.is_empty()));
    assert_eq!(children(), "", "a trial is left");
    let mut names: Vec<&str> = report.findings.iter().map(|finding| finding.probe).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Probe::ALL.len(), "two probes of one name");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["findings"][0]["probe"], "namespaces.user");
}

fn ordinary_user() {
    let report = Report::examine();
    assert_eq!(report.euid, 4242);
    let status = |name: &str| {
        let finding = report.findings.iter().find(|finding| finding.probe == name).unwrap();
        (finding.status, finding.evidence.clone())
    };
    if status("namespaces.user").0 == Status::Works {
        assert_eq!(status("namespaces.net").0, Status::Limited, "not without a user namespace");
        assert_eq!(status("namespaces.all").0, Status::Works);
        assert_eq!(status("ids.own").0, Status::Works);
    }
    let (granted, evidence) = status("ids.granted");
    assert_eq!(granted, Status::No);
    assert!(evidence.contains("/etc/subuid"), "{evidence}");
    assert_eq!(status("ids.all").0, Status::No);
}

fn limit_of_zero() {
    let hint = cause(sandbox(Kind::Uts | Kind::Net), Errno::NOSPC, "user.max_net_namespaces = 0");
    assert!(hint.unwrap().contains("sysctl user.max_net_namespaces="));
    let finding = Probe::named("namespaces.net").unwrap().ask(&insula_engine::doctor::Lab::of_this_machine());
    assert_eq!(finding.status, Status::No);
    assert!(finding.evidence.contains("user.max_net_namespaces = 0"), "{finding:?}");
}

fn limit_reached() {
    let expected = "as many uts namespaces as allowed (user.max_uts_namespaces = 1";
    cause(sandbox(Kind::Net | Kind::Uts | Kind::Ipc), Errno::NOSPC, expected);
}

/// Goes a level further in, by executing itself there, until the kernel refuses.
fn nested_too_deep() {
    if sandbox(Kind::User).status().is_ok() {
        let error = Command::new("unshare").args(["-r", "/proc/self/exe"]).exec();
        panic!("{error}");
    }
    cause(sandbox(Kind::User), Errno::NOSPC, "nested as deep as they may (32 levels)");
}

fn without_capabilities() {
    let hint = cause(sandbox(Kind::Net), Errno::PERM, "takes CAP_SYS_ADMIN, which this process lacks");
    assert!(hint.unwrap().contains("user namespace"));
    let user = Sandbox::new("true").unshare(Kind::User);
    cause(user, Errno::PERM, "effective user id of this process does not exist");
    let own = Namespace::of_self(Kind::Net).unwrap();
    cause(
        Sandbox::new("true").join(Join::Namespace(own)),
        Errno::PERM,
        "entering another namespace takes CAP_SYS_ADMIN",
    );
}

fn chroot() {
    let hint = cause(Sandbox::new("true").unshare(Kind::User), Errno::PERM, "in a chroot");
    assert!(hint.unwrap().contains("--rootfs"));
}

fn covered_proc() {
    let mut inner = sandbox(Kind::User | Kind::Pid | Kind::Mnt);
    inner.mounts.propagation = Some(Propagation::Private);
    inner.mounts.mounts.push(Mount::Proc("/proc".into()));
    cause(inner, Errno::PERM, "hidden by a mount on `/proc/tty`");
    let finding = Probe::named("mounts.proc").unwrap().ask(&insula_engine::doctor::Lab::of_this_machine());
    // Root of this user namespace owns its own mounts, so for it alone nothing is hidden.
    assert_ne!(finding.status, Status::Limited, "{finding:?}");
}

fn limit_on_processes() {
    cause(Sandbox::new("true"), Errno::AGAIN, "RLIMIT_NPROC = 0");
}

fn each_step() {
    let proc = || {
        let mut sandbox = sandbox(Kind::User | Kind::Mnt);
        sandbox.mounts.propagation = Some(Propagation::Private);
        sandbox.mounts.mounts.push(Mount::Proc("/proc".into()));
        sandbox
    };
    let hint = cause(proc(), Errno::PERM, "shows the pid namespace");
    assert!(hint.unwrap().contains("new pid namespace"));
    let future = sandbox(Kind::User | Kind::Time).time_offset(Clock::Boottime, i128::from(i64::MAX) * 1_000);
    cause(future, Errno::RANGE, "146 years");
    let mut nowhere = sandbox(Kind::User).env("PATH", "/bin:/usr/bin");
    nowhere.command.program = "no-such-program".into();
    cause(nowhere, Errno::NOENT, "in no directory of PATH");
    let mut other = sandbox(Kind::User);
    other.identity.uid = Some(4711);
    cause(other, Errno::INVAL, "user id 4711 does not exist");
    let mut groups = sandbox(Kind::User);
    groups.identity.groups = Some(vec![0]);
    cause(groups, Errno::PERM, "`setgroups` is denied");
    cause(sandbox(Kind::User).current_dir("/no/such/directory"), Errno::NOENT, "`/no/such/directory`");
}

/// Calls that a user namespace may make, with what the kernel refuses about them.
fn mount_errors() {
    use rustix::mount::{
        MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_change, unmount,
    };
    let evidence = Evidence::of_this_machine();
    let check = |operation: Operation<'_>, result: Result<(), Errno>, errno: Errno, expected: &str| {
        assert_eq!(result, Err(errno), "{operation:?}");
        let diagnosis = diagnose(&operation, errno, &evidence).unwrap();
        assert!(diagnosis.cause.contains(expected), "{operation:?}: {diagnosis:?}");
    };
    let target = Path::new("/tmp");
    let none = MountFlags::empty();
    let new = |fs_type| mount("none", target, fs_type, none, None);
    check(Operation::Mount { fs_type: "nofs", target }, new("nofs"), Errno::NODEV, "no file system `nofs`");
    check(
        Operation::Mount { fs_type: "sysfs", target },
        new("sysfs"),
        Errno::PERM,
        "shows the net namespace",
    );
    let options = mount("none", target, "tmpfs", none, c"size=much");
    check(Operation::Mount { fs_type: "tmpfs", target }, options, Errno::INVAL, "no such option");
    let nowhere = Path::new("/tmp/insula-no-such-directory");
    let result = mount_bind(nowhere, target);
    check(Operation::Bind { source: nowhere }, result, Errno::NOENT, "does not exist");
    mount("none", target, "tmpfs", none, None).unwrap();
    let (a, b) = (Path::new("/tmp/a"), Path::new("/tmp/b"));
    for directory in [a, b] {
        std::fs::create_dir(directory).unwrap();
    }
    mount("none", a, "tmpfs", none, None).unwrap();
    mount_change(a, MountPropagationFlags::UNBINDABLE).unwrap();
    check(Operation::Bind { source: a }, mount_bind(a, b), Errno::INVAL, "unbindable");
    let result = unmount(b, UnmountFlags::empty());
    check(Operation::Unmount { target: b }, result, Errno::INVAL, "no mount point");
    let result = mount("none", b, "overlay", none, c"lowerdir=/tmp/a,upperdir=/tmp/a,workdir=/tmp/b");
    check(Operation::Mount { fs_type: "overlay", target: b }, result, Errno::INVAL, "overlay refuses");
    let result = rustix::process::pivot_root(b, b);
    check(
        Operation::PivotRoot { new_root: b },
        result,
        Errno::INVAL,
        "`/tmp/b` is no mount point (it is on `/tmp`)",
    );
    let result = rustix::process::pivot_root("/", "/");
    let root = Path::new("/");
    assert!(matches!(result, Err(Errno::BUSY | Errno::INVAL)), "{result:?}");
    assert!(diagnose(&Operation::PivotRoot { new_root: root }, result.unwrap_err(), &evidence).is_some());
}
