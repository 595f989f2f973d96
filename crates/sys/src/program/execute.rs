//! The execution of the payload.
//!
//! Until then, `/proc/self/exe` is the caller's own binary. A file inside a root that somebody else has filled can be a
//! symbolic link to it, or a script that names it as its interpreter, and would make of the payload a process that runs the
//! caller's binary, from which other processes inside get a handle on the file, to write to it when nobody runs it any more.

use core::convert::Infallible;
use core::ffi::{CStr, c_char};

use rustix::fd::{BorrowedFd, IntoRawFd as _, OwnedFd};
use rustix::fs::{Access, AtFlags, CWD, Mode, OFlags, ResolveFlags, accessat, openat2, stat};
use rustix::io::{self, Errno, FdFlags};

use super::child::{Launch, run};
use super::record::Record;
use super::{Stage, Way};
use crate::perform::{Context, without_effect};
use crate::raw::syscall;
use crate::step::Given;

/// Does what comes last, and tries the candidates as `execvp(3)` does; returns only if none could be executed.
pub(super) fn execute(launch: &Launch<'_>, context: &mut Context) -> Record {
    let candidates = &launch.program.image.candidates;
    let executed = match launch.program.image.way {
        Way::Direct => directly(launch, context),
        Way::Checked if first_is_plain(candidates) => directly(launch, context),
        Way::Checked | Way::Apart => apart(launch, context),
        Way::Gated(gate) => gated(launch, gate, context),
    };
    match executed {
        Err(record) => record,
        Ok(never) => match never {},
    }
}

type Executed = Result<Infallible, Record>;

fn refused(errno: Errno) -> Record {
    Record::failure(Stage::Exec, 0, errno)
}

fn directly(launch: &Launch<'_>, context: &mut Context) -> Executed {
    let candidates = &launch.program.image.candidates;
    if !launch.program.last.is_empty()
        && let Some(errno) = none_executable(candidates)
    {
        // What comes last may keep us from telling.
        return Err(refused(errno));
    }
    last(launch, context)?;
    let mut answer = Errno::NOENT;
    for candidate in candidates {
        match execve(candidate, launch.argv.as_ptr(), launch.envp) {
            Errno::NOENT | Errno::NOTDIR => {}
            // Something of that name is there: worth telling, should nothing better follow.
            Errno::ACCESS => answer = Errno::ACCESS,
            Errno::NOEXEC => return Err(refused(as_shell_script(launch, candidate))),
            other => return Err(refused(other)),
        }
    }
    Err(refused(answer))
}

/// Performs the last steps.
fn last(launch: &Launch<'_>, context: &mut Context) -> Result<(), Record> {
    let program = launch.program;
    let base = program.join.len() + program.world.len() + program.process.len();
    run(launch, Stage::Last, base, &program.last, context)
}

fn execve(path: &CStr, argv: *const *const c_char, envp: *const *const c_char) -> Errno {
    let arguments = [path.as_ptr() as usize, argv as usize, envp as usize];
    // SAFETY: a C string and two null-terminated arrays, all of which live until the call replaces this process.
    unsafe { syscall(libc::SYS_execve, arguments) }.err().unwrap_or(Errno::NOEXEC)
}

fn as_shell_script(launch: &Launch<'_>, script: &CStr) -> Errno {
    if let Some(place) = launch.shell_argv.get(1) {
        place.set(script.as_ptr());
    }
    // A `Cell` has the layout of what is in it.
    execve(c"/bin/sh", launch.shell_argv.as_ptr().cast(), launch.envp)
}

/// Whether the first candidate that there is will be executed as what it is, by the kernel alone: a program of this machine's
/// own kind, to which no link of `/proc` leads.
fn first_is_plain(candidates: &[std::ffi::CString]) -> bool {
    for candidate in candidates {
        // Neither does a FIFO keep us waiting, nor becomes a terminal ours.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        match openat2(CWD, candidate.as_c_str(), flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS) {
            Ok(file) => return is_native(&file),
            Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(_) => return false,
        }
    }
    // The usual way finds out again that there is nothing.
    true
}

/// Whether it is an ELF file for this machine: `elf(5)`. An interpreter of scripts, or of other machines' programs, would be
/// looked up by the kernel, inside, and become what the process executes. The dynamic loader does not.
fn is_native(file: &OwnedFd) -> bool {
    const ELF64: &[u8] = b"\x7fELF\x02";
    const MACHINE: u16 = if cfg!(target_arch = "x86_64") { 62 } else { 183 };
    let mut header = [0; 20];
    io::read(file, &mut header) == Ok(header.len())
        && header.starts_with(ELF64)
        && header[18..] == MACHINE.to_ne_bytes()
}

/// Becomes the freestanding program, which waits until somebody opens the gate.
fn gated(launch: &Launch<'_>, gate: Given, context: &mut Context) -> Executed {
    if let Some(errno) = none_executable(&launch.program.image.candidates) {
        return Err(refused(errno));
    }
    // SAFETY: the program holds it open.
    let gate = unsafe { BorrowedFd::borrow_raw(gate.0) };
    io::fcntl_setfd(gate, FdFlags::empty()).map_err(refused)?;
    apart(launch, context)
}

/// Becomes the freestanding program, and lets it execute: then `/proc/self/exe` is a memory file that nobody can change.
fn apart(launch: &Launch<'_>, context: &mut Context) -> Executed {
    let candidates = &launch.program.image.candidates;
    if candidates.iter().any(|candidate| is_ourselves(candidate)) {
        return Err(refused(Errno::LOOP));
    }
    let gated = matches!(launch.program.image.way, Way::Gated(_));
    if (launch.lasting_report < 0 || !launch.program.last.is_empty())
        && let Some(errno) = none_executable(candidates)
    {
        return Err(refused(errno));
    }
    if launch.lasting_report >= 0 && !gated {
        // SAFETY: the report pipe is open as long as this process runs our code.
        let report = unsafe { BorrowedFd::borrow_raw(launch.lasting_report) };
        io::fcntl_setfd(report, FdFlags::empty()).map_err(refused)?;
    }
    let executor = match launch.executor {
        // Close-on-exec, so nobody has to close it.
        -1 => crate::init::unreadable_image().map_err(refused)?.into_raw_fd(),
        raw => raw,
    };
    if launch.last_apart || launch.program.last.is_empty() {
        // Or whoever is root inside could read the image, and others there would trace what has no filter yet, and the gate.
        without_effect().map_err(refused)?;
    } else {
        last(launch, context)?;
    }
    let arguments = [
        executor.cast_unsigned() as usize,
        c"".as_ptr() as usize,
        launch.apart_argv.as_ptr() as usize,
        launch.apart_envp as usize,
        libc::AT_EMPTY_PATH.cast_unsigned() as usize,
    ];
    // SAFETY: C strings and null-terminated arrays that live until the call replaces this process.
    let answer = unsafe { syscall(libc::SYS_execveat, arguments) };
    Err(refused(answer.err().unwrap_or(Errno::NOEXEC)))
}

/// Why no candidate can be executed, as far as can be told beforehand, by somebody who can say it well.
fn none_executable(candidates: &[std::ffi::CString]) -> Option<Errno> {
    let mut answer = Errno::NOENT;
    for candidate in candidates {
        match accessat(CWD, candidate.as_c_str(), Access::EXEC_OK, AtFlags::EACCESS) {
            Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(Errno::ACCESS) => answer = Errno::ACCESS,
            _ => return None,
        }
    }
    Some(answer)
}

/// Whether the path leads to the caller's binary by a link in `/proc`. This is for the message alone: without it, what
/// would be executed is the freestanding program, which knows nothing to do then.
fn is_ourselves(path: &CStr) -> bool {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    if openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS).err() != Some(Errno::LOOP) {
        return false;
    }
    match (stat(path), stat(c"/proc/self/exe")) {
        (Ok(path), Ok(own)) => (path.st_dev, path.st_ino) == (own.st_dev, own.st_ino),
        _ => false,
    }
}
