//! Sandboxes on the real kernel: what the payload finds is read back by the payload itself.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Read as _;
use std::os::fd::OwnedFd;

use insula_ns::{Kind, Kinds};
use insula_sandbox::mounts::{Mount, Propagation};
use insula_sandbox::{Action, Clock, Error, Init, Join, Sandbox, Status, Stream};

/// What a shell command prints inside `sandbox`, with its status.
fn output(sandbox: Sandbox, script: &str) -> (String, Status) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut sandbox = sandbox.args(["-c", script]);
    sandbox.stdio.streams[1] = Stream::Fd(OwnedFd::from(writer));
    let child = sandbox.spawn().unwrap();
    let mut text = String::new();
    std::fs::File::from(OwnedFd::from(reader)).read_to_string(&mut text).unwrap();
    (text, child.wait().unwrap())
}

fn shell() -> Sandbox {
    Sandbox::new("sh")
}

#[test]
fn all_kinds_are_new_and_the_payload_is_the_second_process() {
    let mut sandbox = shell().unshare(Kinds::ALL).map_root().unwrap().hostname("isolated");
    sandbox.namespaces.loopback_up = true;
    sandbox.mounts.propagation = Some(Propagation::Private);
    sandbox.mounts.mounts.push(Mount::Proc("/proc".into()));
    let script = "hostname; id -u; echo $$; cat /proc/1/comm; readlink /proc/self/ns/time; cat /sys/class/net/lo/operstate";
    let (text, status) = output(sandbox, script);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..4], ["isolated", "0", "2", "insula-init"], "{text}");
    let outside = std::fs::read_link("/proc/self/ns/time").unwrap();
    assert_ne!(lines[4], outside.to_str().unwrap());
    assert_eq!(status, Status::Exited(0));
}

#[test]
fn payload_can_be_pid_1() {
    let (text, _) = output(shell().unshare(Kind::Pid).init(Init::Payload), "echo $$");
    assert_eq!(text, "1\n");
}

#[test]
fn clock_is_shifted() {
    let uptime = |sandbox| {
        let (text, _) = output(sandbox, "cat /proc/uptime");
        text.split('.').next().unwrap().parse::<u64>().unwrap()
    };
    let here = uptime(shell());
    let there = uptime(shell().unshare(Kind::Time).time_offset(Clock::Boottime, 1_000_000 * 1_000_000_000));
    assert!((there - here).abs_diff(1_000_000) < 60, "{here} {there}");
}

#[test]
fn signal_of_the_payload_is_its_status() {
    assert_eq!(output(shell(), "kill -TERM $$").1, Status::Signaled(15));
    assert_eq!(output(shell().unshare(Kind::Pid), "kill -TERM $$").1, Status::Exited(128 + 15));
}

#[test]
fn init_forwards_signals() {
    let child = shell()
        .unshare(Kind::Pid)
        .args(["-c", "trap 'exit 9' USR1; echo ready >&3; while :; do sleep 0.01; done"]);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut child = child;
    child.stdio.passed.push(insula_sandbox::Passed { fd: writer.into(), number: 3 });
    let child = child.spawn().unwrap();
    let mut ready = [0; 5];
    reader.read_exact(&mut ready).unwrap();
    child.signal(rustix::process::Signal::USR1).unwrap();
    assert_eq!(child.wait().unwrap(), Status::Exited(9));
}

#[test]
fn descriptors_of_ours_do_not_leak() {
    let file = std::fs::File::open("/dev/null").unwrap();
    let open = rustix::io::fcntl_dupfd_cloexec(&file, 50).unwrap();
    rustix::io::fcntl_setfd(&open, rustix::io::FdFlags::empty()).unwrap();
    let (text, _) = output(shell(), "ls /proc/$$/fd | sort -n | tr '\\n' ' '");
    assert!(!text.contains("50"), "{text}");
}

#[test]
fn host_name_without_its_namespace_is_refused() {
    let error = Sandbox::new("true").hostname("x").status().unwrap_err();
    assert_eq!(error.to_string(), "a host name needs a new uts namespace");
}

#[test]
fn missing_program_is_named_with_its_errno() {
    for sandbox in [Sandbox::new("/no/such"), Sandbox::new("/no/such").unshare(Kind::Pid)] {
        let error = sandbox.status().unwrap_err();
        assert_eq!(error.to_string(), "cannot execute `/no/such`: no such file or directory (ENOENT)");
        let Error::Start(failure) = error else { panic!("{error:?}") };
        assert_eq!(failure.action, Action::Execute("/no/such".to_owned()));
    }
}

#[test]
fn namespaces_of_a_process_are_joined_and_nested() {
    let target = Sandbox::new("sleep").arg("100").unshare(Kinds::ALL).map_root().unwrap().hostname("target");
    let target = target.spawn().unwrap();
    let join = || {
        let pidfd = rustix::process::pidfd_open(target.pid(), rustix::process::PidfdFlags::empty()).unwrap();
        shell().join(Join::Process(pidfd, Kinds::ALL))
    };
    let (text, _) = output(join(), "hostname; readlink /proc/self/ns/uts | wc -l; id -u");
    assert!(text.starts_with("target\n"), "{text}");
    assert!(text.ends_with("0\n"), "{text}");
    // A new UTS namespace inside the joined user namespace.
    let (text, _) = output(join().unshare(Kind::Uts).hostname("nested"), "hostname");
    assert_eq!(text, "nested\n");
    target.signal(rustix::process::Signal::KILL).unwrap();
    assert_eq!(target.wait().unwrap(), Status::Signaled(9));
}

#[test]
fn plan_prints_the_calls_with_their_purpose() {
    let sandbox = Sandbox::new("true").unshare(Kind::User | Kind::Uts).map_root().unwrap().hostname("h");
    let text = sandbox.plan().unwrap().to_string();
    let found = |needle: &str| assert!(text.contains(needle), "{needle} is not in\n{text}");
    found("clone3(CLONE_NEWUSER|CLONE_NEWUTS)");
    found("\"self/uid_map\"");
    found("sethostname(\"h\")");
    found("# set the host name to `h`");
}

#[test]
fn no_new_privileges_are_for_the_init_too() {
    let mut sandbox = shell().unshare(Kind::User | Kind::Pid | Kind::Mnt).map_root().unwrap();
    sandbox.mounts.propagation = Some(Propagation::Private);
    sandbox.mounts.mounts.push(Mount::Proc("/proc".into()));
    sandbox.identity.no_new_privs = true;
    let (text, _) = output(sandbox, "cat /proc/1/status /proc/self/status | grep NoNewPrivs");
    assert_eq!(text, "NoNewPrivs:\t1\nNoNewPrivs:\t1\n");
}
