//! A filter of system calls, and who decides where the filter does not.

use std::os::fd::OwnedFd;

use insula_seccomp::Filter;
use insula_sys::step::Part;

/// The filter of system calls of the payload.
///
/// It is installed last, so it meets what the payload does, and the `execve(2)` before that. Without
/// [`no_new_privs`](crate::Identity::no_new_privs) that takes `CAP_SYS_ADMIN` in the user namespace, which the process has until
/// then and the payload has only if it is to. A filter with a listener must permit `sendmsg(2)` besides, by which that is handed
/// over, and, where the payload is executed by the freestanding program, what comes on the way to that and in it: `execveat(2)`,
/// `fcntl(2)`, and `read(2)` at a gate. An init of ours gets a filter too, with which it can only
/// do what an init does: what a payload that traces it makes it do is no way around.
#[derive(Debug)]
pub struct Seccomp {
    /// The filter.
    pub filter: Filter,
    /// Where its listener goes, which a filter that [notifies](Filter::notifies) needs, and no other one has.
    pub listener: Option<Listener>,
}

/// Where the listener of a filter goes: `seccomp_unotify(2)`.
#[derive(Debug)]
pub struct Listener {
    /// A connected UNIX stream socket. The listener goes with the first byte of the message, before the program is executed.
    pub socket: OwnedFd,
    /// The message: one byte at least, in at most [`PARTS`](insula_sys::step::PARTS) parts.
    pub message: Vec<Part>,
}
