//! Programs that decide which devices a control group of version 2 may open: `bpf(2)` and `linux/bpf.h`.

use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use rustix::io::Result;

use crate::raw::syscall;

const PROG_LOAD: usize = 5;
const PROG_ATTACH: usize = 8;
const PROG_DETACH: usize = 9;
const PROG_GET_FD_BY_ID: usize = 13;
const PROG_QUERY: usize = 16;
const PROG_TYPE_CGROUP_DEVICE: u32 = 15;
/// The type of attachment.
const CGROUP_DEVICE: u32 = 6;
const ALLOW_MULTI: u32 = 1 << 1;
const REPLACE: u32 = 1 << 2;

/// `struct bpf_insn`: one instruction, see the kernel's `bpf/standardization/instruction-set.rst`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What is done.
    pub code: u8,
    /// The register that is changed or compared, 0 to 10, and above it in four bits the one that is read.
    pub registers: u8,
    /// How many instructions to pass over, or where in memory.
    pub offset: i16,
    /// A number.
    pub immediate: i32,
}

/// What is passed to load a program, as far as this needs it; the kernel takes the rest as zero.
#[repr(C)]
struct Load {
    kind: u32,
    count: u32,
    instructions: u64,
    license: u64,
    log: [u32; 4],
    version: u32,
    flags: u32,
    name: [u8; 16],
}

/// What is passed to attach and detach.
#[repr(C)]
struct Attach {
    target: u32,
    program: u32,
    kind: u32,
    flags: u32,
    replaced: u32,
}

/// What is passed to ask what is attached.
#[repr(C)]
struct Query {
    target: u32,
    kind: u32,
    flags: u32,
    attached: u32,
    ids: u64,
    count: u32,
    pad: u32,
}

/// Loads a program of the type `BPF_PROG_TYPE_CGROUP_DEVICE`, which returns 1 to permit and 0 to refuse.
///
/// # Errors
/// `EPERM` without `CAP_BPF` or `CAP_SYS_ADMIN` in the initial user namespace; `EINVAL` when the verifier finds fault with it;
/// `E2BIG` when it is too long.
#[doc(alias = "BPF_PROG_LOAD")]
pub fn load_device_program(name: &str, instructions: &[Instruction]) -> Result<OwnedFd> {
    let mut load = Load {
        kind: PROG_TYPE_CGROUP_DEVICE,
        count: instructions.len() as u32,
        instructions: instructions.as_ptr() as u64,
        license: c"MIT".as_ptr() as u64,
        log: [0; 4],
        version: 0,
        flags: 0,
        name: [0; 16],
    };
    // The last byte stays the NUL.
    for (to, from) in load.name[..15].iter_mut().zip(name.bytes()) {
        *to = from;
    }
    let arguments = [PROG_LOAD, &raw const load as usize, size_of::<Load>()];
    // SAFETY: the kernel reads `Load` by the size that is passed, `count` instructions and a string, all of which live on.
    let fd = unsafe { syscall(libc::SYS_bpf, arguments) }?;
    // SAFETY: the kernel has just opened it for us.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Attaches a program to a group besides those that are there, or in the place of one of them.
///
/// # Errors
/// `EPERM` without `CAP_NET_ADMIN`, or when a group above allows one program only; `EINVAL` when the kernel cannot replace
/// (before 5.6); `ENOENT` when `replaced` is not attached.
#[doc(alias = "BPF_PROG_ATTACH")]
pub fn attach_device_program(
    group: BorrowedFd<'_>,
    program: BorrowedFd<'_>,
    replaced: Option<BorrowedFd<'_>>,
) -> Result<()> {
    let attach = Attach {
        target: number(group),
        program: number(program),
        kind: CGROUP_DEVICE,
        flags: if replaced.is_some() { ALLOW_MULTI | REPLACE } else { ALLOW_MULTI },
        replaced: replaced.map_or(0, number),
    };
    let arguments = [PROG_ATTACH, &raw const attach as usize, size_of::<Attach>()];
    // SAFETY: the kernel reads `Attach` by the size that is passed.
    unsafe { syscall(libc::SYS_bpf, arguments) }.map(drop)
}

/// Detaches a program from a group.
///
/// # Errors
/// `ENOENT` when it is not attached there; `EPERM` without `CAP_NET_ADMIN`.
#[doc(alias = "BPF_PROG_DETACH")]
pub fn detach_device_program(group: BorrowedFd<'_>, program: BorrowedFd<'_>) -> Result<()> {
    let detach = Attach {
        target: number(group),
        program: number(program),
        kind: CGROUP_DEVICE,
        flags: 0,
        replaced: 0,
    };
    let arguments = [PROG_DETACH, &raw const detach as usize, size_of::<Attach>()];
    // SAFETY: the kernel reads `Attach` by the size that is passed.
    unsafe { syscall(libc::SYS_bpf, arguments) }.map(drop)
}

/// Writes the ids of the programs that are attached to a group itself, as many as `ids` holds. Returns how many there were.
///
/// # Errors
/// `EPERM` without `CAP_NET_ADMIN`; `ENOSPC` when there are more; `EINVAL` when the kernel lacks them.
#[doc(alias = "BPF_PROG_QUERY")]
pub fn device_programs(group: BorrowedFd<'_>, ids: &mut [u32]) -> Result<usize> {
    let mut query = Query {
        target: number(group),
        kind: CGROUP_DEVICE,
        flags: 0,
        attached: 0,
        ids: ids.as_mut_ptr() as u64,
        count: ids.len() as u32,
        pad: 0,
    };
    let arguments = [PROG_QUERY, &raw mut query as usize, size_of::<Query>()];
    // SAFETY: the kernel reads and writes `Query` by the size that is passed, and `count` numbers of `ids`.
    unsafe { syscall(libc::SYS_bpf, arguments) }?;
    Ok(query.count as usize)
}

/// Opens a program by its id.
///
/// # Errors
/// `ENOENT` when it is gone; `EPERM` without `CAP_SYS_ADMIN`.
#[doc(alias = "BPF_PROG_GET_FD_BY_ID")]
pub fn program(id: u32) -> Result<OwnedFd> {
    // `struct { prog_id, next_id, open_flags }`.
    let argument = [id, 0, 0];
    let arguments = [PROG_GET_FD_BY_ID, &raw const argument as usize, size_of_val(&argument)];
    // SAFETY: the kernel reads three numbers, by the size that is passed.
    let fd = unsafe { syscall(libc::SYS_bpf, arguments) }?;
    // SAFETY: the kernel has just opened it for us.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

fn number(fd: BorrowedFd<'_>) -> u32 {
    fd.as_raw_fd().cast_unsigned()
}
