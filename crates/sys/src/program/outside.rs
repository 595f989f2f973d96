//! The helper that stays outside of the new namespaces: writes id maps and binds namespaces when the child asks.

use core::ffi::{CStr, c_char, c_void};
use core::ptr;

use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{self, Errno};
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};

use super::child::{EXIT_FAILED, Launch, close_all_but, decimal, exit, inside_pid};
use super::record::Record;
use super::{Outside, Stage};
use crate::clone::{CLONE_CLEAR_SIGHAND, CloneArgs, clone3};
use crate::raw::syscall;
use crate::step::Fd;

const ARGUMENTS: usize = 1024;

/// The wait status of a process of ours that could not execute the program.
const EXECUTION_FAILED: i32 = (EXIT_FAILED as i32) << 8;

pub(super) unsafe extern "C" fn helper(argument: *const c_void) -> ! {
    // SAFETY: `start` and `exec` pass a `Launch` that outlives this process.
    let launch = unsafe { &*argument.cast::<Launch<'_>>() };
    keep_only(launch);
    // SAFETY: open until this process ends.
    let answer = unsafe { BorrowedFd::borrow_raw(launch.answer) };
    let mut byte = [0];
    if io::retry_on_intr(|| io::read(answer, &mut byte)) != Ok(1) {
        exit(0);
    }
    let errno = act_all(launch).err().map_or(0, Errno::raw_os_error);
    let _ = io::write(answer, &errno.to_ne_bytes());
    exit(0)
}

/// Closes this process's copies of everything but what it works with. The other end of its socket, of that of a start in
/// another thread, or of the report pipe would hide from somebody that the other side is gone.
fn keep_only(launch: &Launch<'_>) {
    let proc = match launch.program.proc {
        Some(Fd::Given(given)) => given.0,
        _ => launch.answer,
    };
    let mut kept = [launch.answer, launch.report, proc];
    kept.sort_unstable();
    close_all_but(&kept);
}

pub(super) fn act_all(launch: &Launch<'_>) -> Result<(), Errno> {
    for (index, action) in launch.program.outside.iter().enumerate() {
        act(launch, action)
            .inspect_err(|errno| Record::failure(Stage::Outside, index, *errno).send(launch.report))?;
    }
    Ok(())
}

fn act(launch: &Launch<'_>, action: &Outside) -> Result<(), Errno> {
    let Some(Fd::Given(proc)) = launch.program.proc else { return Err(Errno::BADF) };
    // SAFETY: the program holds it open.
    let proc = unsafe { BorrowedFd::borrow_raw(proc.0) };
    let mut digits = [0; 12];
    let pid = decimal(inside_pid(launch).cast_unsigned(), &mut digits);
    let mut buffer = [0; 64];
    match action {
        Outside::WriteProc { file, data } => {
            let path = join(pid, file, &mut buffer)?;
            let file = openat(proc, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
            let written = io::write(&file, data)?;
            if written == data.len() { Ok(()) } else { Err(Errno::INVAL) }
        }
        Outside::Run { program, arguments } => run(launch, program, pid, arguments),
        Outside::Bind { namespace, target } => {
            let path = join(pid, namespace, &mut buffer)?;
            let tree =
                open_tree(proc, path, OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC)?;
            move_mount(tree.as_fd(), c"", CWD, target.as_c_str(), MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
        }
    }
}

/// `PID/FILE` in `buffer`.
fn join<'a>(pid: &CStr, file: &CStr, buffer: &'a mut [u8; 64]) -> Result<&'a CStr, Errno> {
    let (pid, file) = (pid.to_bytes(), file.to_bytes());
    let length = pid.len() + 1 + file.len();
    let room = buffer.get_mut(..=length).ok_or(Errno::NAMETOOLONG)?;
    room[..pid.len()].copy_from_slice(pid);
    room[pid.len()] = b'/';
    room[pid.len() + 1..length].copy_from_slice(file);
    CStr::from_bytes_with_nul(room).map_err(|_| Errno::INVAL)
}

/// A program that the helper runs.
struct Run {
    path: *const c_char,
    argv: *const *const c_char,
    envp: *const *const c_char,
}

fn run(
    launch: &Launch<'_>,
    program: &CStr,
    pid: &CStr,
    arguments: &[std::ffi::CString],
) -> Result<(), Errno> {
    let mut argv = [ptr::null(); ARGUMENTS + 3];
    if arguments.len() > ARGUMENTS {
        return Err(Errno::TOOBIG);
    }
    argv[0] = program.as_ptr();
    argv[1] = pid.as_ptr();
    for (place, argument) in argv[2..].iter_mut().zip(arguments) {
        *place = argument.as_ptr();
    }
    let run = Run { path: program.as_ptr(), argv: argv.as_ptr(), envp: launch.envp };
    let (stack, stack_size) = launch.stacks.get(4);
    let clone = CloneArgs {
        flags: u64::from((libc::CLONE_VM | libc::CLONE_VFORK).cast_unsigned()) | CLONE_CLEAR_SIGHAND,
        exit_signal: u64::from(libc::SIGCHLD.cast_unsigned()),
        stack,
        stack_size,
        ..CloneArgs::default()
    };
    // SAFETY: a stack of its own; `run` and what it points to stay, since we wait for the execution.
    let child = unsafe { clone3(&clone, execute, (&raw const run).cast()) }?;
    let mut status = 0_i32;
    let arguments = [child.cast_unsigned() as usize, (&raw mut status) as usize, 0, 0];
    // SAFETY: writes one `int`.
    unsafe { syscall(libc::SYS_wait4, arguments) }?;
    match status {
        0 => Ok(()),
        EXECUTION_FAILED => Err(Errno::NOENT),
        // The program has said why on standard error.
        _ => Err(Errno::PERM),
    }
}

unsafe extern "C" fn execute(argument: *const c_void) -> ! {
    // SAFETY: `run` passes one that it keeps until we have executed.
    let run = unsafe { &*argument.cast::<Run>() };
    let _ = crate::signal::set_mask(0);
    let arguments = [run.path as usize, run.argv as usize, run.envp as usize];
    // SAFETY: a C string and two null-terminated arrays.
    let _ = unsafe { syscall(libc::SYS_execve, arguments) };
    exit(EXIT_FAILED)
}

/// Reaps the helper; it has ended, or ends now that its socket is closed.
pub(super) fn reap(pid: i32) {
    let all = libc::__WALL.cast_unsigned() as usize;
    // SAFETY: no status is asked for.
    while unsafe { syscall(libc::SYS_wait4, [pid.cast_unsigned() as usize, 0, all, 0]) } == Err(Errno::INTR) {
    }
}

/// Starts the helper on its own stack, if there is something for it to do.
pub(super) fn start(launch: &Launch<'_>) -> Result<Option<i32>, Errno> {
    if launch.program.outside.is_empty() {
        return Ok(None);
    }
    let (stack, stack_size) = launch.stacks.get(3);
    let args = CloneArgs {
        flags: u64::from(libc::CLONE_VM.cast_unsigned()) | CLONE_CLEAR_SIGHAND,
        stack,
        stack_size,
        ..CloneArgs::default()
    };
    // SAFETY: a stack of its own; the caller keeps the argument until it has reaped this process.
    unsafe { clone3(&args, helper, ptr::from_ref(launch).cast()) }.map(Some)
}
