//! A process that only holds new namespaces: to make a user namespace without entering it.

use core::ffi::c_void;
use core::ptr;

use rustix::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, pidfd_send_signal, waitid};

use crate::clone::{CLONE_CLEAR_SIGHAND, CloneArgs, clone3};
use crate::raw::syscall;

/// A child in new namespaces that waits. Dropping it ends it.
#[derive(Debug)]
pub struct Paused {
    pid: Pid,
    pidfd: OwnedFd,
}

impl Paused {
    /// Starts one in new namespaces of these kinds, `CLONE_NEW*`.
    ///
    /// # Errors
    /// As `clone3(2)`.
    pub fn start(kinds: u32) -> Result<Self, Errno> {
        let parent = rustix::process::getpid().as_raw_pid();
        let mut pidfd: RawFd = -1;
        // Without `CLONE_VM` and without a stack, the child goes on with its own copy of ours.
        let args = CloneArgs {
            flags: u64::from(kinds | libc::CLONE_PIDFD.cast_unsigned()) | CLONE_CLEAR_SIGHAND,
            pidfd: (&raw mut pidfd) as u64,
            exit_signal: u64::from(libc::SIGCHLD.cast_unsigned()),
            ..CloneArgs::default()
        };
        // SAFETY: the child shares no memory with us, so `parent` is its own; `wait` makes system calls only.
        let pid = unsafe { clone3(&args, wait, ptr::from_ref(&parent).cast()) }?;
        // SAFETY: the kernel has just opened it for us.
        let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
        Ok(Self { pid: Pid::from_raw(pid).ok_or(Errno::SRCH)?, pidfd })
    }

    /// Its process id.
    #[must_use]
    pub const fn pid(&self) -> Pid {
        self.pid
    }
}

impl AsFd for Paused {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        // It cannot have ended and been reaped by anybody but us; if the caller ignores SIGCHLD there is none to reap.
        let _ = pidfd_send_signal(&self.pidfd, Signal::KILL);
        let reap = || waitid(WaitId::PidFd(self.pidfd.as_fd()), WaitIdOptions::EXITED).map(drop);
        while reap() == Err(Errno::INTR) {}
    }
}

/// Waits to be killed, at the latest when its parent ends.
unsafe extern "C" fn wait(parent: *const c_void) -> ! {
    let death = [libc::PR_SET_PDEATHSIG as usize, libc::SIGKILL as usize, 0, 0, 0];
    // SAFETY: no pointers.
    let _ = unsafe { syscall(libc::SYS_prctl, death) };
    // SAFETY: `start` passes a pointer to its own process id, of which this process has a copy.
    let parent = unsafe { *parent.cast::<i32>() };
    // SAFETY: no arguments.
    while unsafe { syscall(libc::SYS_getppid, []) } == Ok(parent.cast_unsigned() as usize) {
        // SAFETY: no descriptors to poll, no time limit, no signal mask.
        let _ = unsafe { syscall(libc::SYS_ppoll, [0, 0, 0, 0, 0]) };
    }
    loop {
        // SAFETY: ends this process and nothing else.
        let _ = unsafe { syscall(libc::SYS_exit_group, [0]) };
    }
}
