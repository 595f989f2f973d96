//! Bare system calls: no `errno`, no thread-local storage, so they are usable in a child that shares memory.

use core::arch::asm;
use rustix::io::Errno;

/// Makes system call `number` with up to six arguments.
///
/// # Safety
/// The arguments must be what `number` takes: pointers valid for what the kernel reads and writes through them.
pub(crate) unsafe fn syscall<const N: usize>(
    number: libc::c_long,
    arguments: [usize; N],
) -> Result<usize, Errno> {
    const { assert!(N <= 6, "no system call takes more than six arguments") };
    let mut all = [0; 6];
    all[..N].copy_from_slice(&arguments);
    // SAFETY: passed on to the caller.
    check(unsafe { invoke(number, all) })
}

#[cfg(target_arch = "x86_64")]
unsafe fn invoke(number: libc::c_long, arguments: [usize; 6]) -> isize {
    let result;
    // SAFETY: the x86-64 system call convention: rcx and r11 are clobbered, everything else is kept.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") arguments[0], in("rsi") arguments[1], in("rdx") arguments[2],
            in("r10") arguments[3], in("r8") arguments[4], in("r9") arguments[5],
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    result
}

#[cfg(target_arch = "aarch64")]
unsafe fn invoke(number: libc::c_long, arguments: [usize; 6]) -> isize {
    let result;
    // SAFETY: the AArch64 system call convention: only x0 is changed.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") arguments[0] => result,
            in("x1") arguments[1], in("x2") arguments[2], in("x3") arguments[3],
            in("x4") arguments[4], in("x5") arguments[5],
            options(nostack),
        );
    }
    result
}

/// Splits what the kernel returned into a value or an error number (the last 4095 values).
pub(crate) fn check(result: isize) -> Result<usize, Errno> {
    if (-4095..0).contains(&result) {
        Err(Errno::from_raw_os_error(-result as i32))
    } else {
        Ok(result.cast_unsigned())
    }
}
