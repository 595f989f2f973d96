//! Three programs in one, told apart by their names. `insula-init`, PID 1 of a sandbox: reaps what is orphaned, forwards
//! signals to the payload, and ends with its status. `insula-keeper`: a process without a payload, which stays for the sake
//! of the namespaces that it is in. `insula-exec`: executes the payload from a process that is no longer Insula's binary, so
//! that `/proc/self/exe`, on the way to the payload, does not lead to that; waits before, if it is told to, until somebody
//! opens a gate; and installs the payload's filter of system calls, which then need permit nothing but the execution.
//!
//! Freestanding: no libc, no allocation, no state but two registers' worth, so it costs one page of memory and
//! about a tenth of a millisecond. It is executed with every signal blocked; a blocked signal reaches even a PID 1
//! (`sig_ignored` in `kernel/signal.c`), and `rt_sigtimedwait` takes it out. The init has no open descriptor, and the
//! payload's process id as its one argument, and leads a process group of its own, so that no key of a terminal reaches it:
//! the payload is in the foreground itself. The keeper's standard input is a line to who started it: a byte says that
//! the keeper is on record and stays, its end that nobody knows of it and it must go.
#![no_std]
#![no_main]

use core::arch::{asm, global_asm};

#[cfg(target_arch = "x86_64")]
mod number {
    pub const READ: usize = 0;
    pub const OPENAT: usize = 257;
    pub const GETPID: usize = 39;
    pub const CLOSE_RANGE: usize = 436;
    pub const KILL: usize = 62;
    pub const WAIT4: usize = 61;
    pub const RT_SIGTIMEDWAIT: usize = 128;
    pub const EXIT_GROUP: usize = 231;
    pub const WRITE: usize = 1;
    pub const FCNTL: usize = 72;
    pub const EXECVE: usize = 59;
    pub const PRCTL: usize = 157;
    pub const CAPGET: usize = 125;
    pub const CAPSET: usize = 126;
    pub const SECCOMP: usize = 317;
}
#[cfg(target_arch = "aarch64")]
mod number {
    pub const READ: usize = 63;
    pub const OPENAT: usize = 56;
    pub const GETPID: usize = 172;
    pub const CLOSE_RANGE: usize = 436;
    pub const KILL: usize = 129;
    pub const WAIT4: usize = 260;
    pub const RT_SIGTIMEDWAIT: usize = 137;
    pub const EXIT_GROUP: usize = 94;
    pub const WRITE: usize = 64;
    pub const FCNTL: usize = 25;
    pub const EXECVE: usize = 221;
    pub const PRCTL: usize = 167;
    pub const CAPGET: usize = 90;
    pub const CAPSET: usize = 91;
    pub const SECCOMP: usize = 277;
}

const SIGTERM: isize = 15;
/// The signal that releases the payload: `RELEASE` in `src/program/child.rs`.
const SIGSTKFLT: usize = 16;
/// The exit status of a start that failed.
const FAILED: usize = 125;
const SIGCHLD: isize = 17;
const WNOHANG: usize = 1;
const PR_SET_NAME: usize = 15;
const EINTR: isize = -4;
const ENOENT: isize = -2;
const ENOEXEC: isize = -8;
const EACCES: isize = -13;
const ENOTDIR: isize = -20;
const O_WRONLY: usize = 1;
const O_CLOEXEC: usize = 0o2_000_000;
const F_SETFD: usize = 2;
const FD_CLOEXEC: usize = 1;

/// `Stage` in `src/program.rs`.
const STAGE_LAST: u32 = 4;
const STAGE_EXEC: u32 = 5;

const SECCOMP_SET_MODE_FILTER: usize = 1;
const PR_CAP_AMBIENT: usize = 47;
const PR_CAP_AMBIENT_LOWER: usize = 3;
/// `_LINUX_CAPABILITY_VERSION_3`, of this process.
static CAPABILITIES: [u32; 2] = [0x2008_0522, 0];

#[cfg(target_arch = "x86_64")]
global_asm!(".globl _start", "_start:", "xor ebp, ebp", "mov rdi, rsp", "and rsp, -16", "call {}", "ud2", sym start);
#[cfg(target_arch = "aarch64")]
global_asm!(".globl _start", "_start:", "mov x29, xzr", "mov x0, sp", "bl {}", "brk #1", sym start);

#[cfg(target_arch = "x86_64")]
unsafe fn syscall(number: usize, [a, b, c, d]: [usize; 4]) -> isize {
    let result;
    // SAFETY: the x86-64 system call convention; the callers below pass valid pointers. `prctl` wants a 0 for its fifth argument.
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") 0,
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    result
}
#[cfg(target_arch = "aarch64")]
unsafe fn syscall(number: usize, [a, b, c, d]: [usize; 4]) -> isize {
    let result;
    // SAFETY: the AArch64 system call convention; the callers below pass valid pointers.
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a => result, in("x1") b, in("x2") c, in("x3") d, in("x4") 0,
            options(nostack));
    }
    result
}

/// The number `argv[index]`, written in decimal by the code that executed us.
unsafe fn number(arguments: *const *const u8, index: usize) -> usize {
    // SAFETY: the caller knows that there are so many arguments beside the name.
    let mut text = unsafe { *arguments.add(index) };
    let mut number = 0;
    loop {
        // SAFETY: within the NUL-terminated string that the kernel copied.
        let digit = unsafe { *text };
        if digit == 0 {
            return number;
        }
        number = number * 10 + (digit - b'0') as usize;
        text = text.wrapping_add(1);
    }
}

/// Whether `argv[0]` is `name`.
unsafe fn is_called(arguments: *const *const u8, name: &core::ffi::CStr) -> bool {
    // SAFETY: the kernel sees to it that there is a name.
    let mut text = unsafe { *arguments };
    name.to_bytes_with_nul().iter().all(|byte| {
        // SAFETY: within the NUL-terminated string: the comparison ends where it does.
        let same = unsafe { *text } == *byte;
        text = text.wrapping_add(1);
        same
    })
}

unsafe extern "C" fn start(stack: *const usize) -> ! {
    // SAFETY: called once, by `_start`, with the initial stack pointer, which points to argc, before the argv pointers.
    let arguments = unsafe { stack.add(1) }.cast_mut().cast::<*const u8>();
    // SAFETY: what we call ourselves has the arguments that belong to the name.
    unsafe {
        if is_called(arguments, c"insula-init") {
            init(number(arguments, 1))
        } else if is_called(arguments, c"insula-exec") {
            execute(arguments, *stack)
        } else if is_called(arguments, c"insula-keeper") {
            keep()
        }
    }
    // Somebody inside has found us by `/proc/self/exe`.
    complain(b"insula: this program is part of Insula, and nothing to execute\n");
    exit(126)
}

fn complain(text: &[u8]) {
    // SAFETY: reads the text.
    unsafe { syscall(number::WRITE, [2, text.as_ptr() as usize, text.len(), 0]) };
}

/// Waits until a byte comes through the gate, which came along open: `.`, or it ends. The end of the gate says that the payload
/// has been executed, or never will be.
unsafe fn wait(gate: usize) {
    close_on_exec(gate);
    let mut byte = 0_u8;
    loop {
        // SAFETY: writes one byte.
        match unsafe { syscall(number::READ, [gate, &raw mut byte as usize, 1, 0]) } {
            1 if byte == b'.' => return,
            EINTR => {}
            _ => exit(FAILED),
        }
    }
}

/// Has the next execution change the security context: `attr/exec` in `proc_pid_attr(5)`. Gives the error number, or 0.
unsafe fn label(proc: usize, file: *const u8, value: *const u8) -> isize {
    let mut length = 0;
    // SAFETY: within the NUL-terminated string. Volatile, or the compiler would want a `strlen`.
    while unsafe { value.add(length).read_volatile() } != 0 {
        length += 1;
    }
    // SAFETY: a C string, and no more of one than it has.
    unsafe {
        close_on_exec(proc);
        let opened = syscall(number::OPENAT, [proc, file as usize, O_WRONLY | O_CLOEXEC, 0]);
        if opened < 0 {
            return opened;
        }
        syscall(number::WRITE, [opened.cast_unsigned(), value as usize, length, 0]).min(0)
    }
}

/// Has a descriptor that came along open go with the execution. The payload gets none that it is not to have.
fn close_on_exec(descriptor: usize) {
    // SAFETY: no pointers.
    if unsafe { syscall(number::FCNTL, [descriptor, F_SETFD, FD_CLOEXEC, 0]) } != 0 {
        exit(FAILED);
    }
}

/// What is done last: the words of `src/program/last.rs`.
#[repr(C)]
struct Last {
    flags: u32,
    /// The one by whose right the filter is installed, unless `take_from` is 0.
    capability: u32,
    /// 1 for none, 2 for the ambient set alone, 3 for the inheritable one.
    take_from: u32,
    length: u32,
}

/// `struct sock_fprog` of `linux/filter.h`.
#[repr(C)]
struct Filter {
    length: u16,
    instructions: *const u8,
}

/// Undoes, in its place, what made a C string of bytes: `src/program/last.rs`.
unsafe fn unstuff(text: *mut u8) {
    // SAFETY: within the NUL-terminated string, of which `from` is ahead of `to`.
    unsafe {
        let (mut from, mut to) = (text, text);
        while *from != 0 {
            let length = *from;
            from = from.add(1);
            for _ in 1..length {
                to.write_volatile(*from);
                from = from.add(1);
                to = to.add(1);
            }
            if length < u8::MAX {
                to.write_volatile(0);
                to = to.add(1);
            }
        }
    }
}

/// Installs the filter, and before, in the same breath, gives up what it takes to. Gives the error number, or 0.
unsafe fn finish(text: *mut u8) -> isize {
    // SAFETY: our caller passes what `src/program/last.rs` has made.
    unsafe {
        unstuff(text);
        let last = text.cast::<Last>().read_unaligned();
        if last.take_from != 0 {
            let refused = use_last(last.capability as usize, last.take_from);
            if refused != 0 {
                return refused;
            }
        }
        let filter = Filter { length: last.length as u16, instructions: text.add(size_of::<Last>()) };
        let filter = &raw const filter as usize;
        syscall(number::SECCOMP, [SECCOMP_SET_MODE_FILTER, last.flags as usize, filter, 0])
    }
}

/// As `Step::LastUse`. It is permitted and in force, since it was ambient when this program was executed.
unsafe fn use_last(capability: usize, take_from: u32) -> isize {
    const INHERITABLE: usize = 2;
    let header = CAPABILITIES.as_ptr() as usize;
    let mut sets = [0_u32; 6];
    let address = sets.as_mut_ptr();
    // SAFETY: reads the header, and writes and reads two `struct __user_cap_data_struct` of three words.
    unsafe {
        match take_from {
            2 => syscall(number::PRCTL, [PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, capability, 0]),
            3 => {
                let refused = syscall(number::CAPGET, [header, address as usize, 0, 0]);
                if refused != 0 {
                    return refused;
                }
                let word = address.add((capability >> 5 & 1) * 3 + INHERITABLE);
                word.write_volatile(word.read_volatile() & !(1 << (capability & 31)));
                syscall(number::CAPSET, [header, address as usize, 0, 0])
            }
            _ => 0,
        }
    }
}

/// Tries candidates as `execvp(3)` does. After the name come the numbers of the report pipe and of the gate, each 0 for none; 1 if
/// there is something to do last, which is the first word of the environment then; the number of a procfs, or 0, and what is
/// written to which of its files if there is one; the candidates, an empty word, and the arguments of the payload with its name;
/// `count` are all.
unsafe fn execute(arguments: *mut *const u8, count: usize) -> ! {
    // SAFETY: our caller passes them all, as the initial stack has them; the environment's pointers follow a null one.
    unsafe {
        let report = number(arguments, 1);
        if report != 0 {
            // It says by its end that the payload has been executed.
            close_on_exec(report);
        }
        let gate = number(arguments, 2);
        if gate != 0 {
            wait(gate);
        }
        let proc = number(arguments, 4);
        let mut candidate = arguments.add(5);
        if proc != 0 {
            let refused = label(proc, *candidate, *candidate.add(1));
            if refused != 0 {
                fail(report, STAGE_EXEC, refused);
            }
            candidate = candidate.add(2);
        }
        let mut environment = arguments.add(count + 1);
        if number(arguments, 3) != 0 {
            let refused = finish((*environment).cast_mut());
            if refused != 0 {
                fail(report, STAGE_LAST, refused);
            }
            environment = environment.add(1);
        }
        let mut separator = candidate;
        while **separator != 0 {
            separator = separator.add(1);
        }
        let payload = separator.add(1);
        let mut answer = ENOENT;
        while candidate < separator {
            let path = *candidate;
            candidate = candidate.add(1);
            match syscall(number::EXECVE, [path as usize, payload as usize, environment as usize, 0]) {
                ENOENT | ENOTDIR => {}
                EACCES => answer = EACCES,
                ENOEXEC => {
                    // A script without `#!`: its path takes the place of its name, the shell's name that of the empty word.
                    let shell = c"/bin/sh".as_ptr().cast::<u8>();
                    *separator = shell;
                    *payload = path;
                    answer =
                        syscall(number::EXECVE, [shell as usize, separator as usize, environment as usize, 0]);
                    break;
                }
                other => {
                    answer = other;
                    break;
                }
            }
        }
        fail(report, STAGE_EXEC, answer)
    }
}

/// Tells what the kernel answered, and ends.
fn fail(report: usize, stage: u32, answer: isize) -> ! {
    if report == 0 {
        complain(if stage == STAGE_LAST {
            b"insula: the filter of system calls could not be installed\n"
        } else {
            b"insula: the program could not be executed\n"
        });
        exit(if answer == ENOENT { 127 } else { 126 })
    }
    // As `Record` in `src/program/record.rs`. The kernel's answer alone does not say which of the last steps it was: they were
    // possible before this program was executed, but for the filter, which is the last one.
    let record = [stage, 0, (-answer) as u32];
    // SAFETY: reads the record.
    unsafe { syscall(number::WRITE, [report, record.as_ptr() as usize, size_of_val(&record), 0]) };
    exit(FAILED)
}

fn exit(status: usize) -> ! {
    // SAFETY: does not return; the kernel ends whatever is left in this PID namespace.
    unsafe { syscall(number::EXIT_GROUP, [status, 0, 0, 0]) };
    // The payload's filter refuses that. What the kernel ends by a fault, it ends whatever that blocks.
    #[cfg(target_arch = "x86_64")]
    // SAFETY: does not return.
    unsafe {
        asm!("ud2", options(noreturn))
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: does not return.
    unsafe {
        asm!("udf #0", options(noreturn))
    }
}

fn set_name(name: &core::ffi::CStr) {
    // SAFETY: a NUL-terminated name.
    unsafe { syscall(number::PRCTL, [PR_SET_NAME, name.as_ptr() as usize, 0, 0]) };
}

/// Stays until SIGTERM or SIGKILL. As PID 1 it takes SIGTERM only from outside: what is inside may not end it.
fn keep() -> ! {
    set_name(c"insula-keeper");
    let mut byte = 0_u8;
    loop {
        // SAFETY: writes one byte.
        match unsafe { syscall(number::READ, [0, &raw mut byte as usize, 1, 0]) } {
            1 => break,
            EINTR => {}
            _ => exit(1),
        }
    }
    // SAFETY: no pointers; nothing here uses a descriptor from here on.
    unsafe { syscall(number::CLOSE_RANGE, [0, u32::MAX as usize, 0, 0]) };
    // SAFETY: no arguments.
    let is_first = unsafe { syscall(number::GETPID, [0; 4]) } == 1;
    loop {
        // SAFETY: no status is asked for.
        while unsafe { syscall(number::WAIT4, [usize::MAX, 0, WNOHANG, 0]) } > 0 {}
        let every_signal = u64::MAX;
        // `siginfo_t`: the sender's process id is the fifth word, 0 if it is outside of our PID namespace.
        let mut information = [0_i32; 32];
        let arguments = [&raw const every_signal as usize, &raw mut information as usize, 0, 8];
        // SAFETY: reads one 8-byte signal set and writes 128 bytes; no time limit is asked for.
        let signal = unsafe { syscall(number::RT_SIGTIMEDWAIT, arguments) };
        if signal == SIGTERM && (!is_first || information[4] == 0) {
            exit(0);
        }
    }
}

fn init(payload: usize) -> ! {
    // The payload's process waits for this: we have left the memory of who started us both.
    // SAFETY: no pointers. The payload is our unreaped child, so its id names no other process.
    if unsafe { syscall(number::KILL, [payload, SIGSTKFLT, 0, 0]) } != 0 {
        exit(FAILED); // It would wait for ever; so it ends with us.
    }
    set_name(c"insula-init");
    loop {
        let every_signal = u64::MAX;
        // SAFETY: reads one 8-byte signal set; no information and no time limit are asked for.
        let signal = unsafe { syscall(number::RT_SIGTIMEDWAIT, [&raw const every_signal as usize, 0, 0, 8]) };
        if signal == SIGCHLD {
            reap(payload);
        } else if signal > 0 {
            // SAFETY: no pointers. The payload is our unreaped child, so its id names no other process.
            unsafe { syscall(number::KILL, [payload, signal as usize, 0, 0]) };
        }
    }
}

/// Reaps every process that has ended; ends this one, and with it the PID namespace, if the payload is among them.
///
/// One SIGCHLD can stand for several. None is lost: it was blocked before the payload could run.
fn reap(payload: usize) {
    loop {
        let mut status = 0_i32;
        // SAFETY: writes one `int`.
        let pid = unsafe { syscall(number::WAIT4, [usize::MAX, &raw mut status as usize, WNOHANG, 0]) };
        if pid == payload as isize {
            exit(code(status));
        }
        if pid <= 0 && pid != EINTR {
            return;
        }
    }
}

/// The exit status that stands for wait status `status`: 128+n for signal n.
fn code(status: i32) -> usize {
    let signal = status & 0x7f;
    (if signal != 0 { 128 + signal } else { status >> 8 & 0xff }) as usize
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
