//! `config-linux.md`, "Seccomp": a filter meets the program and nothing of how that is started.

use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::unix::net::UnixListener;

use insula_oci::{Addition, ContainerId, Creation, Deletion, When};
use insula_sandbox::{Sandbox, Status};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use serde_json::{Value, json};

use crate::bundle::Home;

/// Puts two programs into the root: `/end` does nothing but to end with status 7, `/wait` nothing but to wait for a signal.
fn programs(home: &Home) {
    let code = if cfg!(target_arch = "x86_64") {
        ["mov $60, %eax; mov $7, %edi; syscall", "mov $34, %eax; syscall"]
    } else {
        [
            "mov x8, #93; mov x0, #7; svc 0",
            "mov x8, #73; mov x0, #0; mov x1, #0; mov x2, #0; mov x3, #0; svc 0",
        ]
    };
    for (name, code) in ["end", "wait"].into_iter().zip(code) {
        let source = home.path(name).with_extension("c");
        std::fs::write(&source, format!("__asm__(\".globl _start; _start: {code}\");")).unwrap();
        let cc =
            Sandbox::new("cc").args(["-static", "-nostdlib", "-o"]).arg(home.root().join(name)).arg(source);
        assert_eq!(cc.status().unwrap(), Status::Exited(0));
    }
}

/// Everything kills but execution, the end and the wait of those programs: not even what the C library does in a program
/// that does nothing.
fn strict() -> Value {
    let calls = ["execve", "exit", if cfg!(target_arch = "x86_64") { "pause" } else { "ppoll" }];
    json!({
        "defaultAction": "SCMP_ACT_KILL_PROCESS",
        "syscalls": [{"names": calls, "action": "SCMP_ACT_ALLOW"}]
    })
}

#[test]
fn profile_need_not_permit_what_a_start_does() {
    let mut home = Home::new();
    programs(&home);
    home.config["linux"]["seccomp"] = strict();
    for no_new_privs in [true, false] {
        home.config["process"]["noNewPrivileges"] = json!(no_new_privs);
        home.config["process"]["args"] = json!(["/end"]);
        let id = ContainerId::new("run").unwrap();
        let creation = Creation { when: When::Now, ..Creation::default() };
        let made = home.runtime().create(&id, &home.bundle(), creation).unwrap();
        assert_eq!(made.child.wait().unwrap(), Status::Exited(7), "{no_new_privs}");
        made.container.delete(&home.runtime(), Deletion::Stopped).unwrap();

        home.config["process"]["args"] = json!(["/wait"]);
        let mut made = home.create("one");
        made.container.start().unwrap();
        let mut process = home.config["process"].clone();
        process["args"] = json!(["/end"]);
        let process = insula_oci::spec::Process::parse(process.to_string().as_bytes()).unwrap();
        let added = made.container.exec(&process, Addition::default()).unwrap();
        assert_eq!(added.child.wait().unwrap(), Status::Exited(7), "{no_new_privs}");
        made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
        made.child.wait().unwrap();
    }
}

#[test]
fn process_that_waits_for_its_start_shows_no_filter_among_its_words() {
    let mut home = Home::new();
    home.config["linux"]["seccomp"] = strict();
    let made = home.create("one");
    let words = std::fs::read_to_string(format!("/proc/{}/cmdline", made.child.pid())).unwrap();
    assert!(words.starts_with("insula-exec\0") && words.ends_with("\0true\0"), "{words:?}");
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
}

/// Takes the message that comes with the listener of a filter, and says whether there was one.
fn take_listener(agent: &UnixListener) -> (Value, bool) {
    let (stream, _) = agent.accept().unwrap();
    let (mut text, mut is_listener) = (Vec::new(), false);
    loop {
        let mut buffer = [0; 4096];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let slices = &mut [IoSliceMut::new(&mut buffer)];
        let received = recvmsg(&stream, slices, &mut control, RecvFlags::CMSG_CLOEXEC).unwrap();
        if received.bytes == 0 {
            return (serde_json::from_slice(&text).unwrap(), is_listener);
        }
        text.extend(&buffer[..received.bytes]);
        for message in control.drain() {
            let RecvAncillaryMessage::ScmRights(descriptors) = message else { continue };
            for descriptor in descriptors {
                let name = rustix::fs::readlink(
                    format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&descriptor)),
                    Vec::new(),
                );
                is_listener |= name.unwrap().as_bytes() == b"anon_inode:seccomp notify";
            }
        }
    }
}

#[test]
fn agent_is_sent_the_listener_on_start_and_on_exec() {
    let mut home = Home::new();
    home.script("sleep 100");
    let agent = home.path("agent");
    home.config["linux"]["seccomp"] = json!({
        "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": agent, "listenerMetadata": "key",
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}]
    });
    let agent = UnixListener::bind(agent).unwrap();
    for no_new_privs in [true, false] {
        home.config["process"]["noNewPrivileges"] = json!(no_new_privs);
        let mut made = home.create("one");
        let (message, is_listener) = take_listener(&agent);
        assert!(is_listener);
        assert_eq!(
            (&message["pid"], &message["metadata"]),
            (&json!(made.child.pid().as_raw_pid()), &json!("key"))
        );
        made.container.start().unwrap();
        let mut process = home.config["process"].clone();
        process["args"] = json!(["true"]);
        let process = insula_oci::spec::Process::parse(process.to_string().as_bytes()).unwrap();
        let added = made.container.exec(&process, Addition::default()).unwrap();
        let (message, is_listener) = take_listener(&agent);
        assert!(is_listener);
        assert_eq!(message["pid"], json!(added.child.pid().as_raw_pid()));
        assert_eq!(added.child.wait().unwrap(), Status::Exited(0));
        made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
        made.child.wait().unwrap();
    }
}
