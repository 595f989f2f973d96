//! Who a process is: capabilities, groups, ids.

use rustix::io::Errno;

use super::prctl;
use crate::raw::syscall;
use crate::step::{CapabilityChange, Step, TakeFrom};

pub(super) fn perform(step: &Step) -> Result<(), Errno> {
    match step {
        Step::NotDumpable => prctl(libc::PR_SET_DUMPABLE, 0, 0).map(drop),
        Step::NoNewPrivs => prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0).map(drop),
        Step::SecureBits(bits) => prctl(libc::PR_SET_SECUREBITS, *bits as usize, 0).map(drop),
        Step::KeepCapabilities => prctl(libc::PR_SET_KEEPCAPS, 1, 0).map(drop),
        Step::DropBounding(capability) => prctl(libc::PR_CAPBSET_DROP, *capability as usize, 0).map(drop),
        Step::Capabilities(change) => change_capabilities(*change),
        Step::DropCapability(capability) => drop_capability(*capability),
        Step::OnlyCapability(capability) => only_capability(*capability),
        Step::ClearAmbient => {
            prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as usize, 0).map(drop)
        }
        Step::RaiseAmbient(capability) => raise_ambient(*capability),
        Step::KeepAllCapabilities => keep_all_capabilities(),
        Step::Inherit(capability) => inherit(*capability),
        Step::LastUse { capability, take_from } => last_use(*capability, *take_from),
        Step::Groups(groups) => {
            // SAFETY: reads `groups.len()` 32-bit numbers.
            unsafe { syscall(libc::SYS_setgroups, [groups.len(), groups.as_ptr() as usize]) }.map(drop)
        }
        // SAFETY: no pointers.
        Step::Gid(id) => unsafe { syscall(libc::SYS_setresgid, [*id as usize; 3]) }.map(drop),
        // SAFETY: no pointers.
        Step::Uid(id) => unsafe { syscall(libc::SYS_setresuid, [*id as usize; 3]) }.map(drop),
        // The group first: the change of user takes the capability for it away.
        Step::EffectiveIds { uid, gid } => {
            // SAFETY: no pointers.
            unsafe { syscall(libc::SYS_setresgid, [SAME, *gid as usize, SAME]) }?;
            // SAFETY: no pointers.
            unsafe { syscall(libc::SYS_setresuid, [SAME, *uid as usize, SAME]) }.map(drop)
        }
        Step::FileIds { uid, gid } => {
            gid.map_or(Ok(()), |gid| file_id(libc::SYS_setfsgid, gid))?;
            uid.map_or(Ok(()), |uid| file_id(libc::SYS_setfsuid, uid))
        }
        _ => Err(Errno::NOSYS),
    }
}

/// `setfsuid(2)` and `setfsgid(2)` tell the id before; only a second call tells whether the first one did anything.
fn file_id(call: libc::c_long, id: u32) -> Result<(), Errno> {
    // SAFETY: no pointers.
    unsafe { syscall(call, [id as usize]) }?;
    // SAFETY: no pointers; no user has the id -1, so this changes nothing.
    let now = unsafe { syscall(call, [SAME]) }?;
    if now == id as usize { Ok(()) } else { Err(Errno::INVAL) }
}

/// What `setresuid(2)` takes for an id that stays.
const SAME: usize = u32::MAX as usize;

fn raise_ambient(capability: u32) -> Result<(), Errno> {
    prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE as usize, capability as usize).map(drop)
}

const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: i32,
}

/// The three sets of `capset(2)`; bit n is capability n.
struct Sets {
    effective: u64,
    permitted: u64,
    inheritable: u64,
}

fn change_capabilities(change: CapabilityChange) -> Result<(), Errno> {
    let now = capget()?;
    let permitted = change.permitted.unwrap_or(now.permitted);
    capset(&Sets {
        effective: change.effective.unwrap_or(now.effective & permitted),
        permitted,
        inheritable: change.inheritable.unwrap_or(now.inheritable),
    })
}

fn capset(bits: &Sets) -> Result<(), Errno> {
    let halves =
        |shift: u32| [bits.effective, bits.permitted, bits.inheritable].map(|set| (set >> shift) as u32);
    let header = CapabilityHeader { version: CAPABILITY_VERSION_3, pid: 0 };
    let sets = [halves(0), halves(32)];
    // SAFETY: reads the header and two `struct __user_cap_data_struct` of three 32-bit numbers.
    unsafe { syscall(libc::SYS_capset, [(&raw const header) as usize, sets.as_ptr() as usize]) }.map(drop)
}

fn capget() -> Result<Sets, Errno> {
    let header = CapabilityHeader { version: CAPABILITY_VERSION_3, pid: 0 };
    let mut sets = [[0_u32; 3]; 2];
    // SAFETY: reads the header and writes two `struct __user_cap_data_struct` of three 32-bit numbers.
    unsafe { syscall(libc::SYS_capget, [(&raw const header) as usize, sets.as_mut_ptr() as usize]) }?;
    let join = |which: usize| u64::from(sets[0][which]) | u64::from(sets[1][which]) << 32;
    Ok(Sets { effective: join(0), permitted: join(1), inheritable: join(2) })
}

/// The ambient set follows: it is part of the permitted and the inheritable one, always.
fn drop_capability(capability: u32) -> Result<(), Errno> {
    prctl(libc::PR_CAPBSET_DROP, capability as usize, 0)?;
    let (bits, others) = (capget()?, !(1 << capability));
    capset(&Sets {
        effective: bits.effective & others,
        permitted: bits.permitted & others,
        inheritable: bits.inheritable & others,
    })
}

/// Root's id gives nothing from here on (`SECBIT_NOROOT`, locked), a file's capabilities neither (no new privileges), and over
/// exec one keeps what is ambient.
fn only_capability(capability: u32) -> Result<(), Errno> {
    const NOROOT: usize = 0b11;
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0)?;
    // Beside those that the caller has, some of which may be locked.
    let before = prctl(libc::PR_GET_SECUREBITS, 0, 0)?;
    prctl(libc::PR_SET_SECUREBITS, before | NOROOT, 0)?;
    let kept = capget()?.permitted & 1 << capability;
    prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as usize, 0)?;
    capset(&Sets { effective: kept, permitted: kept, inheritable: kept })?;
    if kept == 0 { Ok(()) } else { raise_ambient(capability) }
}

/// Takes all capabilities out of force until the next execution, to which it makes no difference.
pub(crate) fn without_effect() -> Result<(), Errno> {
    capset(&Sets { effective: 0, ..capget()? })
}

fn inherit(capability: u32) -> Result<(), Errno> {
    let mut bits = permitting(capability)?;
    bits.inheritable |= 1 << capability;
    capset(&bits)
}

/// As the freestanding program does it (`init/main.rs`).
fn last_use(capability: u32, take_from: TakeFrom) -> Result<(), Errno> {
    let mut bits = permitting(capability)?;
    bits.effective |= 1 << capability;
    if take_from == TakeFrom::Inheritable {
        bits.inheritable &= !(1 << capability);
    }
    capset(&bits)?;
    if take_from == TakeFrom::Ambient {
        prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_LOWER as usize, capability as usize)?;
    }
    Ok(())
}

/// The sets, if the capability is permitted; if not, what the kernel answers to who lacks it when it is used.
fn permitting(capability: u32) -> Result<Sets, Errno> {
    let bits = capget()?;
    if bits.permitted >> capability & 1 == 1 { Ok(bits) } else { Err(Errno::ACCESS) }
}

fn keep_all_capabilities() -> Result<(), Errno> {
    let mut bits = capget()?;
    bits.inheritable = bits.permitted;
    capset(&bits)?;
    (0..64).filter(|n| bits.permitted >> n & 1 == 1).try_for_each(raise_ambient)
}
