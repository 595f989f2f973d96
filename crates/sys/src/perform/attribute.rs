//! What a process changes about itself: signals, descriptors, priorities, limits.

use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use rustix::fs::Mode;
use rustix::io::{self, Errno};
use rustix::process;

use super::{Context, borrow, prctl};
use crate::raw::syscall;
use crate::step::Step;

pub(super) fn perform(step: &Step, context: &mut Context) -> Result<(), Errno> {
    match step {
        Step::DeathSignal(signal) => {
            prctl(libc::PR_SET_PDEATHSIG, signal.cast_unsigned() as usize, 0).map(drop)
        }
        Step::ParentAlive => parent_alive(context),
        Step::SignalMask(mask) => crate::signal::set_mask(*mask).map(drop),
        Step::DefaultSignal(signal) => crate::signal::set_default(*signal),
        Step::NewSession => process::setsid().map(drop),
        Step::GuardTerminal => super::guard::guard_terminal(),
        Step::ControllingTerminal(terminal) => process::ioctl_tiocsctty(context.fd(*terminal)?),
        Step::Redirect { from, to } => redirect(context.fd(*from)?, *to),
        Step::CloseOnExecFrom(first) => {
            const CLOSE_RANGE_CLOEXEC: usize = 1 << 2;
            let range = [*first as usize, u32::MAX as usize, CLOSE_RANGE_CLOEXEC];
            // SAFETY: no pointers; marks only.
            unsafe { syscall(libc::SYS_close_range, range) }.map(drop)
        }
        Step::KeepOpen(raw) => io::fcntl_setfd(borrow(*raw)?, io::FdFlags::empty()),
        Step::Umask(mask) => {
            process::umask(Mode::from_raw_mode(*mask));
            Ok(())
        }
        Step::ClearUmask => {
            context.umask = process::umask(Mode::empty()).as_raw_mode();
            Ok(())
        }
        Step::RestoreUmask => {
            process::umask(Mode::from_raw_mode(context.umask));
            Ok(())
        }
        Step::Nice(value) => process::setpriority_process(None, *value),
        Step::Scheduler(attributes) => scheduler(attributes),
        Step::IoPriority(priority) => {
            const IOPRIO_WHO_PROCESS: usize = 1;
            // SAFETY: no pointers; 0 is this process.
            unsafe { syscall(libc::SYS_ioprio_set, [IOPRIO_WHO_PROCESS, 0, usize::from(*priority)]) }
                .map(drop)
        }
        Step::Affinity(processors) => {
            let arguments = [0, size_of_val(&**processors), processors.as_ptr() as usize];
            // SAFETY: reads as many bytes as are said.
            unsafe { syscall(libc::SYS_sched_setaffinity, arguments) }.map(drop)
        }
        Step::MemoryPolicy { mode, nodes } => {
            // The kernel reads one bit less than it is told.
            let arguments = [*mode as usize, nodes.as_ptr() as usize, nodes.len() * 64 + 1];
            // SAFETY: reads as many bits as there are.
            unsafe { syscall(libc::SYS_set_mempolicy, arguments) }.map(drop)
        }
        Step::Personality(domain) => {
            // SAFETY: no pointers.
            unsafe { syscall(libc::SYS_personality, [*domain as usize]) }.map(drop)
        }
        Step::SessionKeyring(name) => {
            const KEYCTL_JOIN_SESSION_KEYRING: usize = 1;
            // SAFETY: a C string.
            unsafe { syscall(libc::SYS_keyctl, [KEYCTL_JOIN_SESSION_KEYRING, name.as_ptr() as usize]) }
                .map(drop)
        }
        Step::Limit { resource, soft, hard } => {
            let limit = [*soft, *hard];
            // SAFETY: reads one `struct rlimit64`, which is two 64-bit numbers.
            unsafe { syscall(libc::SYS_prlimit64, [0, *resource as usize, limit.as_ptr() as usize, 0]) }
                .map(drop)
        }
        _ => Err(Errno::NOSYS),
    }
}

/// The parent holds the only reading end of the report pipe, once we close ours: none left means it is gone.
fn parent_alive(context: &mut Context) -> Result<(), Errno> {
    if context.report_reader >= 0 {
        // SAFETY: this process's own copy, used nowhere else, and not again: the number is forgotten.
        drop(unsafe { OwnedFd::from_raw_fd(context.report_reader) });
        context.report_reader = -1;
    }
    let mut polled =
        [rustix::event::PollFd::from_borrowed_fd(borrow(context.report)?, rustix::event::PollFlags::empty())];
    rustix::event::poll(&mut polled, Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    if polled[0].revents().contains(rustix::event::PollFlags::ERR) { Err(Errno::SRCH) } else { Ok(()) }
}

fn redirect(from: BorrowedFd<'_>, to: RawFd) -> Result<(), Errno> {
    if from.as_raw_fd() == to {
        return io::fcntl_setfd(from, io::FdFlags::empty());
    }
    let numbers = [from.as_raw_fd().cast_unsigned() as usize, to.cast_unsigned() as usize, 0];
    // SAFETY: no pointers; what was open at `to` is replaced, as asked, in this process only.
    unsafe { syscall(libc::SYS_dup3, numbers) }.map(drop)
}

fn scheduler(attributes: &crate::step::SchedulerAttributes) -> Result<(), Errno> {
    /// `struct sched_attr`, `SCHED_ATTR_SIZE_VER0`.
    #[repr(C)]
    struct Raw {
        size: u32,
        policy: u32,
        flags: u64,
        nice: i32,
        priority: u32,
        runtime: u64,
        deadline: u64,
        period: u64,
    }
    let raw = Raw {
        size: 48,
        policy: attributes.policy,
        flags: attributes.flags,
        nice: attributes.nice,
        priority: attributes.priority,
        runtime: attributes.runtime,
        deadline: attributes.deadline,
        period: attributes.period,
    };
    // SAFETY: reads the 48 bytes that `size` says.
    unsafe { syscall(libc::SYS_sched_setattr, [0, (&raw const raw) as usize, 0]) }.map(drop)
}
