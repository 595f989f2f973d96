//! Descriptors opened, and mounts changed, in other namespaces than the caller's, which stays where it is.
//!
//! A process that shares our descriptors and our memory (`CLONE_FILES`, `CLONE_VM`) enters the namespaces, does the one thing that
//! is wanted, and ends; we wait for it. So no thread of ours is ever elsewhere, and nothing has to find its way back.

mod mount;

use core::ffi::{CStr, c_void};
use core::ptr;
use core::sync::atomic::{AtomicI32, Ordering};

use rustix::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};
use rustix::io::Errno;

use crate::clone::{CLONE_CLEAR_SIGHAND, CloneArgs, clone3};
use crate::program::{Stacks, dumpable, exit};
use crate::raw::syscall;

pub use mount::{attach, copy_of_mount, detach, tmpfs};

/// What to do.
#[derive(Clone, Copy, Debug)]
enum Call<'a> {
    Socket([i32; 3]),
    File { directory: i32, path: &'a CStr, flags: i32 },
    Mount(mount::Call<'a>),
}

struct Errand<'a> {
    namespaces: &'a [BorrowedFd<'a>],
    call: Call<'a>,
    /// The descriptor, 0 where there is none to be had, or the negated error number.
    result: AtomicI32,
}

/// Opens a socket as `socket(2)` does, close-on-exec, in the namespaces given, which are entered in this order.
///
/// A user namespace comes before what it owns. None at all opens it here.
/// # Errors
/// What `setns(2)` and `socket(2)` document.
pub fn socket(
    namespaces: &[BorrowedFd<'_>],
    family: i32,
    kind: i32,
    protocol: i32,
) -> Result<OwnedFd, Errno> {
    opened(namespaces, Call::Socket([family, kind | libc::SOCK_CLOEXEC, protocol]))
}

/// Opens the file `path` in `directory` as `openat(2)` does, close-on-exec, in the namespaces given, which are entered in this
/// order.
///
/// This is the way to the settings of a network namespace in `/proc/sys/net`, which shows those of whoever opens it, and to
/// `/dev/net/tun`, which makes interfaces there.
/// # Errors
/// What `setns(2)` and `openat(2)` document.
#[doc(alias = "openat")]
pub fn open(
    namespaces: &[BorrowedFd<'_>],
    directory: BorrowedFd<'_>,
    path: &CStr,
    flags: i32,
) -> Result<OwnedFd, Errno> {
    opened(namespaces, Call::File { directory: directory.as_raw_fd(), path, flags: flags | libc::O_CLOEXEC })
}

/// Has something opened.
fn opened(namespaces: &[BorrowedFd<'_>], call: Call<'_>) -> Result<OwnedFd, Errno> {
    let raw = send(namespaces, call)?;
    // SAFETY: it has just been opened for us, in the table that we share.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

fn send(namespaces: &[BorrowedFd<'_>], call: Call<'_>) -> Result<i32, Errno> {
    let errand = Errand { namespaces, call, result: AtomicI32::new(-Errno::SRCH.raw_os_error()) };
    if namespaces.is_empty() {
        perform_here(&errand);
    } else {
        run(&errand)?;
    }
    match errand.result.into_inner() {
        result @ 0.. => Ok(result),
        errno => Err(Errno::from_raw_os_error(-errno)),
    }
}

fn run(errand: &Errand<'_>) -> Result<(), Errno> {
    // Entering a user namespace makes the process visible to its root, who must not look into our memory.
    let _dumpable = dumpable::Dumpable::changed();
    let stacks = Stacks::new(1)?;
    let (stack, stack_size) = stacks.get(0);
    let shared = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_FILES;
    let args = CloneArgs {
        flags: u64::from(shared.cast_unsigned()) | CLONE_CLEAR_SIGHAND,
        stack,
        stack_size,
        ..CloneArgs::default()
    };
    // SAFETY: a stack of its own; `errand` stays, since this thread waits (`CLONE_VFORK`) until that process has ended.
    let pid = unsafe { clone3(&args, go, ptr::from_ref(errand).cast()) }?;
    let all = libc::__WALL.cast_unsigned() as usize;
    // SAFETY: no status is asked for.
    while unsafe { syscall(libc::SYS_wait4, [pid.cast_unsigned() as usize, 0, all, 0]) } == Err(Errno::INTR) {
    }
    Ok(())
}

unsafe extern "C" fn go(argument: *const c_void) -> ! {
    // SAFETY: `run` passes one that it keeps until this process has ended.
    let errand = unsafe { &*argument.cast::<Errand<'_>>() };
    let _ = crate::perform::prctl(libc::PR_SET_DUMPABLE, 0, 0);
    for namespace in errand.namespaces {
        let number = namespace.as_raw_fd().cast_unsigned() as usize;
        // SAFETY: no pointers.
        if let Err(errno) = unsafe { syscall(libc::SYS_setns, [number, 0]) } {
            errand.result.store(-errno.raw_os_error(), Ordering::Relaxed);
            exit(0);
        }
    }
    perform_here(errand);
    exit(0)
}

fn perform_here(errand: &Errand<'_>) {
    let result = match errand.call {
        // SAFETY: no pointers.
        Call::Socket(arguments) => unsafe {
            syscall(libc::SYS_socket, arguments.map(|argument| argument.cast_unsigned() as usize))
        },
        Call::File { directory, path, flags } => {
            let directory = (directory as isize).cast_unsigned();
            let arguments = [directory, path.as_ptr() as usize, flags.cast_unsigned() as usize, 0];
            // SAFETY: a C string that the caller keeps.
            unsafe { syscall(libc::SYS_openat, arguments) }
        }
        Call::Mount(call) => mount::perform(call),
    };
    let result = match result {
        Ok(raw) => raw as i32,
        Err(errno) => -errno.raw_os_error(),
    };
    errand.result.store(result, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::AsFd as _;

    #[test]
    fn socket_without_namespaces_is_opened_here() {
        let socket = socket(&[], libc::AF_UNIX, libc::SOCK_DGRAM, 0).unwrap();
        assert!(rustix::net::sockopt::socket_type(&socket).is_ok());
    }

    #[test]
    fn file_that_is_no_namespace_is_refused() {
        let null = File::open("/dev/null").unwrap();
        let refused = socket(&[null.as_fd()], libc::AF_UNIX, libc::SOCK_DGRAM, 0).unwrap_err();
        assert!(matches!(refused, Errno::INVAL | Errno::BADF), "{refused}");
    }

    #[test]
    fn missing_file_is_named_by_its_error_number() {
        assert_eq!(open(&[], rustix::fs::CWD, c"/no/such/file", libc::O_RDONLY).unwrap_err(), Errno::NOENT);
    }
}
