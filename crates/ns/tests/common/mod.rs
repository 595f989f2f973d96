//! Processes in namespaces of their own, made by the system's `unshare`, and gone with the test.
#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use insula_ns::Pid;

/// A process that sleeps in the namespaces that it was started in, until it is dropped.
pub(crate) struct Sleeper {
    child: Child,
    pid: Pid,
}

impl Sleeper {
    /// Starts one by `unshare OPTIONS`, as root of a new user namespace if this user isn't.
    pub(crate) fn unshare(options: &[&str]) -> Self {
        let user: &[&str] = if root() { &[] } else { &["-r"] };
        Self::start(Command::new("unshare").args(user).args(options))
    }

    /// Starts one by a command that takes the program to run as its last arguments.
    pub(crate) fn start(command: &mut Command) -> Self {
        // It ends with its standard input, so that nothing is left when a test is killed.
        let mut child = command
            .args(["sh", "-c", "cut -d ' ' -f 4 /proc/self/stat; exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cannot start the command");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("no line from the process");
        // Without a new PID namespace and `/proc`, what the shell sees as its own id is what we see.
        let pid = line.trim().parse().ok().and_then(Pid::from_raw).expect("no process id");
        Self { child, pid }
    }

    /// The only child of the command that was started: the sleeper itself, where that forked and cannot tell.
    pub(crate) fn outside(&self) -> Pid {
        let children = format!("/proc/{0}/task/{0}/children", self.child.id());
        let children = std::fs::read_to_string(children).expect("cannot read its children");
        children.trim().parse().ok().and_then(Pid::from_raw).expect("it has not one child")
    }

    /// The process that sleeps.
    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Where a link leads.
pub(crate) fn readlink(path: &str) -> String {
    let target = std::fs::read_link(path).expect("cannot read the link");
    target.into_os_string().into_string().expect("its target is UTF-8")
}

/// Whether the test runs as root.
pub(crate) fn root() -> bool {
    rustix::process::geteuid().is_root()
}
