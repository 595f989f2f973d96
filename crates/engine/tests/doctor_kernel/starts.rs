//! Probes, and sandboxes that do not start.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use insula_engine::doctor::{Evidence, Explanation, Lab, Probe, Report, Status, explain};
use insula_ns::{Kind, Kinds, Namespace};
use insula_sandbox::mounts::{
    Attributes, Bind, Changes, FileSystem, Layers, Mount, Overlay, Propagation, Root,
};
use insula_sandbox::{Clock, Error, Init, Join, Sandbox};
use rustix::io::Errno;

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

pub(crate) fn every_probe_answers() {
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

pub(crate) fn ordinary_user() {
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

pub(crate) fn limit_of_zero() {
    let hint = cause(sandbox(Kind::Uts | Kind::Net), Errno::NOSPC, "user.max_net_namespaces = 0");
    assert!(hint.unwrap().contains("sysctl user.max_net_namespaces="));
    let finding = Probe::named("namespaces.net").unwrap().ask(&Lab::of_this_machine());
    assert_eq!(finding.status, Status::No);
    assert!(finding.evidence.contains("user.max_net_namespaces = 0"), "{finding:?}");
}

pub(crate) fn limit_reached() {
    let expected = "as many uts namespaces as allowed (user.max_uts_namespaces = 1";
    cause(sandbox(Kind::Net | Kind::Uts | Kind::Ipc), Errno::NOSPC, expected);
}

/// Goes a level further in, by executing itself there, until the kernel refuses.
pub(crate) fn nested_too_deep() {
    if sandbox(Kind::User).status().is_ok() {
        let error = Command::new("unshare").args(["-r", "/proc/self/exe"]).exec();
        panic!("{error}");
    }
    cause(sandbox(Kind::User), Errno::NOSPC, "nested as deep as they may (32 levels)");
}

pub(crate) fn without_capabilities() {
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

pub(crate) fn chroot() {
    let hint = cause(Sandbox::new("true").unshare(Kind::User), Errno::PERM, "in a chroot");
    assert!(hint.unwrap().contains("--rootfs"));
}

pub(crate) fn covered_proc() {
    let mut inner = sandbox(Kind::User | Kind::Pid | Kind::Mnt);
    inner.mounts.propagation = Some(Propagation::Private);
    inner.mounts.mounts.push(Mount::Proc("/proc".into()));
    cause(inner, Errno::PERM, "hidden by a mount on `/proc/tty`");
    let finding = Probe::named("mounts.proc").unwrap().ask(&Lab::of_this_machine());
    // Root of this user namespace owns its own mounts, so for it alone nothing is hidden.
    assert_eq!(finding.status, Status::Limited, "{finding:?}");
    assert!(finding.evidence.contains("hidden by a mount on `/proc/tty`"), "{finding:?}");
}

pub(crate) fn limit_on_processes() {
    cause(Sandbox::new("true"), Errno::AGAIN, "RLIMIT_NPROC = 0");
}

pub(crate) fn each_step() {
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

/// Mounts and roots of a sandbox that the kernel refuses.
pub(crate) fn each_mount() {
    let refused = |mount: Mount, errno, expected: &str| {
        let mut sandbox = sandbox(Kind::User | Kind::Mnt);
        sandbox.mounts.propagation = Some(Propagation::Private);
        sandbox.mounts.mounts.push(mount);
        cause(sandbox, errno, expected);
    };
    let new = |fs_type: &str| FileSystem::new(fs_type, "/tmp");
    refused(Mount::FileSystem(new("nofs")), Errno::NODEV, "no file system `nofs`");
    refused(Mount::FileSystem(new("sysfs")), Errno::PERM, "shows the net namespace");
    refused(Mount::FileSystem(new("tmpfs").option("size", "much")), Errno::INVAL, "no such option or value");
    let nowhere = "/no/such/directory";
    refused(Mount::Bind(Bind::new(nowhere, "/tmp")), Errno::NOENT, "`/no/such/directory`");
    let layers = Layers { lower: vec![nowhere.into()], changes: Changes::Discarded { size: None } };
    let overlay = Overlay { target: "/tmp".into(), layers, attributes: Attributes::NONE };
    refused(Mount::Overlay(overlay), Errno::NOENT, "something that it needs, does not exist");
    let mut root = sandbox(Kind::User | Kind::Mnt);
    root.mounts.root = Root::Dir(nowhere.into());
    cause(root, Errno::NOENT, "`/no/such/directory`");
}

pub(crate) fn threads() {
    let (send, receive) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || receive.recv());
    let error = sandbox(Kind::User).exec();
    let explanation = explain(&error, &Evidence::of_this_machine());
    assert!(explanation.cause.unwrap_or_default().contains("2 threads"), "{error}");
    send.send(()).unwrap();
    thread.join().unwrap().unwrap();
}
