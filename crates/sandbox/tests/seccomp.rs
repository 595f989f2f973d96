//! Filters of system calls on the real kernel: what is refused is attempted from inside.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{IoSliceMut, Read as _};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use insula_ns::{Kind, Kinds};
use insula_sandbox::mounts::Mount;
use insula_sandbox::{Action, Error, Listener, Part, Sandbox, Seccomp, Status, Stream};
use insula_seccomp::{Action as Answer, Architecture, Machine, Profile, Rule};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketFlags, SocketType, recvmsg,
    socketpair,
};

/// What a shell command prints inside `sandbox`, with its status.
fn output(mut sandbox: Sandbox) -> (String, Status) {
    let (reader, writer) = std::io::pipe().unwrap();
    sandbox.stdio.streams[1] = Stream::Fd(OwnedFd::from(writer.try_clone().unwrap()));
    sandbox.stdio.streams[2] = Stream::Fd(OwnedFd::from(writer));
    let child = sandbox.spawn().unwrap();
    let mut text = String::new();
    std::fs::File::from(OwnedFd::from(reader)).read_to_string(&mut text).unwrap();
    (text, child.wait().unwrap())
}

fn shell(script: &str) -> Sandbox {
    Sandbox::new("sh").args(["-c", script])
}

/// Everything but these calls.
fn all_but(names: &[&str], answer: Answer) -> Profile {
    let mut profile = Profile::new(Answer::Allow);
    profile.rules.push(Rule::new(names.iter().copied(), answer));
    profile
}

fn filtered(mut sandbox: Sandbox, profile: &Profile) -> Sandbox {
    let filter = profile.compile(Machine::HERE).unwrap();
    sandbox.seccomp = Some(Seccomp { filter, listener: None });
    sandbox
}

#[test]
fn a_refused_call_fails_with_its_error() {
    let profile = all_but(&["mkdir", "mkdirat"], Answer::Errno(95));
    let (text, status) =
        output(filtered(shell("mkdir /tmp/insula-never; grep -w Seccomp: /proc/self/status"), &profile));
    assert!(text.contains("Operation not supported") && text.ends_with("Seccomp:\t2\n"), "{text}");
    assert_eq!(status, Status::Exited(0));
    assert!(!std::fs::exists("/tmp/insula-never").unwrap());
}

#[test]
fn a_call_that_kills_is_the_payloads_status() {
    let profile = all_but(&["mkdir", "mkdirat"], Answer::KillProcess);
    let sandbox = filtered(Sandbox::new("mkdir").arg("/tmp/insula-never"), &profile);
    assert_eq!(output(sandbox).1, Status::Signaled(31));
}

#[test]
fn the_filter_is_the_last_step() {
    for no_new_privs in [true, false] {
        let mut sandbox = filtered(shell("true"), &all_but(&["mkdir"], Answer::Trap));
        sandbox.identity.no_new_privs = no_new_privs;
        sandbox.identity.gid = Some(1);
        let plan = sandbox.plan().unwrap().to_string();
        let lines: Vec<&str> = plan.lines().collect();
        assert!(lines[lines.len() - 2].starts_with("seccomp("), "{plan}");
    }
}

#[test]
fn a_filter_needs_privileges_or_none_ever() {
    let drop_to = |no_new_privs| {
        let mut sandbox = filtered(shell("true"), &all_but(&["mkdir"], Answer::Trap));
        sandbox.identity.no_new_privs = no_new_privs;
        sandbox
    };
    assert_eq!(output(drop_to(true)).1, Status::Exited(0));
    assert_eq!(output(drop_to(false).unshare(Kind::User).map_root().unwrap()).1, Status::Exited(0));
}

/// `no_new_privs` of a payload is no property of the filter: without it, what it executes may still gain privileges.
#[test]
fn a_filter_alone_does_not_forbid_new_privileges() {
    let sandbox = filtered(shell("grep NoNewPrivs /proc/self/status"), &all_but(&["mkdir"], Answer::Trap));
    assert_eq!(output(sandbox.unshare(Kind::User).map_root().unwrap()).0, "NoNewPrivs:\t0\n");
}

#[test]
fn the_init_is_no_way_around() {
    let mut sandbox =
        shell("grep -E 'Seccomp:|NoNewPrivs' /proc/1/status").unshare(Kinds::ALL).map_root().unwrap();
    sandbox.mounts.mounts.push(Mount::Proc("/proc".into()));
    let (text, status) = output(filtered(sandbox, &all_but(&["mkdir"], Answer::Trap)));
    assert_eq!((text.as_str(), status), ("NoNewPrivs:\t1\nSeccomp:\t2\n", Status::Exited(0)));
}

#[test]
fn an_init_gives_its_capabilities_up_before_it_gets_its_filter() {
    let mut sandbox =
        shell("grep -E 'Seccomp:|CapEff' /proc/1/status").unshare(Kinds::ALL).map_root().unwrap();
    sandbox.mounts.mounts.push(Mount::Proc("/proc".into()));
    sandbox.identity.capabilities.bounding = Some(insula_sandbox::capability::CapabilitySet::NONE);
    let (text, _) = output(filtered(sandbox, &all_but(&["mkdir"], Answer::Trap)));
    assert_eq!(text, "CapEff:\t0000000000000020\nSeccomp:\t2\n");
}

#[test]
fn an_init_with_a_filter_still_reaps_and_forwards() {
    let mut sandbox =
        shell("(sleep 0.1; exit 1) & sh -c 'sleep 0.1 &'; trap 'exit 7' TERM; kill -TERM 1; sleep 1; exit 3");
    sandbox = sandbox.unshare(Kind::User | Kind::Pid).map_root().unwrap();
    let status = output(filtered(sandbox, &all_but(&["mkdir"], Answer::Trap))).1;
    assert_eq!(status, Status::Exited(7));
}

#[test]
fn a_filter_under_which_nothing_can_be_executed_is_a_failed_start() {
    let sandbox = filtered(shell("true"), &all_but(&["execve"], Answer::Errno(1)));
    let Error::Start(failure) = sandbox.spawn().unwrap_err() else {
        panic!("the start was refused by something else")
    };
    assert_eq!(failure.action, Action::Execute("sh".to_owned()));
    let sandbox = filtered(shell("true"), &Profile::new(Answer::KillProcess));
    let end = sandbox.spawn().and_then(|child| child.wait());
    assert!(matches!(end, Err(Error::Vanished { signal: Some(31), .. })), "{end:?}");
}

/// A program that attempts `getppid(2)` in each way that this machine has, and prints what it gets.
#[cfg(target_arch = "x86_64")]
const WAYS: &str = r#"
#include <stdio.h>
#include <string.h>
int main(int count, char **words) {
    long answer;
    if (!strcmp(words[1], "int80"))
        __asm__ volatile("int $0x80" : "=a"(answer) : "a"(64L) : "memory", "r8", "r9", "r10", "r11");
    else
        __asm__ volatile("syscall" : "=a"(answer) : "a"(strcmp(words[1], "x32") ? 110L : 0x40000000L | 110)
                         : "memory", "rcx", "r11");
    printf("%ld\n", (long)(int)answer);
    return count != 2;
}
"#;

#[cfg(target_arch = "x86_64")]
#[test]
fn other_architectures_are_no_way_around() {
    let directory = std::env::temp_dir().join(format!("insula-ways-{}", std::process::id()));
    std::fs::create_dir(&directory).unwrap();
    let (source, program) = (directory.join("ways.c"), directory.join("ways"));
    std::fs::write(&source, WAYS).unwrap();
    let built = Sandbox::new("cc").arg("-static").arg("-o").arg(&program).arg(&source).status().unwrap();
    assert_eq!(built, Status::Exited(0));
    let attempt = |way: &str, profile: &Profile| output(filtered(Sandbox::new(&program).arg(way), profile));
    let refused = (format!("{}\n", -77), Status::Exited(0));
    let mut profile = all_but(&["getppid"], Answer::Errno(77));
    assert_eq!(attempt("native", &profile), refused);
    for way in ["x32", "int80"] {
        assert_eq!(attempt(way, &profile), (String::new(), Status::Signaled(31)), "{way}");
    }
    profile.architectures = vec![Architecture::X86, Architecture::X32];
    for way in ["x32", "int80"] {
        assert_eq!(attempt(way, &profile), refused, "{way}");
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn the_listener_arrives_with_the_message_before_the_payload_runs() {
    let (ours, theirs) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
    let mut sandbox = shell("exit 5");
    let profile = all_but(&["mkdir", "mkdirat"], Answer::Notify);
    let bytes = |text: &str| Part::Bytes(text.as_bytes().into());
    let message =
        vec![bytes("{\"pid\": "), Part::Pid, bytes(", \"state\": {\"pid\": "), Part::Pid, bytes("}}")];
    let listener = Some(Listener { socket: theirs, message });
    sandbox.seccomp = Some(Seccomp { filter: profile.compile(Machine::HERE).unwrap(), listener });
    let child = sandbox.spawn().unwrap();
    let mut buffer = [0; 100];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received =
        recvmsg(&ours, &mut [IoSliceMut::new(&mut buffer)], &mut control, RecvFlags::CMSG_CLOEXEC).unwrap();
    let text = std::str::from_utf8(&buffer[..received.bytes]).unwrap();
    let pid = child.pid();
    assert_eq!(text, format!("{{\"pid\": {pid}, \"state\": {{\"pid\": {pid}}}}}"));
    let mut descriptors = control.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let listener = descriptors.next().unwrap().next().unwrap();
    let name =
        std::fs::read_link(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&listener))).unwrap();
    assert_eq!(name.to_str(), Some("anon_inode:seccomp notify"));
    assert_eq!(child.wait().unwrap(), Status::Exited(5));
}

#[test]
fn a_listener_that_nobody_takes_fails_the_start() {
    let (ours, theirs) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
    drop(ours);
    let profile = all_but(&["mkdir"], Answer::Notify);
    let listener = Listener { socket: theirs, message: vec![Part::Bytes((*b"x").into())] };
    let mut sandbox = shell("true");
    sandbox.seccomp =
        Some(Seccomp { filter: profile.compile(Machine::HERE).unwrap(), listener: Some(listener) });
    let Error::Start(failure) = sandbox.spawn().unwrap_err() else {
        panic!("the start was refused by something else")
    };
    assert_eq!(failure.action, Action::HandOver);
}

#[test]
fn a_filter_that_notifies_nobody_is_refused_before_the_start() {
    let profile = all_but(&["mkdir"], Answer::Notify);
    assert!(matches!(filtered(shell("true"), &profile).spawn(), Err(Error::Contradiction { .. })));
}
