//! A network namespace for each test.

use std::fs::File;
use std::io::Read as _;
use std::panic::resume_unwind;
use std::process::{Command, Stdio};

use insula_net::{IfName, Netlink, Protocol};
use libtest_mimic::{Arguments, Failed, Trial};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// The tests that there are.
#[derive(Default)]
pub(crate) struct Tests(Vec<Trial>);

impl Tests {
    /// Adds one, which runs on a thread that is in a new network namespace, and so do the commands that it starts.
    pub(crate) fn add(&mut self, name: &str, test: fn()) {
        let trial = Trial::test(name, move || isolated(test))
            .with_ignored_flag(!rustix::process::geteuid().is_root());
        self.0.push(if rustix::process::geteuid().is_root() { trial } else { trial.with_kind("needs root") });
    }

    /// Runs them and ends the program.
    pub(crate) fn run(self) -> ! {
        libtest_mimic::run(&Arguments::from_args(), self.0).exit()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what a trial returns")]
fn isolated(test: fn()) -> Result<(), Failed> {
    let inside = move || {
        let net = namespace();
        move_into_link_name_space(std::os::fd::AsFd::as_fd(&net), Some(LinkNameSpaceType::Network)).unwrap();
        test();
    };
    std::thread::spawn(inside).join().unwrap_or_else(|panic| resume_unwind(panic));
    Ok(())
}

/// A new network namespace, which lives as long as this handle, or what is in it.
pub(crate) fn namespace() -> File {
    let mut child = Command::new("unshare")
        .args(["--net", "sh", "-c", "echo; read end"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It is there when the shell says so.
    child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    let net = File::open(format!("/proc/{}/ns/net", child.id())).unwrap();
    drop(child.stdin.take());
    child.wait().unwrap();
    net
}

/// A socket in the test's namespace.
pub(crate) fn route() -> Netlink {
    Netlink::open(Protocol::Route).unwrap()
}

pub(crate) fn name(text: &str) -> IfName {
    IfName::new(text).unwrap()
}

/// What a shell command prints; it must succeed.
pub(crate) fn sh(command: &str) -> String {
    let output = Command::new("sh").args(["-c", command]).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
