//! The installation of a filter of system calls.

use rustix::fd::{FromRawFd as _, OwnedFd, RawFd};
use rustix::io::Errno;

use super::Context;
use crate::raw::syscall;
use crate::seccomp::{Filter, Instruction, flag};

/// `struct sock_fprog` of `linux/filter.h`.
#[repr(C)]
struct Program {
    length: u16,
    instructions: *const Instruction,
}

/// Installs `filter` for this process and all that it executes or starts.
///
/// Needs `CAP_SYS_ADMIN` in the user namespace, or no new privileges: `seccomp(2)`.
pub(super) fn perform(filter: &Filter, context: &mut Context) -> Result<(), Errno> {
    let listener = install(&filter.instructions, filter.flags)?;
    if let (Some(slot), Some(listener)) = (filter.listener, listener) {
        context.put(slot, listener);
    }
    Ok(())
}

/// `seccomp(SECCOMP_SET_MODE_FILTER)`; returns the listener, if one is asked for.
pub(super) fn install(instructions: &[Instruction], flags: u32) -> Result<Option<OwnedFd>, Errno> {
    const SECCOMP_SET_MODE_FILTER: usize = 1;
    let length = u16::try_from(instructions.len()).map_err(|_| Errno::INVAL)?;
    let program = Program { length, instructions: instructions.as_ptr() };
    let arguments = [SECCOMP_SET_MODE_FILTER, flags as usize, (&raw const program) as usize];
    // SAFETY: reads the program and its instructions, whose number it says.
    let answer = unsafe { syscall(libc::SYS_seccomp, arguments) }?;
    if flags & flag::NEW_LISTENER == 0 {
        return Ok(None);
    }
    // SAFETY: the kernel has just opened it for us, close-on-exec.
    Ok(Some(unsafe { OwnedFd::from_raw_fd(answer as RawFd) }))
}
