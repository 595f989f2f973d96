//! The file system whose files are namespaces: `ioctl_nsfs(2)`, its file handles, and `SIOCGSKNS`.
//!
//! The requests are those of `linux/nsfs.h`; which of them a kernel has is found by asking: it answers
//! [`Errno::NOTTY`](rustix::io::Errno::NOTTY) to those that it lacks.

use std::os::fd::{BorrowedFd, FromRawFd as _, OwnedFd};

use libc::{c_int, c_uint, c_ulong};
use rustix::io::{Errno, Result};

use crate::ioctl;

/// `NSFS_MAGIC`: what `fstatfs(2)` says of a namespace file.
pub const NSFS_MAGIC: u32 = 0x6e73_6673;

const NSIO: u8 = 0xb7;
/// The first published size of `struct mnt_ns_info`.
const MNT_NS_INFO_SIZE_VER0: usize = 16;
const NS_GET_USERNS: ioctl::Request = ioctl::plain(NSIO, 1);
const NS_GET_PARENT: ioctl::Request = ioctl::plain(NSIO, 2);
const NS_GET_NSTYPE: ioctl::Request = ioctl::plain(NSIO, 3);
const NS_GET_OWNER_UID: ioctl::Request = ioctl::plain(NSIO, 4);
const NS_GET_MNTNS_ID: ioctl::Request = ioctl::reading(NSIO, 5, size_of::<u64>());
const NS_GET_PID_FROM_PIDNS: ioctl::Request = ioctl::reading(NSIO, 6, size_of::<c_int>());
const NS_GET_TGID_FROM_PIDNS: ioctl::Request = ioctl::reading(NSIO, 7, size_of::<c_int>());
const NS_GET_PID_IN_PIDNS: ioctl::Request = ioctl::reading(NSIO, 8, size_of::<c_int>());
const NS_GET_TGID_IN_PIDNS: ioctl::Request = ioctl::reading(NSIO, 9, size_of::<c_int>());
const NS_MNT_GET_NEXT: ioctl::Request = ioctl::reading(NSIO, 11, MNT_NS_INFO_SIZE_VER0);
const NS_MNT_GET_PREV: ioctl::Request = ioctl::reading(NSIO, 12, MNT_NS_INFO_SIZE_VER0);
const NS_GET_ID: ioctl::Request = ioctl::reading(NSIO, 13, size_of::<u64>());
const SIOCGSKNS: ioctl::Request = 0x894c;

/// `FD_NSFS_ROOT`: stands for the nsfs mount in `open_by_handle_at(2)`.
const FD_NSFS_ROOT: c_int = -10003;
/// `FILEID_NSFS`: the type of an nsfs file handle, from the kernel's `exportfs.h`.
const FILEID_NSFS: c_int = 0xf1;

/// Opens the user namespace that owns namespace `ns`.
///
/// # Errors
/// `EPERM` when it lies outside the caller's user namespace.
#[doc(alias = "NS_GET_USERNS")]
pub fn owner(ns: BorrowedFd<'_>) -> Result<OwnedFd> {
    // SAFETY: takes no argument and returns a new descriptor.
    unsafe { ioctl::descriptor(ns, NS_GET_USERNS) }
}

/// Opens the parent of a user or PID namespace.
///
/// # Errors
/// `EPERM` when it lies outside the caller's own or there is none; `EINVAL` for another kind.
#[doc(alias = "NS_GET_PARENT")]
pub fn parent(ns: BorrowedFd<'_>) -> Result<OwnedFd> {
    // SAFETY: takes no argument and returns a new descriptor.
    unsafe { ioctl::descriptor(ns, NS_GET_PARENT) }
}

/// The `CLONE_NEW*` flag of the kind that namespace `ns` is of.
///
/// # Errors
/// `ENOTTY` when `ns` is no namespace.
#[doc(alias = "NS_GET_NSTYPE")]
pub fn nstype(ns: BorrowedFd<'_>) -> Result<u32> {
    // SAFETY: takes no argument and returns a number.
    unsafe { ioctl::number(ns, NS_GET_NSTYPE, 0) }.map(c_int::cast_unsigned)
}

/// The uid that made a user namespace, as the caller's user namespace maps it (65534 where it doesn't).
///
/// # Errors
/// `EINVAL` for another kind.
#[doc(alias = "NS_GET_OWNER_UID")]
pub fn owner_uid(ns: BorrowedFd<'_>) -> Result<u32> {
    let mut uid = 0_u32;
    // SAFETY: writes a `uid_t`, which is a `u32`.
    unsafe { ioctl::update(ns, NS_GET_OWNER_UID, &mut uid) }?;
    Ok(uid)
}

/// The 64-bit id of namespace `ns`, which is never used again until reboot.
///
/// # Errors
/// `ENOTTY` on a kernel before 6.18.
#[doc(alias = "NS_GET_ID")]
pub fn id(ns: BorrowedFd<'_>) -> Result<u64> {
    let mut id = 0_u64;
    // SAFETY: writes a `u64`.
    unsafe { ioctl::update(ns, NS_GET_ID, &mut id) }?;
    Ok(id)
}

/// The 64-bit id of a mount namespace, by which `statmount(2)` and `listmount(2)` name it.
///
/// # Errors
/// `EINVAL` for another kind; `ENOTTY` on a kernel before 6.11.
#[doc(alias = "NS_GET_MNTNS_ID")]
pub fn mount_namespace_id(ns: BorrowedFd<'_>) -> Result<u64> {
    let mut id = 0_u64;
    // SAFETY: writes a `u64`.
    unsafe { ioctl::update(ns, NS_GET_MNTNS_ID, &mut id) }?;
    Ok(id)
}

/// Opens the mount namespace that comes after `ns` in the kernel's list, in the order of their ids.
///
/// The kernel passes over those in whose user namespace the caller has no `CAP_SYS_ADMIN`.
/// # Errors
/// `ENOENT` after the last one; `ENOTTY` on a kernel before 6.12.
#[doc(alias = "NS_MNT_GET_NEXT")]
pub fn next_mount_namespace(ns: BorrowedFd<'_>) -> Result<OwnedFd> {
    // SAFETY: a null argument, which `number` passes as 0, asks for the descriptor only.
    unsafe { ioctl::descriptor(ns, NS_MNT_GET_NEXT) }
}

/// Opens the mount namespace that comes before `ns` in that list.
///
/// # Errors
/// As [`next_mount_namespace`].
#[doc(alias = "NS_MNT_GET_PREV")]
pub fn previous_mount_namespace(ns: BorrowedFd<'_>) -> Result<OwnedFd> {
    // SAFETY: a null argument, which `number` passes as 0, asks for the descriptor only.
    unsafe { ioctl::descriptor(ns, NS_MNT_GET_PREV) }
}

/// Which way a process id is translated, and whether of a thread or of the process that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Translation {
    /// A thread's id in the PID namespace asked becomes its id in the caller's.
    #[doc(alias = "NS_GET_PID_FROM_PIDNS")]
    Out,
    /// The same, and the answer is the id of the thread's process.
    #[doc(alias = "NS_GET_TGID_FROM_PIDNS")]
    ProcessOut,
    /// A thread's id in the caller's PID namespace becomes its id in the one asked.
    #[doc(alias = "NS_GET_PID_IN_PIDNS")]
    In,
    /// The same, and the answer is the id of the thread's process.
    #[doc(alias = "NS_GET_TGID_IN_PIDNS")]
    ProcessIn,
}

/// Translates the thread id `id` between the caller's PID namespace and the PID namespace `ns`.
///
/// # Errors
/// `ESRCH` when no such thread is there, or it has no id on the other side; `ENOTTY` on a kernel before 6.11.
pub fn translate(ns: BorrowedFd<'_>, translation: Translation, id: u32) -> Result<u32> {
    let request = match translation {
        Translation::Out => NS_GET_PID_FROM_PIDNS,
        Translation::ProcessOut => NS_GET_TGID_FROM_PIDNS,
        Translation::In => NS_GET_PID_IN_PIDNS,
        Translation::ProcessIn => NS_GET_TGID_IN_PIDNS,
    };
    // SAFETY: the argument is the id itself, whatever the request's encoded direction says.
    unsafe { ioctl::number(ns, request, c_ulong::from(id)) }.map(c_int::cast_unsigned)
}

/// Opens the network namespace that a socket belongs to.
///
/// # Errors
/// `EPERM` without `CAP_NET_ADMIN` in it; `ENOTTY` when `socket` is none.
#[doc(alias = "SIOCGSKNS")]
pub fn of_socket(socket: BorrowedFd<'_>) -> Result<OwnedFd> {
    // A character device could take the number for a request of its own, so look first.
    let stat = rustix::fs::fstat(socket)?;
    if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::Socket {
        return Err(Errno::NOTSOCK);
    }
    // SAFETY: takes no argument and returns a new descriptor.
    unsafe { ioctl::descriptor(socket, SIOCGSKNS) }
}

/// `struct file_handle` around a `struct nsfs_file_handle`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct FileHandle {
    bytes: c_uint,
    kind: c_int,
    id: [u8; 8],
    nstype: u32,
    inode: u32,
}

/// Opens the namespace with the 64-bit id `id` by its file handle, without any path.
///
/// `nstype` is its `CLONE_NEW*` flag and `inode` its inode number; kernels from 6.19 take 0 for both.
/// # Errors
/// `ESTALE` when there is none like that, or it is the caller's own or an inner one no longer;
/// `EPERM` without `CAP_SYS_ADMIN` in its owner; `EBADF` on a kernel before 6.18.
#[doc(alias = "open_by_handle_at")]
pub fn open_by_handle(id: u64, nstype: u32, inode: u32) -> Result<OwnedFd> {
    let mut handle = FileHandle { bytes: 16, kind: FILEID_NSFS, id: id.to_ne_bytes(), nstype, inode };
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    // SAFETY: `handle` has the layout of `struct file_handle` with the 16 bytes that it announces.
    let raw = unsafe { libc::syscall(libc::SYS_open_by_handle_at, FD_NSFS_ROOT, &raw mut handle, flags) };
    if raw < 0 {
        return Err(ioctl::last_errno());
    }
    let raw = c_int::try_from(raw).expect("the kernel returns descriptors as `int`");
    // SAFETY: the kernel has just made this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// `struct ns_id_req`.
#[repr(C)]
struct ListRequest {
    size: u32,
    spare: u32,
    after: u64,
    nstypes: u32,
    spare2: u32,
    owner: u64,
}

const SYS_LISTNS: libc::c_long = 470;

/// Lists the 64-bit ids of the namespaces that the caller may see, in ascending order, from after the id `after`
/// (0: from the first), as many as `ids` holds. Returns how many there were.
///
/// `nstypes` are `CLONE_NEW*` flags: the kinds to list, 0 for all.
/// # Errors
/// `ENOSYS` on a kernel before 6.19.
#[doc(alias = "listns")]
pub fn list(after: u64, nstypes: u32, ids: &mut [u64]) -> Result<usize> {
    let size = u32::try_from(size_of::<ListRequest>()).expect("it has 32 bytes");
    let request = ListRequest { size, spare: 0, after, nstypes, spare2: 0, owner: 0 };
    // SAFETY: `request` says its own size, and `ids` is a slice of `u64` of the length that is passed.
    let listed = unsafe { libc::syscall(SYS_LISTNS, &raw const request, ids.as_mut_ptr(), ids.len(), 0) };
    usize::try_from(listed).map_err(|_| ioctl::last_errno())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd as _;

    #[test]
    fn listed_ids_come_in_order_and_in_parts() {
        let mut two = [0; 2];
        let count = match list(0, 0, &mut two) {
            // Before 6.19.
            Err(error) => return assert_eq!(error, Errno::NOSYS),
            Ok(count) => count,
        };
        assert_eq!(count, 2, "there are eight namespaces at least");
        assert!(two[0] < two[1]);
        let mut next = [0];
        assert_eq!(list(two[0], 0, &mut next), Ok(1));
        assert_eq!(next[0], two[1]);
    }

    #[test]
    fn file_of_another_kind_is_refused() {
        let null = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(nstype(null.as_fd()), Err(Errno::NOTTY));
        assert_eq!(of_socket(null.as_fd()).unwrap_err(), Errno::NOTSOCK);
        let uts = std::fs::File::open("/proc/self/ns/uts").unwrap();
        assert_eq!(parent(uts.as_fd()).unwrap_err(), Errno::INVAL);
        assert_eq!(owner_uid(uts.as_fd()), Err(Errno::INVAL));
    }
}
