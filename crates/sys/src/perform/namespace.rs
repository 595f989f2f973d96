//! Namespaces, and what is set in them.

use rustix::fd::{AsRawFd, IntoRawFd as _, RawFd};
use rustix::io::{self, Errno};

use super::{Context, borrow};
use crate::raw::syscall;
use crate::step::Step;

pub(super) fn perform(step: &Step, context: &Context) -> Result<(), Errno> {
    match step {
        Step::Hostname(name) => rustix::system::sethostname(name),
        Step::Domainname(name) => rustix::system::setdomainname(name),
        Step::Join { fd, kinds } => {
            let fd = context.fd(*fd)?;
            // SAFETY: no pointers.
            unsafe { syscall(libc::SYS_setns, [fd.as_raw_fd().cast_unsigned() as usize, *kinds as usize]) }
                .map(drop)
        }
        // SAFETY: no pointers; this process's descriptors, root and working directory are its own already.
        Step::Unshare(kinds) => unsafe { syscall(libc::SYS_unshare, [*kinds as usize]) }.map(drop),
        Step::LoopbackUp => loopback_up(),
        Step::Outside => ask(context.outside, OUTSIDE),
        Step::Ask(number) => ask(context.outside, *number),
        _ => Err(Errno::NOSYS),
    }
}

/// `SIOCSIFFLAGS` is answered by every kind of socket; a UNIX one is the cheapest and always there.
fn loopback_up() -> Result<(), Errno> {
    /// `struct ifreq` with `ifr_flags`: 40 bytes.
    #[repr(C)]
    struct InterfaceFlags {
        name: [u8; 16],
        flags: i16,
        rest: [u8; 22],
    }
    let socket = rustix::net::socket_with(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::DGRAM,
        rustix::net::SocketFlags::CLOEXEC,
        None,
    )?;
    let mut name = [0; 16];
    name[0] = b'l';
    name[1] = b'o';
    let request = InterfaceFlags { name, flags: (libc::IFF_UP | libc::IFF_RUNNING) as i16, rest: [0; 22] };
    // Exec closes it, at no cost of a call of its own.
    let number = socket.into_raw_fd().cast_unsigned() as usize;
    // SAFETY: reads one `struct ifreq`.
    unsafe { syscall(libc::SYS_ioctl, [number, libc::SIOCSIFFLAGS as usize, (&raw const request) as usize]) }
        .map(drop)
}

/// The number of the one question that the helper outside answers.
pub(crate) const OUTSIDE: u8 = u8::MAX;

/// Sends one byte and waits for the answer: the error number of what failed outside, or 0.
fn ask(socket: RawFd, question: u8) -> Result<(), Errno> {
    let socket = borrow(socket)?;
    io::write(socket, &[question])?;
    let mut answer = [0; 4];
    match io::retry_on_intr(|| io::read(socket, &mut answer))? {
        4 => match i32::from_ne_bytes(answer) {
            0 => Ok(()),
            errno => Err(Errno::from_raw_os_error(errno)),
        },
        _ => Err(Errno::PIPE),
    }
}
