//! `clone3(2)` onto a stack of the caller's, in shared memory.

use core::arch::asm;
use core::ffi::c_void;
use rustix::io::Errno;

use crate::raw;

/// `struct clone_args` of `linux/sched.h`, version 2 (88 bytes, Linux 5.7).
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CloneArgs {
    pub(crate) flags: u64,
    pub(crate) pidfd: u64,
    pub(crate) child_tid: u64,
    pub(crate) parent_tid: u64,
    pub(crate) exit_signal: u64,
    pub(crate) stack: u64,
    pub(crate) stack_size: u64,
    pub(crate) tls: u64,
    pub(crate) set_tid: u64,
    pub(crate) set_tid_size: u64,
    /// A descriptor, with [`CLONE_INTO_CGROUP`].
    pub(crate) cgroup: u64,
}

/// Every caught signal gets its default disposition in the child, so no handler of ours ever runs there.
pub(crate) const CLONE_CLEAR_SIGHAND: u64 = 0x1_0000_0000;

/// The child is born in a control group of version 2.
pub(crate) const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// Starts `entry(argument)` as a new process, on the stack named in `args`; returns its process id.
///
/// # Safety
/// `args.stack` must be memory that nothing else uses until the child has executed or exited; `argument` must
/// stay valid for `entry` as long; and with `CLONE_VM`, `entry` must touch no state that the caller's threads change.
pub(crate) unsafe fn clone3(
    args: &CloneArgs,
    entry: unsafe extern "C" fn(*const c_void) -> !,
    argument: *const c_void,
) -> Result<i32, Errno> {
    // SAFETY: passed on to the caller.
    let result = raw::check(unsafe { clone3_call(args, entry, argument) })?;
    Ok(i32::try_from(result).expect("a process id fits in 31 bits"))
}

#[cfg(target_arch = "x86_64")]
unsafe fn clone3_call(
    args: &CloneArgs,
    entry: unsafe extern "C" fn(*const c_void) -> !,
    argument: *const c_void,
) -> isize {
    let result;
    // SAFETY: in the child only the stack pointer and rax differ. It never returns into this frame: it calls
    // `entry`, which does not return, on its own stack, 16-byte aligned as the calling convention asks.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r12",
            "call r13",
            "ud2",
            "2:",
            inlateout("rax") libc::SYS_clone3 as isize => result,
            in("rdi") core::ptr::from_ref(args),
            in("rsi") size_of::<CloneArgs>(),
            in("r12") argument,
            in("r13") entry,
            lateout("rcx") _, lateout("r11") _,
        );
    }
    result
}

#[cfg(target_arch = "aarch64")]
unsafe fn clone3_call(
    args: &CloneArgs,
    entry: unsafe extern "C" fn(*const c_void) -> !,
    argument: *const c_void,
) -> isize {
    let result;
    // SAFETY: as above; the child has its own stack pointer and 0 in x0.
    unsafe {
        asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x0, x20",
            "blr x21",
            "brk #1",
            "2:",
            in("x8") libc::SYS_clone3,
            inlateout("x0") core::ptr::from_ref(args) => result,
            in("x1") size_of::<CloneArgs>(),
            in("x20") argument,
            in("x21") entry,
        );
    }
    result
}
