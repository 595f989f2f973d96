//! The entry point of a program that starts without std's own `main`.
//!
//! std's `main` reads `/proc/self/maps` and installs handlers, which costs 19 page faults of about 60 and sets
//! SIGPIPE to be ignored. [`main!`](crate::main) goes straight from the C library to a function that gets the arguments.

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;

/// Makes `function` the program's entry point: `fn(&[&'static OsStr]) -> u8`, from arguments to exit status.
///
/// The crate that uses it has `#![no_main]`. SIGPIPE keeps its default action, so a closed pipe ends the program
/// silently as it ends any other tool. Descriptors 0, 1 and 2 are open when the function runs: a file opened later can
/// never become the program's standard error.
#[macro_export]
macro_rules! main {
    ($function:path) => {
        #[unsafe(no_mangle)]
        extern "C" fn main(
            argc: ::std::ffi::c_int,
            argv: *const *const ::std::ffi::c_char,
        ) -> ::std::ffi::c_int {
            // SAFETY: the C library calls `main` once, with the argument vector that the kernel left on the stack.
            unsafe { $crate::entry::start(argc, argv, $function) }
        }
    };
}

/// Runs `function` with the arguments of the process, for [`main!`](crate::main) alone.
///
/// # Safety
/// `vector` points to `count` pointers to C strings that stay as they are for the rest of the process.
#[doc(hidden)]
pub unsafe fn start(
    count: c_int,
    vector: *const *const c_char,
    function: fn(&[&'static OsStr]) -> u8,
) -> c_int {
    open_standard_streams();
    let count = usize::try_from(count).unwrap_or(0);
    let arguments: Vec<&OsStr> = (0..count)
        .map(|index| {
            // SAFETY: `index` is below `count`, and the caller vouches for that many pointers.
            let slot = unsafe { vector.add(index) };
            // SAFETY: as above: `slot` points into the vector.
            let string = unsafe { *slot };
            // SAFETY: the caller vouches for a C string that lives as long as the process.
            let string: &'static CStr = unsafe { CStr::from_ptr(string) };
            OsStr::from_bytes(string.to_bytes())
        })
        .collect();
    exit(function(&arguments))
}

/// Ends the process at once: the C library's own way out runs what nothing here has registered, and touches five pages for
/// it. Output that std buffers is lost, so the program writes to its descriptors itself.
#[doc(alias = "_exit")]
pub fn exit(status: u8) -> ! {
    // SAFETY: always sound; nothing runs after it.
    unsafe { libc::_exit(c_int::from(status)) }
}

/// Opens `/dev/null` on each of the descriptors 0, 1 and 2 that is closed.
fn open_standard_streams() {
    let mut streams = [0, 1, 2].map(|fd| libc::pollfd { fd, events: 0, revents: 0 });
    // SAFETY: `streams` is an array of three `pollfd`; with a timeout of 0 the call does not block.
    let polled = unsafe { libc::poll(streams.as_mut_ptr(), 3, 0) };
    if polled <= 0 {
        return; // The usual case: nothing to report on any of them.
    }
    for stream in streams {
        if stream.revents & libc::POLLNVAL != 0 {
            // The kernel gives the lowest free number, which is this one.
            // SAFETY: the path is a C string literal; the descriptor is meant to stay open.
            unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) };
        }
    }
}
