//! Standard output and standard error, without std's locks and line buffers.

use std::io;

use rustix::fd::BorrowedFd;
use rustix::io::Errno;
use rustix::stdio;

use crate::printable;
use crate::report::Failure;

/// Writes all of `bytes` to standard output.
///
/// # Errors
/// What the kernel answers, save a closed pipe: SIGPIPE ends the program there.
pub(crate) fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    write_all(stdio::stdout(), bytes.as_ref())
        .map_err(|errno| Failure::from(io::Error::from(errno)).context("cannot write to standard output"))
}

/// Writes all of `text` to standard output as it is, or printable if that is a terminal.
///
/// # Errors
/// As [`print()`].
pub(crate) fn show(text: &str) -> Result<(), Failure> {
    if is_terminal() { print(&*printable::text(text)) } else { print(text) }
}

/// Whether somebody looks at standard output.
pub(crate) fn is_terminal() -> bool {
    rustix::termios::isatty(stdio::stdout())
}

/// Writes all of `text` to standard error, printable; if that fails there is nobody left to tell.
pub(crate) fn complain(text: &str) {
    let _ = write_all(stdio::stderr(), printable::text(text).as_bytes());
}

fn write_all(fd: BorrowedFd<'_>, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
