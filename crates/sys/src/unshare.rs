//! New namespaces for the calling thread: `unshare(2)`.

use rustix::io::Errno;

use crate::raw::syscall;

/// What a thread can have of its own while the others of its process go on as before.
const OF_A_THREAD: u32 = (libc::CLONE_NEWNET
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWNS)
    .cast_unsigned();

/// Moves the calling thread into new namespaces of these kinds, `CLONE_NEW*`, all or none. With a mount namespace it gets a
/// root and a working directory of its own, too.
///
/// # Errors
/// As `unshare(2)`; `EINVAL` also for a user, PID or time namespace, which other threads or children would notice.
#[doc(alias = "CLONE_NEWNET")]
pub fn unshare(kinds: u32) -> Result<(), Errno> {
    if kinds & !OF_A_THREAD != 0 {
        return Err(Errno::INVAL);
    }
    // SAFETY: no pointers; the memory and the descriptors stay shared.
    unsafe { syscall(libc::SYS_unshare, [kinds as usize]) }.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_would_notice_is_refused() {
        for kind in [libc::CLONE_NEWUSER, libc::CLONE_NEWPID, libc::CLONE_FILES, libc::CLONE_VM] {
            assert_eq!(unshare(kind.cast_unsigned()), Err(Errno::INVAL), "{kind:x}");
        }
        assert_eq!(unshare(0), Ok(()));
    }
}
