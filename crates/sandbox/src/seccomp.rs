//! A filter of system calls, and who decides where the filter does not.

use std::os::fd::OwnedFd;

use insula_seccomp::Filter;
use insula_sys::step::Part;

/// The filter of system calls of the payload.
///
/// With [`no_new_privs`](crate::Identity::no_new_privs) it is installed last, so that it meets what the payload does and the
/// execution before that. Without, that takes `CAP_SYS_ADMIN` in the user namespace, so it is installed before ids and
/// capabilities change, and must permit the calls by which they do. An init of ours gets a filter too, with which it can only
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
