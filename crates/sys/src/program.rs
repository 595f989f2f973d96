//! The flat plan of a start: lists of [`Step`]s, who performs them, and what is executed at the end.
//!
//! ```text
//! caller ──clone3(new namespaces)──▶ world steps ── process steps ── exec            without an init
//!        ──clone3(new namespaces)──▶ world steps ── exec of the init (PID 1)
//!                                        └─clone3─▶ process steps ── exec            with one
//! ```
//! With namespaces to join first, a short-lived process joins them and starts the rest as its sibling
//! (`CLONE_PARENT`), so the caller is the parent of what it started in every case.
//!
//! All of these share the caller's memory (`CLONE_VM`) until they execute: a start copies no page table. The calling
//! thread waits until then, so nothing that the steps refer to changes under them. The payload is executed only after
//! the init has left that memory, so no code of the payload's ever runs beside a process that can reach ours.

use std::ffi::CString;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use rustix::io::Errno;

use crate::said::Said;
use crate::step::{Fd, Given, SLOTS, Slot, Step};

mod child;
pub(crate) mod dumpable;
mod execute;
mod last;
mod outside;
mod record;
mod stack;
mod start;
mod vectors;

pub(crate) use child::{decimal, exit};
pub(crate) use stack::Stacks;

/// Which of the processes of a start performs a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The process that joins existing namespaces, before new ones are made.
    Join,
    /// The first process in the new namespaces, and their PID 1 if there is an init.
    World,
    /// The process that becomes the payload.
    Process,
    /// The helper that stays outside of the new namespaces.
    Outside,
    /// What comes just before the execution of the payload.
    Last,
    /// The execution of the payload.
    Exec,
    /// The execution of the init.
    Init,
}

/// The step that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Who performed it.
    pub stage: Stage,
    /// Its index in that stage's list; 0 for [`Stage::Exec`] and [`Stage::Init`].
    pub index: usize,
    /// What the kernel answered.
    pub errno: Errno,
    /// What else it said.
    pub said: Said,
}

/// Why a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// Before there was a child: a pipe or the stacks could not be made.
    Prepare(Errno),
    /// `clone3(2)` itself, with the namespace flags that were asked for.
    Clone(Errno),
    /// A step.
    Step(Failure),
    /// The child ended before it executed anything, and reported nothing: it was killed.
    Vanished,
}

/// What the helper outside of the new namespaces does when the child asks.
#[derive(Clone, Debug)]
pub enum Outside {
    /// Writes `data` to the file of this name in the child's `/proc` directory.
    WriteProc {
        /// `uid_map`, `gid_map` or `setgroups`.
        file: CString,
        /// The content, written at once.
        data: Box<[u8]>,
    },
    /// Runs a program with the child's process id as first argument: `newuidmap(1)`.
    Run {
        /// Its path.
        program: CString,
        /// The arguments after the process id, at most 1,023.
        arguments: Vec<CString>,
    },
    /// Bind-mounts the child's namespace file of this name (`ns/mnt`) onto an existing file.
    Bind {
        /// The file in the child's `/proc` directory.
        namespace: CString,
        /// The path of the file that keeps the namespace.
        target: CString,
    },
}

/// What the payload's environment is.
#[derive(Clone, Debug)]
pub enum Environment {
    /// The caller's own, as it stands at the start.
    Inherit,
    /// These `NAME=VALUE` strings.
    Exactly(Vec<CString>),
}

/// What is executed at the end.
#[derive(Clone, Debug)]
pub struct Image {
    /// The paths to try, in order: one, or one for each directory of `PATH`.
    pub candidates: Vec<CString>,
    /// All arguments, with the name that the program is called by.
    pub arguments: Vec<CString>,
    /// The environment.
    pub environment: Environment,
    /// How it is executed.
    pub way: Way,
    /// The security context that it gets, where the freestanding program executes it.
    pub context: Option<Context>,
}

/// A security context for what the freestanding program executes, which writes it just before: `proc_pid_attr(5)`.
#[derive(Clone, Debug)]
pub struct Context {
    /// The number of a procfs of the payload's PID namespace, which some step has put there, open over exec.
    pub proc: RawFd,
    /// The file in it: `thread-self/attr/apparmor/exec`.
    pub file: CString,
    /// What is written.
    pub value: CString,
}

/// How the payload is executed, where its file may lead back to the caller's own binary by `/proc/self/exe`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// At once: the files are the caller's own.
    #[default]
    Direct,
    /// At once if a look at the file finds that it cannot lead there, [`Apart`](Self::Apart) if not: where nobody changes
    /// files between the look and the execution.
    Checked,
    /// By a freestanding program in a sealed memory file, which this process executes first. Should no program be found by
    /// then, that is told as ever; but of [`Program::exec`] the caller's binary is gone by then, and a line on standard error
    /// is all.
    Apart,
    /// As [`Apart`](Self::Apart), and not before a byte comes through this FIFO, which should be open for reading and writing.
    /// The start is over when that is waited for. Whether a program will be found is looked at before; what fails later is a line
    /// on standard error, and exit status 126 or 127.
    Gated(Given),
}

/// Whether the new PID namespace has an init of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Init {
    /// The payload is the first process itself.
    #[default]
    Payload,
    /// The first process reaps, forwards signals and ends with the payload's status.
    Reaper,
}

/// What the caller does with SIGCHLD, which its children inherit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Children {
    /// It may ignore it: the init of a start sees to its own.
    #[default]
    Unknown,
    /// It does not ignore it.
    Awaited,
}

/// Everything that one start does.
#[derive(Debug)]
pub struct Program {
    given: Vec<OwnedFd>,
    slots: u8,
    /// New namespaces: `CLONE_NEW*`.
    pub kinds: u32,
    /// Done by a process that joins existing namespaces, before the new ones are made; empty for none.
    pub join: Vec<Step>,
    /// Whether one of the joined namespaces is a time namespace, which memory cannot be shared over.
    pub join_time: bool,
    /// New namespaces, `CLONE_NEW*`, that the process which does `join` is born in.
    pub join_kinds: u32,
    /// The directory of the control group, of version 2, that the first process inside is born in. A cgroup namespace that is
    /// made with it (`kinds`) has the caller's group for a root all the same.
    pub cgroup: Option<Given>,
    /// Whether the first process inside gets a copy of our memory instead of sharing it: born in a time namespace whose
    /// offsets are set, it has to, on kernels where exec does not change the time namespace (before 6.3).
    pub world_forks: bool,
    /// Done first inside the new namespaces.
    pub world: Vec<Step>,
    /// Who is PID 1.
    pub init: Init,
    /// What the first process does besides, before it executes the init, and alone: the payload is another process by then.
    pub reaper: Vec<Step>,
    /// What the caller does with SIGCHLD.
    pub children: Children,
    /// Done by the process that becomes the payload.
    pub process: Vec<Step>,
    /// Done when nothing but the execution of the payload is left to do: to install a filter of system calls, which then need
    /// permit no more than that. Where the freestanding program executes the payload, it does this: a [`Step::LastUse`] and a
    /// [`Step::Filter`] without listener. Other steps come before it is executed itself, which then meets what they forbid: the
    /// calls `execveat`, `fcntl` and `read`.
    pub last: Vec<Step>,
    /// Done outside when [`Step::Outside`] asks; needs `proc`.
    pub outside: Vec<Outside>,
    /// A handle on `/proc`, for [`Outside`].
    pub proc: Option<Fd>,
    /// The payload.
    pub image: Image,
    /// The lowest number that descriptors of the start itself may have: above those that the payload is to see.
    pub first_free: RawFd,
    /// A hook for tests: the child stops for good before its step of this number, counted over join, world, process.
    pub stop_before: Option<usize>,
}

impl Program {
    /// A program with no steps.
    #[must_use]
    pub const fn new(image: Image) -> Self {
        Self {
            given: Vec::new(),
            slots: 0,
            kinds: 0,
            join: Vec::new(),
            join_time: false,
            join_kinds: 0,
            cgroup: None,
            world_forks: false,
            world: Vec::new(),
            init: Init::Payload,
            reaper: Vec::new(),
            children: Children::Unknown,
            process: Vec::new(),
            last: Vec::new(),
            outside: Vec::new(),
            proc: None,
            image,
            first_free: 3,
            stop_before: None,
        }
    }

    /// Takes a descriptor over, and gives the name by which steps use it. It should be close-on-exec.
    pub fn keep(&mut self, fd: OwnedFd) -> Given {
        let raw: RawFd = fd.as_raw_fd();
        self.given.push(fd);
        Given(raw)
    }

    /// A slot that no step uses yet; `None` when all [`SLOTS`] are taken.
    #[must_use]
    pub fn slot(&mut self) -> Option<Slot> {
        let slot = Slot(self.slots);
        (usize::from(self.slots) < SLOTS).then(|| {
            self.slots += 1;
            slot
        })
    }

    /// The step that a failure names.
    #[must_use]
    pub fn step(&self, failure: &Failure) -> Option<&Step> {
        match failure.stage {
            Stage::Join => self.join.get(failure.index),
            Stage::World => self.world.get(failure.index),
            Stage::Process => self.process.get(failure.index),
            Stage::Last => self.last.get(failure.index),
            Stage::Outside | Stage::Exec | Stage::Init => None,
        }
    }
}

/// What a child asks of its caller by [`Step::Ask`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The number of the question.
    pub number: u8,
    /// The first process inside, in the caller's PID namespace. It waits for the answer, and is not reaped before.
    pub pid: i32,
}

/// A process that was started: its payload has been executed.
#[derive(Debug)]
pub struct Started {
    /// The process id in the caller's PID namespace: of the payload, or of the init above it.
    pub pid: i32,
    /// The process.
    pub pidfd: OwnedFd,
}
