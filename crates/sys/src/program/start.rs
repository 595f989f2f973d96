//! The caller's side of a start.

use core::ptr;
use core::sync::atomic::AtomicI32;

use rustix::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use rustix::io::{self, Errno};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::child::{Launch, inside_pid, joiner, run, world};
use super::dumpable::Dumpable;
use super::execute::execute;
use super::outside;
use super::record::Record;
use super::stack::Stacks;
use super::vectors::Vectors;
use super::{Failure, Program, Request, Stage, StartError, Started, Way};
use crate::clone::{CLONE_CLEAR_SIGHAND, CLONE_INTO_CGROUP, CloneArgs, clone3};
use crate::perform::{Context, OUTSIDE};
use crate::step::Step;

impl Program {
    /// Starts a process that performs this program, and waits until it has executed its payload.
    ///
    /// # Errors
    /// [`StartError`]; nothing of the start is left then: every process that it made has ended and is reaped.
    pub fn start(&self) -> Result<Started, StartError> {
        self.launch_and_attend(None)
    }

    /// As [`start`](Self::start), and answers what the child asks by [`Step::Ask`]: `attendant` is called in this thread while
    /// the child waits, and its error is that of the step. For that, the processes of the start get copies of our memory, which
    /// costs more than to share it.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_attended(
        &self,
        attendant: &mut dyn FnMut(Request) -> Result<(), Errno>,
    ) -> Result<Started, StartError> {
        self.launch_and_attend(Some(attendant))
    }

    fn launch_and_attend(&self, attendant: Option<Attendant<'_>>) -> Result<Started, StartError> {
        let attended = attendant.is_some();
        // Restored when all that share our memory have executed or ended. Before anything is made: a helper has copies of
        // the pipes of other starts, which would wait for it to end while we wait for them. Nobody shares it with an attended
        // start, whose attendant may start something else.
        let _dumpable = (!attended).then(|| Dumpable::of(self));
        // What a process with a copy of our memory writes is seen only where that is shared all the same.
        let copies = self.join_time || self.world_forks || attended;
        let make = if copies { Stacks::shared } else { Stacks::new };
        let stacks = make(if self.outside.is_empty() { 3 } else { 5 }).map_err(StartError::Prepare)?;
        let pid = AtomicI32::new(0);
        let pid = if copies { stacks.number() } else { &pid };
        let executor = self.executor().map_err(StartError::Prepare)?;
        let (report_reader, report) = self.report_pipe().map_err(StartError::Prepare)?;
        let (ask, answer) = self.outside_line(attended).map_err(StartError::Prepare)?.unzip();
        let vectors = Vectors::new(self, report.as_raw_fd());
        let kept = if attended {
            self.kept([executor.as_ref(), Some(&report), Some(&report_reader), ask.as_ref()])
        } else {
            Vec::new()
        };
        let launch = Launch {
            kept: &kept,
            executor: raw(executor.as_ref()),
            report: report.as_raw_fd(),
            report_reader: report_reader.as_raw_fd(),
            lasting_report: report.as_raw_fd(),
            ask: raw(ask.as_ref()),
            answer: raw(answer.as_ref()),
            attended,
            ..self.launch(&stacks, &vectors, pid)
        };
        let helper = if attended { None } else { outside::start(&launch).map_err(StartError::Prepare)? };
        // Only who answers holds that end from here on, so that the child sees when it is gone.
        let answer = if attended { answer } else { None };
        let cloned = launch_first(&launch);
        drop(ask);
        drop(report);
        if let (Some(answer), Some(attendant)) = (answer, attendant) {
            attend(&launch, &answer, attendant);
        }
        let result = match cloned {
            Ok((first, pidfd)) => finish(&launch, first, pidfd, &report_reader),
            Err(errno) => Err(StartError::Clone(errno)),
        };
        if let Some(helper) = helper {
            outside::reap(helper);
        }
        result
    }

    /// Performs this program in the calling process, which becomes the payload; returns only what failed.
    ///
    /// New namespaces are made by `unshare(2)`: a new PID namespace is then that of the children only. The process
    /// must have one thread if a user or time namespace is made or joined. What was done before the failure stays done.
    #[must_use]
    pub fn exec(&self) -> StartError {
        match self.exec_here() {
            Err(error) => error,
            Ok(never) => match never {},
        }
    }

    fn exec_here(&self) -> Result<core::convert::Infallible, StartError> {
        let stacks = Stacks::new(5).map_err(StartError::Prepare)?;
        let (ask, answer) = self.outside_line(false).map_err(StartError::Prepare)?.unzip();
        let (report_reader, report) = self.report_pipe().map_err(StartError::Prepare)?;
        // Nobody is left to report to when this process is another program.
        let vectors = Vectors::new(self, 0);
        let pid = AtomicI32::new(rustix::process::getpid().as_raw_pid());
        let executor = self.executor().map_err(StartError::Prepare)?;
        let launch = Launch {
            executor: raw(executor.as_ref()),
            report: report.as_raw_fd(),
            report_reader: report_reader.as_raw_fd(),
            ask: raw(ask.as_ref()),
            answer: raw(answer.as_ref()),
            ..self.launch(&stacks, &vectors, &pid)
        };
        let helper = outside::start(&launch).map_err(StartError::Prepare)?;
        drop(answer);
        let mut context = Context::new(-1, -1, launch.ask);
        context.pid = super::child::inside_pid(&launch);
        let done = self.perform_here(&launch, &mut context);
        drop(ask);
        if let Some(helper) = helper {
            outside::reap(helper);
        }
        drop(report);
        let record = match done {
            // What failed outside was reported there, with its own index.
            Err(record) => Record::read(&report_reader).unwrap_or(record),
            Ok(()) => execute(&launch, &mut context),
        };
        Err(failure(record))
    }

    fn perform_here(&self, launch: &Launch<'_>, context: &mut Context) -> Result<(), Record> {
        run(launch, Stage::Join, 0, &self.join, context)?;
        if self.kinds != 0 {
            crate::perform::perform(&Step::Unshare(self.kinds), context).map_err(Record::clone_failed)?;
        }
        run(launch, Stage::World, self.join.len(), &self.world, context)?;
        run(launch, Stage::Process, self.join.len() + self.world.len(), &self.process, context)
    }

    /// What the processes of a start share, without any descriptor yet.
    fn launch<'a>(&'a self, stacks: &'a Stacks, vectors: &'a Vectors, pid: &'a AtomicI32) -> Launch<'a> {
        Launch {
            program: self,
            stacks,
            argv: &vectors.argv,
            shell_argv: &vectors.shell_argv,
            apart_argv: &vectors.apart,
            apart_envp: vectors.apart_envp(),
            last_apart: vectors.last_apart(),
            envp: vectors.envp(),
            executor: -1,
            report: -1,
            report_reader: -1,
            lasting_report: -1,
            ask: -1,
            answer: -1,
            attended: false,
            kept: &[],
            pid,
        }
    }

    /// The socket between the child and who answers it outside, if somebody does.
    fn outside_line(&self, attended: bool) -> Result<Option<(OwnedFd, OwnedFd)>, Errno> {
        if self.outside.is_empty() && !attended {
            return Ok(None);
        }
        let (ask, answer) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        Ok(Some((self.out_of_the_way(ask)?, self.out_of_the_way(answer)?)))
    }

    /// The numbers of what this program holds, and of `others`, in order.
    fn kept(&self, others: [Option<&OwnedFd>; 4]) -> Vec<RawFd> {
        let mut kept: Vec<RawFd> =
            self.given.iter().chain(others.into_iter().flatten()).map(AsRawFd::as_raw_fd).collect();
        kept.sort_unstable();
        kept
    }

    /// The program that executes the payload apart, if it will be used, or could not be made when it turns out to be.
    fn executor(&self) -> Result<Option<OwnedFd>, Errno> {
        let limits = || self.process.iter().any(|step| matches!(step, Step::Limit { .. }));
        let needed = match self.image.way {
            Way::Direct => false,
            Way::Checked => limits(),
            Way::Apart | Way::Gated(_) => true,
        };
        if needed { self.out_of_the_way(crate::init::unreadable_image()?).map(Some) } else { Ok(None) }
    }

    fn report_pipe(&self) -> Result<(OwnedFd, OwnedFd), Errno> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        Ok((self.out_of_the_way(reader)?, self.out_of_the_way(writer)?))
    }

    /// Moves a descriptor above the numbers that [`Step::Redirect`] puts something else on.
    fn out_of_the_way(&self, fd: OwnedFd) -> Result<OwnedFd, Errno> {
        if fd.as_raw_fd() < self.first_free { io::fcntl_dupfd_cloexec(&fd, self.first_free) } else { Ok(fd) }
    }
}

type Attendant<'a> = &'a mut dyn FnMut(Request) -> Result<(), Errno>;

/// Answers until nobody is left who could ask.
fn attend(launch: &Launch<'_>, answer: &OwnedFd, attendant: Attendant<'_>) {
    let mut question = [0];
    while io::retry_on_intr(|| io::read(answer, &mut question)) == Ok(1) {
        let done = match question[0] {
            OUTSIDE => outside::act_all(launch),
            number => attendant(Request { number, pid: inside_pid(launch) }),
        };
        let errno = done.err().map_or(0, Errno::raw_os_error);
        // Who does not want to know any more has ended.
        let _ = io::write(answer, &errno.to_ne_bytes());
    }
}

/// What `clone3(2)` is told of the control group: the descriptor, and the flag.
pub(super) fn cgroup(program: &Program) -> (u64, u64) {
    program.cgroup.map_or((0, 0), |group| (u64::from(group.0.cast_unsigned()), CLONE_INTO_CGROUP))
}

/// The number of a descriptor, or -1.
fn raw(fd: Option<&OwnedFd>) -> RawFd {
    fd.map_or(-1, AsRawFd::as_raw_fd)
}

/// Clones the joiner or the first process inside; returns it, with a pidfd unless it is the joiner.
fn launch_first(launch: &Launch<'_>) -> Result<(i32, Option<OwnedFd>), Errno> {
    let program = launch.program;
    let joins = !program.join.is_empty();
    let (stack, stack_size) = launch.stacks.get(0);
    let mut pidfd: RawFd = -1;
    let copies = launch.attended || (joins && program.join_time);
    let vm = if copies { 0 } else { libc::CLONE_VM | libc::CLONE_VFORK };
    let mut args = CloneArgs {
        flags: u64::from(vm.cast_unsigned()) | CLONE_CLEAR_SIGHAND,
        exit_signal: u64::from(libc::SIGCHLD.cast_unsigned()),
        stack,
        stack_size,
        ..CloneArgs::default()
    };
    let argument = ptr::from_ref(launch).cast();
    if joins {
        args.flags |= u64::from(program.join_kinds) | u64::from(libc::CLONE_PARENT_SETTID.cast_unsigned());
        args.parent_tid = launch.pid.as_ptr() as u64;
        // SAFETY: a stack of its own; `launch` stays until the report pipe says that all have executed or exited.
        return Ok((unsafe { clone3(&args, joiner, argument) }?, None));
    }
    args.flags |=
        u64::from(program.kinds) | u64::from((libc::CLONE_PIDFD | libc::CLONE_PARENT_SETTID).cast_unsigned());
    let (cgroup, into_cgroup) = cgroup(program);
    args.flags |= into_cgroup;
    args.cgroup = cgroup;
    args.pidfd = (&raw mut pidfd) as u64;
    args.parent_tid = launch.pid.as_ptr() as u64;
    // SAFETY: as above.
    let pid = unsafe { clone3(&args, world, argument) }?;
    // SAFETY: the kernel has just opened it for us.
    Ok((pid, Some(unsafe { OwnedFd::from_raw_fd(pidfd) })))
}

/// Reads reports until every process of the start has executed or ended.
fn finish(
    launch: &Launch<'_>,
    first: i32,
    pidfd: Option<OwnedFd>,
    reports: &OwnedFd,
) -> Result<Started, StartError> {
    let joined = pidfd.is_none();
    let mut failed = None;
    while let Some(record) = Record::read(reports) {
        failed.get_or_insert(record);
    }
    let mut pid = Some(first);
    if joined {
        outside::reap(first);
        // The kernel wrote the joiner's own id, and over it that of its sibling, if it made one.
        pid = Some(inside_pid(launch)).filter(|pid| *pid > 0 && *pid != first);
    }
    if let Some(record) = failed {
        pid.into_iter().for_each(end);
        return Err(failure(record));
    }
    let pid = pid.ok_or(StartError::Vanished)?;
    let pidfd = match pidfd {
        Some(pidfd) => pidfd,
        // Our unreaped child: its id cannot have been given to another process.
        None => Pid::from_raw(pid)
            .ok_or(Errno::SRCH)
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()))
            .map_err(StartError::Prepare)?,
    };
    Ok(Started { pid, pidfd })
}

/// Ends and reaps a process that said it had failed: where others inside got hold of the pipe, that need not be true.
fn end(pid: i32) {
    let kill = [pid.cast_unsigned() as usize, libc::SIGKILL.cast_unsigned() as usize];
    // SAFETY: no pointers; our unreaped child, so its id names no other process.
    let _ = unsafe { crate::raw::syscall(libc::SYS_kill, kill) };
    outside::reap(pid);
}

fn failure(record: Record) -> StartError {
    use Stage::{Exec, Init, Join, Last, Outside, Process, World};
    let errno = Errno::from_raw_os_error(record.errno);
    let stage = [Join, World, Process, Outside, Last, Exec, Init]
        .into_iter()
        .find(|stage| *stage as u32 == record.stage);
    match stage {
        Some(stage) => {
            StartError::Step(Failure { stage, index: record.index as usize, errno, said: record.said })
        }
        None => StartError::Clone(errno),
    }
}
