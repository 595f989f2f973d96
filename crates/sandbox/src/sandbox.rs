//! The description of one isolated process, and the one way to start it.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use insula_ns::idmap::IdMaps;
use insula_ns::{Kind, Kinds};
use insula_sys::program::Children;
use rustix::process::Signal;

use crate::child::{Child, Status};
use crate::error::Error;
use crate::plan::{Plan, Point, Way};
use crate::{Clock, Command, Identity, Init, Join, Landlock, Limits, MountPlan, Namespaces, Seccomp, Stdio};

/// Signal state of the payload, where it is not the caller's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signals {
    pub(crate) mask: Option<u64>,
    pub(crate) default: Vec<Signal>,
    pub(crate) children: Children,
}

/// One isolated process: what it is, what it sees, what it may do.
///
/// Its parts are plain values that can be set as a whole; the methods below are for what is set most.
#[derive(Debug, Default)]
pub struct Sandbox {
    /// The program.
    pub command: Command,
    /// New and joined namespaces.
    pub namespaces: Namespaces,
    /// Root and mounts.
    pub mounts: MountPlan,
    /// User, groups, capabilities.
    pub identity: Identity,
    /// The filter of system calls.
    pub seccomp: Option<Seccomp>,
    /// What it may do to files, ports and other processes.
    pub landlock: Landlock,
    /// Resource limits and priorities.
    pub limits: Limits,
    /// Files of existing control groups that the process moves to before anything else, open for writing: `cgroup.procs` of
    /// version 2, `cgroup.procs` or `tasks` of each hierarchy of version 1, `tasks` of resctrl; in this order. See `cgroups(7)`.
    pub cgroups: Vec<OwnedFd>,
    /// The directory of a control group of version 2 that it is born in: `CLONE_INTO_CGROUP` in `clone(2)`.
    pub cgroup: Option<OwnedFd>,
    /// A FIFO, open for reading and writing. With it the start ends before the payload is executed: a small program waits until a
    /// byte comes through, and executes it if that is `.`; any other byte ends it. When that is done, or has failed, nobody
    /// reads the FIFO any more.
    pub gate: Option<OwnedFd>,
    /// A file, open for writing, that gets eight bytes before anything else is done: the inode number of a pidfd of the first process
    /// inside, in this machine's order. Since Linux 6.9 no other process has it until reboot, so whoever finds the file knows which
    /// process was started, also if its starter has been killed since.
    pub mark: Option<OwnedFd>,
    /// Where the start waits until the caller has done its part: for [`Plan::spawn_attended`] alone.
    pub attended: Vec<Point>,
    /// Descriptors.
    pub stdio: Stdio,
    /// Who is PID 1 of a new PID namespace.
    pub init: Init,
    /// The signal that the first process inside gets when the calling thread ends.
    pub death_signal: Option<Signal>,
    pub(crate) signals: Signals,
    pub(crate) stop_before: Option<usize>,
}

impl Sandbox {
    /// A process that executes `program` as the caller would: a path if it has a slash, else looked for in `PATH`.
    #[must_use]
    pub fn new(program: impl Into<OsString>) -> Self {
        let mut sandbox = Self::default();
        sandbox.command.program = program.into();
        sandbox
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.command.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, arguments: I) -> Self {
        self.command.arguments.extend(arguments.into_iter().map(|word| word.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.command.environment.push((name.into(), Some(value.into())));
        self
    }

    /// Sets the working directory, as seen from inside.
    #[must_use]
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.command.working_directory = Some(directory.into());
        self
    }

    /// Makes new namespaces of these kinds. A new PID namespace gets an init of ours unless [`Self::init`] says otherwise
    /// later.
    #[must_use]
    pub fn unshare(mut self, kinds: impl Into<Kinds>) -> Self {
        self.namespaces.new |= kinds.into();
        if self.namespaces.new.contains(Kind::Pid) {
            self.init = Init::Reaper;
        }
        self
    }

    /// Enters an existing namespace, or several of a process.
    #[must_use]
    pub fn join(mut self, join: Join) -> Self {
        self.namespaces.join.push(join);
        self
    }

    /// Sets the maps of the new user namespace.
    #[must_use]
    pub fn ids(mut self, maps: IdMaps) -> Self {
        self.namespaces.ids = Some(maps);
        self
    }

    /// Maps root inside the new user namespace to the caller, and no other id.
    ///
    /// # Errors
    /// [`Error::Map`] if the caller's id is one that cannot be mapped.
    pub fn map_root(self) -> Result<Self, Error> {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        Ok(self.ids(IdMaps::root_only(uid.as_raw(), gid.as_raw())?))
    }

    /// Sets the host name of the new UTS namespace.
    #[must_use]
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.namespaces.hostname = Some(name.into());
        self
    }

    /// Shifts a clock of the new time namespace by `offset` nanoseconds.
    #[must_use]
    pub fn time_offset(mut self, clock: Clock, offset: i128) -> Self {
        self.namespaces.time_offsets.push((clock, offset));
        self
    }

    /// Sets who is PID 1.
    #[must_use]
    pub const fn init(mut self, init: Init) -> Self {
        self.init = init;
        self
    }

    /// Sets the mask of blocked signals that the payload starts with; bit n-1 is signal n.
    #[must_use]
    pub const fn signal_mask(mut self, mask: u64) -> Self {
        self.signals.mask = Some(mask);
        self
    }

    /// Gives the payload the default disposition of `signal`, where the caller ignores it. A Rust program with std's
    /// `main` ignores SIGPIPE.
    #[must_use]
    pub fn default_signal(mut self, signal: Signal) -> Self {
        self.signals.default.push(signal);
        self
    }

    /// A hook for tests: the start stops for good before its step of this number.
    #[doc(hidden)]
    #[must_use]
    pub const fn stop_before(mut self, step: usize) -> Self {
        self.stop_before = Some(step);
        self
    }

    /// What a start would do, step by step; nothing is done.
    ///
    /// # Errors
    /// Whatever can be refused before anything is started.
    pub fn plan(self) -> Result<Plan, Error> {
        Plan::new(self, Way::Spawn)
    }

    /// What [`exec`](Self::exec) would do, step by step; nothing is done.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn plan_exec(self) -> Result<Plan, Error> {
        Plan::new(self, Way::Exec)
    }

    /// Starts the process, and returns when it has executed its program.
    ///
    /// # Errors
    /// [`Error`]: nothing of the start is left then.
    pub fn spawn(self) -> Result<Child, Error> {
        self.plan()?.spawn()
    }

    /// Starts the process and waits for its end.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn).
    pub fn status(self) -> Result<Status, Error> {
        self.spawn()?.wait()
    }

    /// Becomes the process: on success this does not return. New namespaces are made by `unshare(2)`, so a new PID
    /// namespace is that of later children.
    #[must_use]
    pub fn exec(self) -> Error {
        match self.plan_exec() {
            Ok(plan) => plan.exec(),
            Err(error) => error,
        }
    }
}
