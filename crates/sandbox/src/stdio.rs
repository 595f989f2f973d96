//! The payload's descriptors.

use std::os::fd::OwnedFd;

/// One of the three standard streams.
#[derive(Debug, Default)]
pub enum Stream {
    /// The caller's.
    #[default]
    Inherit,
    /// `/dev/null`.
    Null,
    /// This one.
    Fd(OwnedFd),
}

/// A descriptor that the payload gets under a number of its own.
#[derive(Debug)]
pub struct Passed {
    /// The descriptor.
    pub fd: OwnedFd,
    /// Its number inside, 3 or more.
    pub number: i32,
}

/// All descriptors of the payload.
#[derive(Debug, Default)]
pub struct Stdio {
    /// Standard input, output and error.
    pub streams: [Stream; 3],
    /// Further ones.
    pub passed: Vec<Passed>,
    /// Whether the caller's other descriptors stay as they are, as `unshare(1)` leaves them to its child.
    pub inherit_all: bool,
    /// Whether the payload leads a new session, without a controlling terminal unless the next is set.
    pub new_session: bool,
    /// Whether standard input is the controlling terminal of a new session.
    pub controlling_terminal: bool,
}
