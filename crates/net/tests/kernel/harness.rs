//! A network namespace for each test.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::panic::resume_unwind;
use std::process::{Command, Stdio};

use insula_net::{IfName, Netlink, Protocol};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::machine;

/// The tests that there are.
#[derive(Default)]
pub(crate) struct Tests(Vec<Trial>);

impl Tests {
    /// Adds one, which runs on a thread that is in a new network namespace, and so do the commands that it starts.
    pub(crate) fn add(&mut self, name: &str, test: fn()) {
        self.0.push(Trial::ignorable_test(name, move || Ok(isolated(test))));
    }

    /// Adds one for which the kernel has to take the command `probe` in a new network namespace. Where it does not, it is
    /// ignored, and runs on the second kernel.
    pub(crate) fn add_where(&mut self, probe: &'static str, name: &str, test: fn()) {
        let ignorable = move || {
            let taken = Command::new("unshare").args(["-n", "sh", "-c", probe]).output()?.status.success();
            Ok(if taken {
                isolated(test)
            } else {
                Completion::ignored_with(format!("refused here: {probe}"))
            })
        };
        self.0.push(Trial::ignorable_test(format!("optional/{name}"), ignorable));
    }

    /// Runs them and ends the program.
    pub(crate) fn run(mut self) -> ! {
        self.0.push(Trial::ignorable_test("the_second_kernel", optional_there));
        libtest_mimic::run(&Arguments::from_args(), self.0).exit()
    }
}

/// Runs the optional tests on the second kernel.
fn optional_there() -> Result<Completion, Failed> {
    machine::there(&[], &[], &["--test-threads", "1", "optional/"])
}

fn isolated(test: fn()) -> Completion {
    if !rustix::process::geteuid().is_root() {
        return Completion::ignored_with("makes network namespaces as root");
    }
    let inside = move || {
        let net = namespace();
        move_into_link_name_space(net.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
        test();
    };
    std::thread::spawn(inside).join().unwrap_or_else(|panic| resume_unwind(panic));
    Completion::Completed
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

/// A path by which other programs find the namespace.
pub(crate) fn namespace_path(namespace: &File) -> String {
    format!("/proc/{}/fd/{}", std::process::id(), namespace.as_raw_fd())
}
