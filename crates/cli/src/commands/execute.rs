//! The program at the end of a command line of `unshare(1)` and `nsenter(1)`: which one it is, and how one waits for it.

use std::ffi::{OsStr, OsString};
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStrExt as _;

use insula_sandbox::{Child, Sandbox};
use insula_sys::signal;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::process::{Signal, WaitId, WaitIdOptions, WaitIdStatus};

use crate::args::Arg;
use crate::diagnosis::explain;
use crate::report::{Exits, Failure};

/// The exit statuses of both tools; 126 and 127 are those of a program that could not be executed.
pub(super) const EXITS: Exits = Exits { failed: 1, usage: 1 };

const SHELL: &str = "/bin/sh";

/// What becomes of SIGINT and SIGTERM while one waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interruption {
    /// They end us, as they end any program.
    Ends,
    /// Nothing: the program decides, which gets what the terminal sends too.
    Ignored,
    /// The program gets them as well.
    Forwarded,
}

/// A sandbox for the program that `operands` name, or for a login shell: the one called `shell`, or `/bin/sh`.
pub(super) fn sandbox(operands: &[Arg], shell: Option<OsString>) -> Sandbox {
    let mut sandbox = if let Some((program, arguments)) = operands.split_first() {
        Sandbox::new(*program).args(arguments)
    } else {
        login(shell.unwrap_or_else(|| SHELL.into()))
    };
    sandbox.stdio.inherit_all = true;
    sandbox
}

/// A shell that is told by a dash before its name to be a login shell.
fn login(shell: OsString) -> Sandbox {
    let base = shell.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let mut name = OsString::from("-");
    name.push(OsStr::from_bytes(base));
    let mut sandbox = Sandbox::new(shell);
    sandbox.command.name = Some(name);
    sandbox
}

/// Becomes the program.
pub(super) fn in_place(sandbox: Sandbox) -> Failure {
    explain(&sandbox.exec())
}

/// Starts the program, waits for its end, and ends as it ended: with its exit status, or by the same signal.
pub(super) fn in_child(mut sandbox: Sandbox, interruption: Interruption) -> Result<u8, Failure> {
    let ending = signal::bit(Signal::INT.as_raw()) | signal::bit(Signal::TERM.as_raw());
    let child_ended = signal::bit(Signal::CHILD.as_raw());
    let held = match interruption {
        Interruption::Ends => 0,
        Interruption::Ignored => ending,
        Interruption::Forwarded => ending | child_ended,
    };
    // Where it is ignored, children vanish without a status.
    signal::set_default(Signal::CHILD.as_raw())?;
    let mut mask = 0;
    if held != 0 {
        // Held from before the start, so that none gets lost.
        mask = signal::block(held)?;
        sandbox = sandbox.signal_mask(mask);
    }
    let child = sandbox.spawn().map_err(|error| explain(&error))?;
    settle(&child);
    let status = match interruption {
        Interruption::Forwarded => forward(&child, held)?,
        Interruption::Ignored => wait(&child, WaitIdOptions::empty())?,
        Interruption::Ends => wait(&child, WaitIdOptions::STOPPED)?,
    };
    let Some(status) = status else { return Err(Failure::new("lost the process that was started")) };
    match status.terminating_signal() {
        None => Ok(status.exit_status().map_or(0, |code| code.to_le_bytes()[0])),
        Some(number) => Ok(end_by(number, mask)),
    }
}

/// Gives the memory of the start up, unless the program ends at once.
fn settle(child: &Child) {
    const SHORT: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    let mut polled = [PollFd::from_borrowed_fd(child.as_fd(), PollFlags::IN)];
    if rustix::event::poll(&mut polled, Some(&SHORT)) == Ok(0) {
        insula_sys::memory::release_text();
    }
}

/// Passes signals on until `child` ends.
fn forward(child: &Child, held: u64) -> Result<Option<WaitIdStatus>, Failure> {
    loop {
        let taken = match signal::wait(held, None) {
            Ok(taken) => taken,
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        };
        match Signal::from_named_raw(taken.signal) {
            Some(Signal::CHILD) => {
                if let Some(status) = wait(child, WaitIdOptions::NOHANG)? {
                    return Ok(Some(status));
                }
            }
            // It may have ended just now; the next turn will see.
            Some(other) => drop(rustix::process::pidfd_send_signal(child.as_fd(), other)),
            None => {}
        }
    }
}

/// Waits for the end of `child`. If `how` asks for that, we stop when it is stopped, so that a shell sees its job stop.
fn wait(child: &Child, how: WaitIdOptions) -> Result<Option<WaitIdStatus>, Failure> {
    let take = |options| rustix::process::waitid(WaitId::PidFd(child.as_fd()), options);
    // Looked at before it is taken: what is reaped can be asked nothing.
    let options = WaitIdOptions::EXITED | how | WaitIdOptions::NOWAIT;
    loop {
        match take(options) {
            Ok(Some(status)) if status.stopped() => {
                let _ = take(WaitIdOptions::STOPPED | WaitIdOptions::NOHANG);
                rustix::process::kill_process(rustix::process::getpid(), Signal::STOP)?;
                // It may have been killed meanwhile.
                let _ = rustix::process::pidfd_send_signal(child.as_fd(), Signal::CONT);
            }
            // By this signal it may have been killed before it executed anything, which is no end of the program's.
            Ok(Some(status)) if status.terminating_signal().is_some() => {
                child.wait().map_err(|error| explain(&error))?;
                return Ok(Some(status));
            }
            Ok(Some(status)) => {
                let _ = take(WaitIdOptions::EXITED);
                return Ok(Some(status));
            }
            Ok(None) => return Ok(None),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::from(errno).context("cannot wait for the process")),
        }
    }
}

/// Ends this process by the signal that ended the program; returns only if the signal does not end it.
fn end_by(number: i32, mask: u64) -> u8 {
    // SIGKILL has no disposition to reset.
    let _ = signal::set_default(number);
    let _ = signal::set_mask(mask & !signal::bit(number));
    if let Some(signal) = Signal::from_named_raw(number) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), signal);
    }
    u8::try_from(128 + number).unwrap_or(u8::MAX)
}
