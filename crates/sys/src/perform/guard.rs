//! A seccomp filter that keeps a process from typing into a terminal that it shares with its caller.

use rustix::io::Errno;

use super::seccomp::install;
use crate::seccomp::Instruction;

const fn load(offset: u32) -> Instruction {
    const BPF_LD_W_ABS: u16 = 0x20;
    Instruction { code: BPF_LD_W_ABS, if_true: 0, if_false: 0, value: offset }
}

/// Goes on `if_true` or `if_false` instructions further than the next one.
const fn equals(value: u32, if_true: u8, if_false: u8) -> Instruction {
    const BPF_JMP_JEQ_K: u16 = 0x15;
    Instruction { code: BPF_JMP_JEQ_K, if_true, if_false, value }
}

const fn answer(value: u32) -> Instruction {
    const BPF_RET_K: u16 = 0x06;
    Instruction { code: BPF_RET_K, if_true: 0, if_false: 0, value }
}

/// Offsets in `struct seccomp_data`; the second argument's lower half, which is all that the kernel looks at.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const REQUEST: u32 = if cfg!(target_endian = "little") { 24 } else { 28 };

const SECCOMP_RET_ALLOW: u32 = 0x7fff_0000;
const SECCOMP_RET_EPERM: u32 = 0x0005_0000 | libc::EPERM.cast_unsigned();

/// `AUDIT_ARCH_*` and the number of `ioctl(2)` there: the architecture itself, and that of its 32-bit programs.
#[cfg(target_arch = "x86_64")]
const NATIVE: (u32, u32) = (0xc000_003e, 16);
#[cfg(target_arch = "x86_64")]
const NARROW: (u32, u32) = (0x4000_0003, 54);
#[cfg(target_arch = "aarch64")]
const NATIVE: (u32, u32) = (0xc000_00b7, 29);
#[cfg(target_arch = "aarch64")]
const NARROW: (u32, u32) = (0x4000_0028, 54);

/// `ioctl(2)` of the x32 ABI (514 with its bit), which has x86-64's architecture; no call of AArch64 has this number.
const X32_IOCTL: u32 = 0x4000_0202;

/// `ioctl-types.h`: puts a byte into a terminal's input, and (first byte 3 and others) into that of a virtual console.
const TIOCSTI: u32 = 0x5412;
const TIOCLINUX: u32 = 0x541c;

static FILTER: [Instruction; 14] = [
    load(ARCHITECTURE),
    equals(NATIVE.0, 2, 0),
    equals(NARROW.0, 4, 0),
    answer(SECCOMP_RET_ALLOW),
    load(NUMBER),
    equals(NATIVE.1, 3, 0),
    equals(X32_IOCTL, 2, 5),
    load(NUMBER),
    equals(NARROW.1, 0, 3),
    load(REQUEST),
    equals(TIOCSTI, 2, 0),
    equals(TIOCLINUX, 1, 0),
    answer(SECCOMP_RET_ALLOW),
    answer(SECCOMP_RET_EPERM),
];

/// Makes the two requests fail with `EPERM`, here and in all that this process executes or starts.
///
/// Needs `CAP_SYS_ADMIN` in the user namespace, or no new privileges: `seccomp(2)`.
pub(super) fn guard_terminal() -> Result<(), Errno> {
    install(&FILTER, 0).map(drop)
}
