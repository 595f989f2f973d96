//! What runs between clone and exec. Nothing here allocates, locks or returns.

use core::cell::Cell;
use core::convert::Infallible;
use core::ffi::{CStr, c_char, c_void};
use core::ptr;
use core::sync::atomic::{AtomicI32, Ordering};

use rustix::fd::{AsRawFd as _, RawFd};
use rustix::io::Errno;

use super::execute::execute;
use super::record::Record;
use super::stack::Stacks;
use super::{Children, Init, Program, Stage};
use crate::clone::{CLONE_CLEAR_SIGHAND, CloneArgs, clone3};
use crate::perform::{Context, perform};
use crate::raw::syscall;
use crate::step::Step;

/// Everything that the processes of one start share. It lives on the calling thread's stack until they have executed.
pub(super) struct Launch<'a> {
    pub(super) program: &'a Program,
    pub(super) stacks: &'a Stacks,
    pub(super) argv: &'a [*const c_char],
    /// `/bin/sh`, a place for the candidate's path, the rest of the arguments: for a script without `#!`.
    pub(super) shell_argv: &'a [Cell<*const c_char>],
    /// What the freestanding program is told that executes in our place; null-terminated, or empty.
    pub(super) apart_argv: &'a [*const c_char],
    pub(super) apart_envp: *const *const c_char,
    /// Whether it does what comes last.
    pub(super) last_apart: bool,
    pub(super) envp: *const *const c_char,
    /// That program, or -1 if it is made when it is needed.
    pub(super) executor: RawFd,
    pub(super) report: RawFd,
    pub(super) report_reader: RawFd,
    /// The report pipe, where what this process executes may report too; -1 where nobody would read it.
    pub(super) lasting_report: RawFd,
    /// The socket between the child, which asks, and the helper outside, which answers; -1 without one.
    pub(super) ask: RawFd,
    pub(super) answer: RawFd,
    /// Whether the caller answers itself, which it could not while it waits in `vfork(2)`: every process has a copy of our memory.
    pub(super) attended: bool,
    /// The descriptors from 3 on that the child of an attended start keeps, in order. It waits for long, and copies of others
    /// would hide from another thread's start that their other sides are gone.
    pub(super) kept: &'a [RawFd],
    /// The first process inside, written by the kernel before it runs: where also a process with a copy of our memory
    /// writes it, if there is one.
    pub(super) pid: &'a AtomicI32,
}

/// The status with which a process of ours ends when it fails; the report says why.
pub(super) const EXIT_FAILED: usize = 125;

pub(crate) fn exit(status: usize) -> ! {
    // SAFETY: ends this process and nothing else: it has a thread group of its own.
    let _ = unsafe { syscall(libc::SYS_exit_group, [status]) };
    // A filter of system calls refuses that.
    trap()
}

/// Ends this process without a system call.
fn trap() -> ! {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: no instruction of this name is executed: the kernel ends the process, whatever it blocks.
    unsafe {
        core::arch::asm!("ud2", options(noreturn))
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("udf #0", options(noreturn))
    }
}

/// Performs the steps of one stage; the number of the first one over all stages is `base`.
pub(super) fn run(
    launch: &Launch<'_>,
    stage: Stage,
    base: usize,
    steps: &[Step],
    context: &mut Context,
) -> Result<(), Record> {
    for (index, step) in steps.iter().enumerate() {
        if launch.program.stop_before == Some(base + index) {
            stop();
        }
        perform(step, context)
            .map_err(|errno| Record { said: context.said, ..Record::failure(stage, index, errno) })?;
    }
    Ok(())
}

/// Waits until somebody kills us.
fn stop() -> ! {
    loop {
        // SAFETY: no descriptors to poll, no time limit, no signal mask.
        let _ = unsafe { syscall(libc::SYS_ppoll, [0, 0, 0, 0, 0]) };
    }
}

fn fail(launch: &Launch<'_>, record: Record) -> ! {
    record.send(launch.report);
    exit(EXIT_FAILED)
}

/// The process that joins existing namespaces and starts the rest as its sibling.
pub(super) unsafe extern "C" fn joiner(argument: *const c_void) -> ! {
    // SAFETY: `start` passes a `Launch` that outlives this process's use of it.
    let launch = unsafe { &*argument.cast::<Launch<'_>>() };
    if launch.attended {
        close_all_but(launch.kept);
    }
    // A copy that stays open would hide from the rest that our parent, who reads reports, is gone.
    close(launch.report_reader);
    let mut context = Context::new(launch.report, -1, launch.ask);
    if let Err(record) = run(launch, Stage::Join, 0, &launch.program.join, &mut context) {
        fail(launch, record);
    }
    let (stack, stack_size) = launch.stacks.get(1);
    let memory = match (launch.attended, launch.program.world_forks) {
        (true, _) => 0,
        (false, true) => libc::CLONE_VFORK,
        (false, false) => libc::CLONE_VM | libc::CLONE_VFORK,
    };
    let (cgroup, into_cgroup) = super::start::cgroup(launch.program);
    let args = CloneArgs {
        flags: u64::from(launch.program.kinds)
            | u64::from((memory | libc::CLONE_PARENT | libc::CLONE_PARENT_SETTID).cast_unsigned())
            | into_cgroup,
        cgroup,
        parent_tid: launch.pid.as_ptr() as u64,
        stack,
        stack_size,
        ..CloneArgs::default()
    };
    // SAFETY: a stack of its own; `launch` stays; this process waits (`CLONE_VFORK`) or shares nothing, and only then exits.
    match unsafe { clone3(&args, world, argument) } {
        // The kernel has written its id where our parent reads it.
        Ok(_) => exit(0),
        Err(errno) => fail(launch, Record::clone_failed(errno)),
    }
}

/// The first process in the new namespaces.
pub(super) unsafe extern "C" fn world(argument: *const c_void) -> ! {
    // SAFETY: `start` passes a `Launch` that outlives this process's use of it.
    let launch = unsafe { &*argument.cast::<Launch<'_>>() };
    let program = launch.program;
    if launch.attended && program.join.is_empty() {
        close_all_but(launch.kept);
    }
    // The joiner, where there is one, has given its copy up.
    let reader = if program.join.is_empty() { launch.report_reader } else { -1 };
    let mut context = Context::new(launch.report, reader, launch.ask);
    context.pid = inside_pid(launch);
    if let Err(record) = run(launch, Stage::World, program.join.len(), &program.world, &mut context) {
        fail(launch, record);
    }
    match program.init {
        Init::Payload => process(launch, &mut context),
        Init::Reaper => become_init(launch, &context),
    }
}

/// What the payload's process gets from the init-to-be.
struct Payload<'a> {
    launch: &'a Launch<'a>,
    context: Context,
    /// What the caller blocks.
    mask: u64,
}

/// With which the init says to the payload's process that it is one. No kernel and hardly a program sends it.
const RELEASE: i32 = libc::SIGSTKFLT;

/// Starts the payload's process, which waits for a signal of the init, and becomes the init.
fn become_init(launch: &Launch<'_>, context: &Context) -> ! {
    let failed = match replace_by_init(launch, context) {
        Ok(never) => match never {},
        Err(errno) => errno,
    };
    // With us, its PID 1, ends the payload's process, if there is one.
    fail(launch, Record::failure(Stage::Init, 0, failed))
}

fn replace_by_init(launch: &Launch<'_>, context: &Context) -> Result<Infallible, Errno> {
    // Before there is a payload, which waits for a signal that must be blocked.
    let mask = crate::signal::set_mask(u64::MAX)?;
    let pid = start_payload(launch, context, mask)?;
    // What a key of the terminal sends to the caller's process group, the payload has got itself.
    // SAFETY: no pointers; 0 stands for this process, which leads no session.
    let _ = unsafe { syscall(libc::SYS_setpgid, [0, 0]) };
    // Where the caller ignores it, the kernel would reap the payload, and the init never learn of its end.
    if launch.program.children == Children::Unknown {
        let _ = crate::signal::set_default(libc::SIGCHLD);
    }
    let mut text = [0_u8; 12];
    let number = decimal(pid.cast_unsigned(), &mut text);
    let argv = [c"insula-init".as_ptr(), number.as_ptr(), ptr::null()];
    let envp = [ptr::null::<c_char>()];
    // Made here, nobody else has it, and nobody has to close it.
    let image = crate::init::image()?;
    // An init with descriptors would be one that holds what others wait to see closed.
    let mut context = Context::new(-1, -1, -1);
    perform(&Step::CloseOnExecFrom(0), &mut context)?;
    launch.program.reaper.iter().try_for_each(|step| perform(step, &mut context))?;
    let image = image.as_raw_fd().cast_unsigned() as usize;
    let at_empty_path = libc::AT_EMPTY_PATH.cast_unsigned() as usize;
    let arguments =
        [image, c"".as_ptr() as usize, argv.as_ptr() as usize, envp.as_ptr() as usize, at_empty_path];
    // SAFETY: C strings and null-terminated arrays that live until the call replaces this process.
    Err(unsafe { syscall(libc::SYS_execveat, arguments) }.err().unwrap_or(Errno::NOEXEC))
}

fn start_payload(launch: &Launch<'_>, context: &Context, mask: u64) -> Result<i32, Errno> {
    let (stack, stack_size) = launch.stacks.get(2);
    let payload = Payload { launch, context: *context, mask };
    let args = CloneArgs {
        flags: u64::from(libc::CLONE_VM.cast_unsigned()) | CLONE_CLEAR_SIGHAND,
        exit_signal: u64::from(libc::SIGCHLD.cast_unsigned()),
        stack,
        stack_size,
        ..CloneArgs::default()
    };
    // The child reads `payload` after this frame is gone, so it is put where the child's stack begins.
    let top = (stack + stack_size) as usize - size_of::<Payload<'_>>().next_multiple_of(64);
    let place = top as *mut Payload<'_>;
    // SAFETY: inside the child's own stack, which nobody uses yet, and aligned to 64 bytes.
    unsafe { place.write(payload) };
    let args = CloneArgs { stack_size: top as u64 - stack, ..args };
    // SAFETY: a stack of its own, shortened by its argument; `launch` stays until it has executed.
    unsafe { clone3(&args, payload_process, place.cast()) }
}

unsafe extern "C" fn payload_process(argument: *const c_void) -> ! {
    // SAFETY: `start_payload` put it there for us alone.
    let payload = unsafe { &*argument.cast::<Payload<'_>>() };
    let mut context = payload.context;
    wait_for_init();
    // In most starts a step sets a mask.
    if !payload.launch.program.process.iter().any(|step| matches!(step, Step::SignalMask(_))) {
        let _ = crate::signal::set_mask(payload.mask);
    }
    process(payload.launch, &mut context)
}

/// Waits until the init says that it is one, and so no longer in our memory. If it never does, this process ends with its
/// PID namespace.
///
/// What somebody outside sends takes the place of the same signal of the init's, if that comes before we have seen it. So the
/// init is asked to say it again: it passes on, when it is one, what it is sent.
fn wait_for_init() {
    /// `si_code` of what `kill(2)` sends, which nobody can forge.
    const SI_USER: i32 = 0;
    const INIT: i32 = 1;
    /// One more of it than are needed does the payload nothing, unlike [`RELEASE`].
    const AGAIN: i32 = libc::SIGURG;
    loop {
        match crate::signal::wait(crate::signal::bit(RELEASE) | crate::signal::bit(AGAIN), None) {
            // From outside of the PID namespace the sender would be 0.
            Ok(taken) if taken.code == SI_USER && taken.sender == INIT => return,
            Ok(_) => {
                // SAFETY: no pointers; PID 1 of this namespace is our maker.
                let _ = unsafe {
                    syscall(libc::SYS_kill, [INIT, AGAIN].map(|number| number.cast_unsigned() as usize))
                };
            }
            // `EINTR` after a stop.
            Err(_) => {}
        }
    }
}

/// Closes every descriptor from 3 on but these, which are in order.
pub(super) fn close_all_but(kept: &[RawFd]) {
    let mut first = 3;
    for raw in kept {
        if *raw > first {
            close_range(first, *raw - 1);
        }
        first = first.max(*raw + 1);
    }
    close_range(first, RawFd::MAX);
}

fn close_range(first: RawFd, last: RawFd) {
    let range = [first.cast_unsigned() as usize, last.cast_unsigned() as usize, 0];
    // SAFETY: no pointers; what is closed is used by nothing else in this process, which shares no descriptor table.
    let _ = unsafe { syscall(libc::SYS_close_range, range) };
}

fn close(raw: RawFd) {
    // SAFETY: no pointers; the descriptor is this process's own copy.
    let _ = unsafe { syscall(libc::SYS_close, [raw.cast_unsigned() as usize]) };
}

/// Performs the process steps and executes the payload.
fn process(launch: &Launch<'_>, context: &mut Context) -> ! {
    let program = launch.program;
    let base = program.join.len() + program.world.len();
    let record = match run(launch, Stage::Process, base, &program.process, context) {
        Ok(()) => execute(launch, context),
        Err(record) => record,
    };
    fail(launch, record)
}

/// Writes `number` in decimal, with a NUL, at the end of `buffer`.
pub(crate) fn decimal(number: u32, buffer: &mut [u8; 12]) -> &CStr {
    let mut rest = number;
    let mut at = buffer.len() - 1;
    buffer[at] = 0;
    while at > 0 {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    CStr::from_bytes_with_nul(&buffer[at..]).unwrap_or(c"0")
}

/// The process id that the kernel wrote at the clone, 0 before.
pub(super) fn inside_pid(launch: &Launch<'_>) -> i32 {
    launch.pid.load(Ordering::Relaxed)
}
