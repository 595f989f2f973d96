//! Signal masks and dispositions, by bare system calls: the 64-bit sets that the kernel knows.

use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::Signal;

use crate::raw::syscall;

/// The size of the kernel's `sigset_t` in bytes.
const SET_SIZE: usize = 8;

/// The bit of `signal` (1 to 64) in a set.
#[must_use]
pub const fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// The signal of this number, real-time ones too; none for what is no signal, and for 32 and 33, which C libraries keep
/// for themselves: `signal(7)`.
#[must_use]
pub fn numbered(number: i32) -> Option<Signal> {
    // SAFETY: a signal, and none that is kept by a C library.
    let signal = |number| unsafe { Signal::from_raw_unchecked(number) };
    matches!(number, 1..=31 | 34..=64).then(|| signal(number))
}

/// Sets this thread's mask of blocked signals; returns the one before.
///
/// # Errors
/// None that the kernel documents for a valid set: `rt_sigprocmask(2)`.
#[doc(alias = "sigprocmask")]
pub fn set_mask(mask: u64) -> Result<u64, Errno> {
    change_mask(libc::SIG_SETMASK, mask)
}

/// Adds `set` to this thread's mask of blocked signals; returns the mask before.
///
/// # Errors
/// As [`set_mask`].
#[doc(alias = "sigprocmask")]
pub fn block(set: u64) -> Result<u64, Errno> {
    change_mask(libc::SIG_BLOCK, set)
}

fn change_mask(how: i32, mask: u64) -> Result<u64, Errno> {
    let mut old = 0_u64;
    let how = how.cast_unsigned() as usize;
    let arguments = [how, (&raw const mask) as usize, (&raw mut old) as usize, SET_SIZE];
    // SAFETY: reads one set and writes one, both of the size that is passed.
    unsafe { syscall(libc::SYS_rt_sigprocmask, arguments) }?;
    Ok(old)
}

/// Gives `signal` its default disposition.
///
/// # Errors
/// `EINVAL` for a number that is no signal, `SIGKILL` or `SIGSTOP`: `rt_sigaction(2)`.
#[doc(alias = "sigaction")]
pub fn set_default(signal: i32) -> Result<(), Errno> {
    set_disposition(signal, libc::SIG_DFL)
}

/// Ignores `signal`.
///
/// # Errors
/// As [`set_default`].
pub fn set_ignored(signal: i32) -> Result<(), Errno> {
    set_disposition(signal, libc::SIG_IGN)
}

fn set_disposition(signal: i32, handler: usize) -> Result<(), Errno> {
    // `struct sigaction` of the kernel: handler, flags, restorer, mask; without the restorer on AArch64, where the
    // mask is then read from the third word, and all three are 0 anyway.
    let action = [handler, 0, 0, 0];
    let arguments = [signal.cast_unsigned() as usize, action.as_ptr() as usize, 0, SET_SIZE];
    // SAFETY: reads one `struct sigaction`; the dispositions used here run no code.
    unsafe { syscall(libc::SYS_rt_sigaction, arguments) }.map(drop)
}

/// A signal that was taken from the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its number.
    pub signal: i32,
    /// Whether the kernel sent it of itself (a key on the terminal, a child's end), rather than a process by `kill(2)`.
    pub from_kernel: bool,
    /// `si_code`: of SIGCHLD, 1 (`CLD_EXITED`) and so on, see `sigaction(2)`. One signal can stand for several children.
    pub code: i32,
    /// Of one that a process sent: its id in our PID namespace, 0 if it is outside of it. See `si_pid`.
    pub sender: i32,
}

/// Waits for one of the blocked signals in `set`, for `limit` at most if there is one.
///
/// # Errors
/// `EAGAIN` when the time is over, `EINTR` when a signal outside the set was handled: `sigtimedwait(2)`.
#[doc(alias = "sigtimedwait")]
pub fn wait(set: u64, limit: Option<Duration>) -> Result<Taken, Errno> {
    /// `siginfo_t` is 128 bytes; number, error and code come first.
    #[repr(C, align(8))]
    struct Information {
        signal: i32,
        errno: i32,
        code: i32,
        padding: i32,
        sender: i32,
        rest: [u8; 108],
    }
    let mut information = Information { signal: 0, errno: 0, code: 0, padding: 0, sender: 0, rest: [0; 108] };
    let limit = limit.map(|limit| [limit.as_secs(), u64::from(limit.subsec_nanos())]);
    let limit = limit.as_ref().map_or(0, |words| words.as_ptr() as usize);
    let arguments = [(&raw const set) as usize, (&raw mut information) as usize, limit, SET_SIZE];
    // SAFETY: reads one set of the size that is passed and, if there is one, a `struct timespec` of two 64-bit words;
    // writes one `siginfo_t`.
    unsafe { syscall(libc::SYS_rt_sigtimedwait, arguments) }?;
    let Information { signal, code, sender, .. } = information;
    Ok(Taken { signal, from_kernel: code > 0, code, sender })
}

/// Sends `signal`, by number, to the process that a pidfd refers to. rustix knows only signals with a name; there are
/// real-time ones.
///
/// # Errors
/// `ESRCH` if it has ended, `EPERM` if it belongs to somebody else: `pidfd_send_signal(2)`.
#[doc(alias = "pidfd_send_signal")]
pub fn send(pidfd: BorrowedFd<'_>, signal: i32) -> Result<(), Errno> {
    let numbers = [pidfd.as_raw_fd(), signal].map(|number| number.cast_unsigned() as usize);
    // SAFETY: no pointers but a null one, for no further information.
    unsafe { syscall(libc::SYS_pidfd_send_signal, [numbers[0], numbers[1], 0, 0]) }.map(drop)
}

/// A descriptor that becomes readable when one of the blocked signals in `set` is pending.
///
/// # Errors
/// `EMFILE` and the like: `signalfd(2)`.
#[doc(alias = "signalfd")]
pub fn descriptor(set: u64) -> Result<OwnedFd, Errno> {
    let flags = libc::SFD_CLOEXEC.cast_unsigned() as usize;
    let arguments = [usize::MAX, (&raw const set) as usize, SET_SIZE, flags];
    // SAFETY: reads one set of the size that is passed.
    let raw = unsafe { syscall(libc::SYS_signalfd4, arguments) }?;
    // SAFETY: the kernel has just opened it for us.
    Ok(unsafe { OwnedFd::from_raw_fd(raw as i32) })
}

/// Takes one signal from a descriptor that [`descriptor`] made; waits for one if none is pending.
///
/// # Errors
/// Those of `read(2)`.
pub fn read_descriptor(descriptor: BorrowedFd<'_>) -> Result<Taken, Errno> {
    // `struct signalfd_siginfo`: number, error, code and sender come first.
    let mut information = [0_u8; 128];
    let length = rustix::io::retry_on_intr(|| rustix::io::read(descriptor, &mut information))?;
    if length < information.len() {
        return Err(Errno::IO);
    }
    let word = |at: usize| {
        i32::from_ne_bytes([information[at], information[at + 1], information[at + 2], information[at + 3]])
    };
    Ok(Taken { signal: word(0), from_kernel: word(8) > 0, code: word(8), sender: word(12) })
}
