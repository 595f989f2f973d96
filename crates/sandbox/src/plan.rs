//! A sandbox compiled into a program of steps, each with its purpose.

use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};

use insula_ns::idmap::Caller;
use insula_ns::{Kind, Kinds, Namespace, ProcDir};
use insula_sys::program::{
    Context, Failure, Outside, Program, Request, Stage, StartError, Started, Way as Execution,
};
use insula_sys::step::{Fd, Given, Slot, Step};
use rustix::io::Errno;
use rustix::process::Pid;

use crate::command::c_string;
use crate::error::{Error, StartFailure};
use crate::{Action, Child, Sandbox, SecurityContext, Session};
use seccomp::Right;

mod clocks;
mod display;
mod landlock;
mod mounts;
mod namespaces;
mod pins;
mod process;
mod seccomp;

/// How the program will be started, where that makes a difference to the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// In a child.
    Spawn,
    /// In the calling process itself.
    Exec,
}

/// As many steps as a usual start has in its world: a list that grows leaves a page behind.
const WORLD: usize = 16;

/// The flat list of what a start does. Its `Display` is what `--explain` prints.
#[derive(Debug)]
pub struct Plan {
    program: Program,
    kinds: Kinds,
    way: Way,
    payload: String,
    join: Vec<Action>,
    world: Vec<Action>,
    process: Vec<Action>,
    last: Vec<Action>,
    outside: Vec<Action>,
    slots_gone: bool,
    joins_user: bool,
    joins_mnt: bool,
    /// The user and group that files are made as, where the caller's own have no name in the new user namespace.
    file_ids: (Option<u32>, Option<u32>),
    released: Vec<Slot>,
    proc: Option<Fd>,
    /// The caller's mount namespace and working directory, where a failure has to lead back there.
    home: Option<(Namespace, OwnedFd)>,
    /// The program's side of a terminal that was opened inside.
    terminal: Option<Slot>,
    attended: Vec<Point>,
    /// A procfs by which the freestanding program sets the payload's security context, and the number that it has there.
    labels: Option<(Slot, RawFd)>,
}

/// Where a start may wait for its caller: see [`Sandbox::attended`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The namespaces are there, with their ids and names. No kernel parameter is set, and nothing is mounted.
    Created,
    /// Everything is mounted; the root is still the caller's. Only where the sandbox has a root of its own.
    Mounted,
}

impl Point {
    const ALL: [Self; 2] = [Self::Created, Self::Mounted];
}

impl Plan {
    /// Compiles `sandbox`.
    pub(crate) fn new(mut sandbox: Sandbox, way: Way) -> Result<Self, Error> {
        if sandbox.namespaces.ids.is_some() {
            sandbox.namespaces.caller.get_or_insert_with(Caller::current);
        }
        let program = Program::new(sandbox.command.image()?);
        let mut plan = Self {
            program,
            kinds: sandbox.namespaces.new,
            way,
            payload: sandbox.command.program.to_string_lossy().into_owned(),
            join: Vec::new(),
            world: Vec::with_capacity(WORLD),
            process: Vec::new(),
            last: Vec::new(),
            outside: Vec::new(),
            slots_gone: false,
            joins_user: false,
            joins_mnt: sandbox.namespaces.join.iter().any(|join| join.kinds().contains(Kind::Mnt)),
            file_ids: sandbox.namespaces.file_ids(),
            released: Vec::new(),
            proc: None,
            home: None,
            terminal: None,
            attended: sandbox.attended,
            labels: None,
        };
        plan.program.world.reserve(WORLD);
        plan.program.kinds = plan.kinds.clone_flags();
        plan.program.init = sandbox.init;
        plan.program.children = sandbox.signals.children;
        let numbers = sandbox.stdio.passed.iter().map(|passed| passed.number + 1);
        plan.program.first_free = numbers.max().unwrap_or(3).max(3);
        // A number of its own, before anything else can have it.
        let label = sandbox.identity.security_context.as_ref().filter(|_| sandbox.gate.is_some());
        let proc = plan.program.first_free;
        if label.is_some() {
            plan.program.first_free += 1;
        }
        plan.program.stop_before = sandbox.stop_before;
        if sandbox.init == crate::Init::Reaper && (way == Way::Exec || !plan.kinds.contains(Kind::Pid)) {
            return Err(Error::Contradiction {
                what: "an init".to_owned(),
                why: "needs a new PID namespace and a process of its own",
            });
        }
        plan.end_with_caller(Self::world);
        if let Some(file) = sandbox.mark {
            let file = plan.keep(file)?;
            plan.world(Action::Prepare, Step::WriteProcess { file });
        }
        let joins = sandbox.namespaces.join.iter().fold(Kinds::NONE, |kinds, join| kinds | join.kinds());
        plan.program.image.way = process::execution(joins, &sandbox.mounts.root, &sandbox.identity);
        if let Some(gate) = sandbox.gate {
            plan.program.image.way = Execution::Gated(plan.keep_given(gate)?);
        }
        let moves = sandbox.cgroup.is_some() || !sandbox.cgroups.is_empty() || !plan.attended.is_empty();
        let cgroup = Kind::Cgroup.clone_flag();
        if moves {
            // Made by the clone, its root would be the group that the caller is in.
            plan.program.kinds &= !cgroup;
        }
        if let Some(directory) = sandbox.cgroup {
            plan.program.cgroup = Some(plan.keep_given(directory)?);
        }
        let sysctls = std::mem::take(&mut sandbox.namespaces.sysctls);
        namespaces::compile(&mut plan, sandbox.namespaces)?;
        process::move_to(&mut plan, sandbox.cgroups)?;
        if let Some(context) = label {
            plan.label_later(context, proc)?;
        }
        plan.ask(Point::Created);
        namespaces::set(&mut plan, sysctls)?;
        if moves && plan.kinds.contains(Kind::Cgroup) {
            plan.world(Action::Create(Kind::Cgroup.into()), Step::Unshare(cgroup));
        }
        if sandbox.stdio.session == Session::Guarded {
            // While the capability for it is there.
            plan.world(Action::GuardTerminal, Step::GuardTerminal);
        }
        mounts::check_lock(&sandbox.mounts, &sandbox.identity.capabilities)?;
        mounts::compile(&mut plan, sandbox.mounts, sandbox.stdio.console.take())?;
        let filter = sandbox.seccomp;
        process::prepare(&mut plan, sandbox.stdio, &sandbox.identity, &sandbox.limits)?;
        // As who may reach the paths.
        let mut ruleset = landlock::rules(&mut plan, sandbox.landlock)?;
        if !sandbox.identity.no_new_privs {
            // While the capability for it is there.
            landlock::restrict(&mut plan, ruleset.take());
        }
        let right = filter.as_ref().map(|filter| Right::of(&plan, &sandbox.identity, filter)).transpose()?;
        process::compile(&mut plan, &sandbox.command, &sandbox.identity, right.unwrap_or_default())?;
        process::finish(&mut plan, &sandbox.signals, sandbox.death_signal);
        landlock::restrict(&mut plan, ruleset);
        if let Some((filter, right)) = filter.zip(right) {
            seccomp::compile(&mut plan, filter, right)?;
            seccomp::confine_init(&mut plan);
        }
        if plan.slots_gone { Err(Error::TooManySlots) } else { Ok(plan) }
    }

    /// Asks for the signal that ends a start whose caller is killed, and looks whether that has happened before.
    ///
    /// To be done again after each change of ids, and after a user namespace is entered: with the old credentials the
    /// kernel takes the request away (`commit_creds` in `kernel/cred.c`).
    fn end_with_caller(&mut self, add: fn(&mut Self, Action, Step)) {
        if self.way == Way::Spawn {
            add(self, Action::Signals, Step::DeathSignal(rustix::process::Signal::KILL.as_raw()));
            add(self, Action::Signals, Step::ParentAlive);
        }
    }

    fn join(&mut self, action: Action, step: Step) {
        self.join.push(action);
        self.program.join.push(step);
    }

    /// Puts a step before all others.
    fn first(&mut self, action: Action, step: Step) {
        let (actions, steps) = if self.join.is_empty() {
            (&mut self.world, &mut self.program.world)
        } else {
            (&mut self.join, &mut self.program.join)
        };
        actions.insert(0, action);
        steps.insert(0, step);
    }

    fn world(&mut self, action: Action, step: Step) {
        self.world.push(action);
        self.program.world.push(step);
    }

    fn process(&mut self, action: Action, step: Step) {
        self.process.push(action);
        self.program.process.push(step);
    }

    fn last(&mut self, action: Action, step: Step) {
        self.last.push(action);
        self.program.last.push(step);
    }

    fn outside(&mut self, action: Action, outside: Outside) {
        self.outside.push(action);
        self.program.outside.push(outside);
    }

    /// A handle on the caller's `/proc`, checked to be one.
    fn proc(&mut self) -> Result<Fd, Error> {
        if let Some(fd) = self.proc {
            return Ok(fd);
        }
        let fd = self.keep(OwnedFd::from(ProcDir::open()?))?;
        self.proc = Some(fd);
        Ok(fd)
    }

    /// Has the freestanding program set the security context, which is that of the next execution: by a procfs that shows nothing
    /// but the processes of the payload's PID namespace, since it waits with that in its hands.
    fn label_later(&mut self, context: &SecurityContext, proc: RawFd) -> Result<(), Error> {
        let action = Action::SecurityContext(context.name().to_owned());
        let (fs, into) = (self.slot(), self.slot());
        self.world(action.clone(), Step::FsOpen { fstype: c"proc".into(), into: fs });
        let value = Some(c"pid".into());
        self.world(action.clone(), Step::FsConfig { context: fs, key: c"subset".into(), value });
        self.world(action.clone(), Step::FsCreate { context: fs });
        self.world(action, Step::FsMount { context: fs, attributes: 0, into });
        self.release(fs);
        self.program.image.context =
            Some(Context { proc, file: context.file().into(), value: c_string(context.value())? });
        self.labels = Some((into, proc));
        Ok(())
    }

    /// Has the process wait for the caller, if that wants it.
    fn ask(&mut self, point: Point) {
        if self.attended.contains(&point) {
            self.world(Action::Attend(point), Step::Ask(point as u8));
        }
    }

    /// Hands a descriptor to the program, moved out of the way of the numbers that the payload is to see.
    fn keep(&mut self, fd: OwnedFd) -> Result<Fd, Error> {
        self.keep_given(fd).map(Fd::from)
    }

    fn keep_given(&mut self, fd: OwnedFd) -> Result<Given, Error> {
        let fd = if fd.as_raw_fd() < self.program.first_free {
            rustix::io::fcntl_dupfd_cloexec(&fd, self.program.first_free)
                .map_err(|errno| Error::Caller { what: "move a descriptor", errno })?
        } else {
            fd
        };
        Ok(self.program.keep(fd))
    }

    /// A slot for a descriptor of a world step. When there is none left, the plan fails as a whole.
    fn slot(&mut self) -> Slot {
        if let Some(slot) = self.program.slot() {
            return slot;
        }
        if let Some(slot) = self.released.pop() {
            self.world(Action::CloseDescriptors, Step::Close(slot));
            return slot;
        }
        self.slots_gone = true;
        // Any one will do: this plan is not performed.
        Program::new(self.program.image.clone()).slot().expect("a new program has slots")
    }

    /// Says that no later step uses this slot. Its descriptor is closed when the slot is needed again, or by the
    /// execution: mostly that saves a call.
    fn release(&mut self, slot: Slot) {
        self.released.push(slot);
    }

    /// Does it, and returns when the process has executed its program.
    ///
    /// # Errors
    /// As [`Sandbox::spawn`].
    pub fn spawn(self) -> Result<Child, Error> {
        self.start(Program::start)
    }

    /// As [`spawn`](Self::spawn), and calls `attendant` at each point that the sandbox has, with the first process inside, which
    /// waits. Its error number ends the start.
    ///
    /// # Errors
    /// As [`Sandbox::spawn`].
    pub fn spawn_attended(
        self,
        attendant: &mut dyn FnMut(Point, Pid) -> Result<(), Errno>,
    ) -> Result<Child, Error> {
        let mut answer = |request: Request| {
            let point = Point::ALL.into_iter().find(|point| *point as u8 == request.number);
            point
                .zip(Pid::from_raw(request.pid))
                .map_or(Err(Errno::INVAL), |(point, pid)| attendant(point, pid))
        };
        self.start(|program| program.start_attended(&mut answer))
    }

    fn start(
        mut self,
        mut start: impl FnMut(&Program) -> Result<Started, StartError>,
    ) -> Result<Child, Error> {
        let mut started = start(&self.program);
        if let Err(StartError::Step(failure)) = &started
            && self.clocks_came_late(failure)
        {
            self.set_clocks_first();
            started = start(&self.program);
        }
        started.map(|started| Child::new(started, self.payload.clone())).map_err(|error| self.give_up(error))
    }

    /// Does it in the calling process, for a plan of [`Sandbox::plan_exec`].
    #[must_use]
    pub fn exec(&self) -> Error {
        self.give_up(self.program.exec())
    }

    /// Takes back what would outlive a start that failed, and says why it did.
    fn give_up(&self, error: StartError) -> Error {
        self.unpin(&error);
        self.explain(error)
    }

    /// The error that a failed start is to the user.
    fn explain(&self, error: StartError) -> Error {
        let (action, call, errno) = match error {
            StartError::Prepare(errno) => (Action::Prepare, "pipe2, mmap".to_owned(), errno),
            StartError::Clone(errno) => (Action::Create(self.kinds), self.creation(), errno),
            StartError::Step(failure) => (self.action(&failure), self.call(&failure), failure.errno),
            StartError::Vanished => {
                return Error::Vanished { program: self.payload.clone(), signal: None };
            }
        };
        let said = match error {
            StartError::Step(failure) => failure.said.text().map(Box::from),
            _ => None,
        };
        Error::Start(StartFailure { action, call, errno, said, kinds: self.kinds })
    }

    fn action(&self, failure: &Failure) -> Action {
        let list = match failure.stage {
            Stage::Join => &self.join,
            Stage::World => &self.world,
            Stage::Process => &self.process,
            Stage::Last => &self.last,
            Stage::Outside => &self.outside,
            Stage::Exec => return Action::Execute(self.payload.clone()),
            Stage::Init => return Action::Init,
        };
        list.get(failure.index).cloned().unwrap_or(Action::Prepare)
    }

    fn call(&self, failure: &Failure) -> String {
        match self.program.step(failure) {
            Some(step) => step.to_string(),
            None => match failure.stage {
                Stage::Exec => format!("execve({:?})", self.payload),
                Stage::Init => "execveat(init)".to_owned(),
                _ => self.program.outside.get(failure.index).map_or_else(String::new, display::outside_call),
            },
        }
    }

    fn creation(&self) -> String {
        let flags = insula_sys::explain::clone_flags(self.program.kinds);
        match self.way {
            Way::Spawn if self.program.cgroup.is_some() => format!("clone3({flags}, CLONE_INTO_CGROUP)"),
            Way::Spawn => format!("clone3({flags})"),
            Way::Exec => format!("unshare({flags})"),
        }
    }
}
