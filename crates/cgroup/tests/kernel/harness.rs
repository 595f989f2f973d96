//! A control group for each test, and processes in it.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use insula_cgroup::{Cgroup, CgroupPath, Hierarchies};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use rustix::process::Pid;

use crate::machine;

/// The tests that there are.
#[derive(Default)]
pub(crate) struct Tests(Vec<Trial>);

impl Tests {
    /// Adds one, which makes groups below one of its own.
    pub(crate) fn add(&mut self, name: &'static str, test: fn(&Place)) {
        self.add_where(name, "", |_| true, test);
    }

    /// Adds one that needs hierarchies of which `probe` holds; `why` says so where it does not.
    pub(crate) fn add_where(
        &mut self,
        name: &'static str,
        why: &'static str,
        probe: fn(&Hierarchies) -> bool,
        test: fn(&Place),
    ) {
        self.0.push(Trial::ignorable_test(format!("kernel/{name}"), move || {
            if !rustix::process::geteuid().is_root() {
                return Ok(Completion::ignored_with("makes control groups as root"));
            }
            let hierarchies = Hierarchies::find()?;
            if !probe(&hierarchies) {
                return Ok(Completion::ignored_with(why));
            }
            test(&Place { hierarchies, name });
            Ok(Completion::Completed)
        }));
    }

    /// Runs them and ends the program.
    pub(crate) fn run(mut self) -> ! {
        self.0.push(Trial::ignorable_test("the_second_kernel", there));
        libtest_mimic::run(&Arguments::from_args(), self.0).exit()
    }
}

/// Runs the tests on the second kernel.
fn there() -> Result<Completion, Failed> {
    machine::there(&[], &[], &["--test-threads", "1", "kernel/"])
}

/// Where a test makes its groups. They go with it, and what runs there dies.
pub(crate) struct Place {
    pub(crate) hierarchies: Hierarchies,
    name: &'static str,
}

impl Place {
    /// A path for a group of the test.
    pub(crate) fn path(&self, below: &str) -> CgroupPath {
        CgroupPath::new(&format!("/insula-test-{}-{}/{below}", std::process::id(), self.name)).unwrap()
    }

    pub(crate) fn create(&self, below: &str) -> Cgroup {
        Cgroup::create(&self.hierarchies, &self.path(below)).unwrap()
    }

    /// The directories that a group has or would have.
    pub(crate) fn directories(&self, path: &CgroupPath) -> Vec<PathBuf> {
        let below = path.to_string();
        let roots = self.hierarchies.as_slice().iter();
        roots.map(|hierarchy| hierarchy.mount_point().join(below.trim_start_matches('/'))).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(group) = Cgroup::open(&self.hierarchies, &self.path("")) {
            group.kill(rustix::process::Signal::KILL).unwrap();
            group.remove(soon()).unwrap();
        }
    }
}

pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// A shell command that is killed with its children when dropped. It begins when it is in `group`.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(group: &Cgroup, command: &str) -> Self {
        let mut running = Self::waiting(command);
        group.add(running.pid()).unwrap();
        running.go();
        running
    }

    /// One that waits until it is told to [`go`](Self::go).
    pub(crate) fn waiting(command: &str) -> Self {
        let child = Command::new("sh")
            .args(["-c", &format!("read go; {command}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self(child)
    }

    pub(crate) fn go(&mut self) {
        std::io::Write::write_all(self.0.stdin.as_mut().unwrap(), b"go\n").unwrap();
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// The signal that it died of, within twenty seconds.
    pub(crate) fn died_of(&mut self) -> Option<i32> {
        let mut status = None;
        wait_for("the end of a process", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        std::os::unix::process::ExitStatusExt::signal(&status.unwrap())
    }

    /// What it exits with, within twenty seconds.
    pub(crate) fn exit_code(&mut self) -> i32 {
        let mut status = None;
        wait_for("the end of a process", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().code().unwrap()
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process_group(self.pid(), rustix::process::Signal::KILL);
        let _ = self.0.wait();
    }
}

/// What an ordinary user says who makes the group `path`.
pub(crate) fn ordinary(path: &CgroupPath) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--as-user", &path.to_string()])
        .uid(4242)
        .gid(4242)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr)
}

pub(crate) fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = soon();
    while !done() {
        assert!(Instant::now() < deadline, "{what} did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}
