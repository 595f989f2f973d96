//! Filters that permit hardly anything: a start needs nothing but the execution, and the payload is who it would be without.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use insula_ns::Kind;
use insula_sandbox::capability::CapabilitySet;
use insula_sandbox::mounts::Root;
use insula_sandbox::{Capabilities, Child, Join, Sandbox, Seccomp, Status, Stream};
use insula_seccomp::{Action, Machine, Profile, Rule};
use rustix::fs::{CWD, FileType, Mode, OFlags};

/// A directory, and a process in a mount namespace of its own, which go with their value.
struct Stage {
    path: PathBuf,
    host: Child,
}

impl Stage {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("insula-strict-{}-{name}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        let host = privileged(Sandbox::new("sleep").arg("100")).unshare(Kind::Mnt).spawn().unwrap();
        Self { path, host }
    }

    /// As root here, or in a user namespace of its own, has a program executed in this way; opens the gate if there is one.
    fn status(&self, how: How, mut sandbox: Sandbox) -> Status {
        match how {
            How::Directly => privileged(sandbox).status().unwrap(),
            How::Checked => {
                sandbox.mounts.root = Root::Chroot("/".into());
                privileged(sandbox).status().unwrap()
            }
            How::Apart => {
                let process = rustix::io::dup(self.host.as_fd()).unwrap();
                let kinds = if is_root() { Kind::Mnt.into() } else { Kind::User | Kind::Mnt };
                sandbox.join(Join::Process(process, kinds)).status().unwrap()
            }
            How::Gated => {
                let path = self.path.join("gate");
                rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap();
                let gate = rustix::fs::open(&path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
                std::fs::remove_file(path).unwrap();
                sandbox.gate = Some(gate.try_clone().unwrap());
                let child = privileged(sandbox).spawn().unwrap();
                rustix::io::write(&gate, b".").unwrap();
                child.wait().unwrap()
            }
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.host.signal(rustix::process::Signal::KILL).unwrap();
        self.host.wait().unwrap();
        std::fs::remove_dir_all(&self.path).unwrap();
    }
}

/// A program that does nothing but to end with status 7.
fn ender(place: &Path) -> PathBuf {
    let (source, program) = (place.join("end.c"), place.join("end"));
    let exit = if cfg!(target_arch = "x86_64") {
        "mov $60, %eax; mov $7, %edi; syscall"
    } else {
        "mov x8, #93; mov x0, #7; svc 0"
    };
    std::fs::write(&source, format!("__asm__(\".globl _start; _start: {exit}\");")).unwrap();
    let cc = Sandbox::new("cc").args(["-static", "-nostdlib", "-o"]).arg(&program).arg(&source).status();
    assert_eq!(cc.unwrap(), Status::Exited(0));
    program
}

/// To execute a program, and to end.
fn two_calls() -> Seccomp {
    let mut profile = Profile::new(Action::KillProcess);
    profile.rules.push(Rule::new(["execve", "exit"], Action::Allow));
    Seccomp { filter: profile.compile(Machine::HERE).unwrap(), listener: None }
}

/// How a program is executed.
#[derive(Clone, Copy, Debug)]
enum How {
    /// Of the caller's own root.
    Directly,
    /// Of a root of its own.
    Checked,
    /// By the freestanding program, in a mount namespace that is joined.
    Apart,
    /// By that, when the gate is opened.
    Gated,
}

const HOW: [How; 4] = [How::Directly, How::Checked, How::Apart, How::Gated];

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Root here, or in a user namespace.
fn privileged(sandbox: Sandbox) -> Sandbox {
    if is_root() { sandbox } else { sandbox.unshare(Kind::User | Kind::Mnt).map_root().unwrap() }
}

#[test]
fn execution_and_the_end_are_all_that_a_profile_needs_to_permit() {
    let stage = Stage::new("two");
    let program = ender(&stage.path);
    for no_new_privs in [true, false] {
        for how in HOW {
            let mut sandbox = Sandbox::new(&program);
            sandbox.identity.no_new_privs = no_new_privs;
            sandbox.seccomp = Some(two_calls());
            assert_eq!(stage.status(how, sandbox), Status::Exited(7), "{how:?} {no_new_privs}");
        }
    }
}

/// What `/proc/self/status` says of who the payload is.
fn who(how: How, stage: &Stage, mut sandbox: Sandbox) -> String {
    let out = stage.path.join("out");
    let file = std::fs::File::create(&out).unwrap();
    sandbox.stdio.streams[1] = Stream::Fd(OwnedFd::from(file));
    assert_eq!(stage.status(how, sandbox), Status::Exited(0));
    let text = std::fs::read_to_string(out).unwrap();
    let words = ["Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:"];
    text.lines().filter(|line| words.iter().any(|word| line.starts_with(word))).collect::<Vec<_>>().join("\n")
}

fn set(numbers: &[u32]) -> CapabilitySet {
    CapabilitySet::from_bits(numbers.iter().fold(0, |bits, number| bits | 1 << number))
}

/// Sets with and without the capability by which a filter is installed (21), and beside it one that has nothing to do with it.
fn capabilities() -> Vec<Capabilities> {
    let sets = [None, Some(set(&[])), Some(set(&[0])), Some(set(&[21])), Some(set(&[0, 21]))];
    let mut all = Vec::new();
    for inheritable in sets {
        for ambient in sets {
            // What is inheritable must be in the bounding set, and permitted where it was not inheritable before.
            let is_bounded = [inheritable, ambient].iter().flatten().all(|set| set.bits() >> 21 == 0);
            for permitted in [None, Some(set(&[0])), Some(set(&[0, 21]))] {
                if permitted.map_or(inheritable.or(ambient).is_some(), |set| set.bits() == 1 && !is_bounded) {
                    continue;
                }
                all.push(Capabilities {
                    bounding: permitted,
                    permitted,
                    effective: permitted,
                    inheritable,
                    ambient,
                });
            }
        }
    }
    all
}

#[test]
fn the_payload_is_who_it_is_without_a_filter() {
    let stage = Stage::new("who");
    let mut allow = Profile::new(Action::Allow);
    allow.rules.push(Rule::new(["reboot"], Action::KillProcess));
    let filter = allow.compile(Machine::HERE).unwrap();
    let users: &[Option<u32>] = if is_root() { &[None, Some(1000)] } else { &[None] };
    for (how, user) in HOW.iter().flat_map(|how| users.iter().map(move |user| (*how, *user))) {
        for capabilities in capabilities() {
            let sandbox = |filter| {
                let mut sandbox = Sandbox::new("cat").arg("/proc/self/status");
                sandbox.identity.uid = user;
                sandbox.identity.gid = user;
                sandbox.identity.capabilities = capabilities;
                sandbox.seccomp = filter;
                sandbox
            };
            let seccomp = Seccomp { filter: filter.clone(), listener: None };
            let (with, without) = (who(how, &stage, sandbox(Some(seccomp))), who(how, &stage, sandbox(None)));
            assert_eq!(with, without, "{how:?} {user:?} {capabilities:?}");
        }
    }
}

#[test]
fn the_bounding_set_bounds_what_is_inheritable() {
    for how in [How::Directly, How::Checked] {
        let mut sandbox = privileged(Sandbox::new("true"));
        if matches!(how, How::Checked) {
            sandbox.mounts.root = Root::Chroot("/".into());
        }
        sandbox.identity.capabilities.bounding = Some(set(&[0]));
        sandbox.identity.capabilities.inheritable = Some(set(&[21]));
        sandbox.seccomp = Some(two_calls());
        let refused = sandbox.spawn().unwrap_err().to_string();
        assert!(refused.contains("CAP_SYS_ADMIN") || refused.contains("capabilities"), "{refused}");
    }
}

#[test]
fn capabilities_that_are_all_kept_are_kept_with_a_filter() {
    let stage = Stage::new("kept");
    for how in HOW {
        let sandbox = |seccomp| {
            let mut sandbox = Sandbox::new("cat").arg("/proc/self/status");
            sandbox.identity.keep_capabilities = true;
            sandbox.identity.uid = is_root().then_some(1000);
            sandbox.seccomp = seccomp;
            sandbox
        };
        let mut allow = Profile::new(Action::Allow);
        allow.rules.push(Rule::new(["reboot"], Action::KillProcess));
        let filter = Seccomp { filter: allow.compile(Machine::HERE).unwrap(), listener: None };
        assert_eq!(who(how, &stage, sandbox(Some(filter))), who(how, &stage, sandbox(None)), "{how:?}");
    }
}
