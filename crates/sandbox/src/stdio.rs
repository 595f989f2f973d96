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

/// The session that the payload is in, and the terminal that it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Session {
    /// The caller's.
    #[default]
    Shared,
    /// The caller's, but nobody inside may type into a terminal (`TIOCSTI`), by which the payload could have the caller's
    /// shell run what it likes. Needs `CAP_SYS_ADMIN` in the payload's user namespace.
    Guarded,
    /// A new one, without a terminal.
    New,
    /// A new one, whose controlling terminal is standard input.
    Terminal,
}

/// A pseudo-terminal of the payload's own, from the devpts at `/dev/pts` inside: its three standard streams, and the controlling
/// terminal of a new session. In a root of its own it is `/dev/console` as well.
#[derive(Debug)]
pub struct Console {
    /// A connected UNIX socket, over which the controlling side is sent: `SCM_RIGHTS` in `unix(7)`.
    pub socket: OwnedFd,
    /// Rows and columns.
    pub size: Option<(u16, u16)>,
    /// The user that it belongs to, as seen inside, if not root.
    pub owner: Option<u32>,
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
    /// The payload's session and terminal.
    pub session: Session,
    /// A terminal of the payload's own, which takes the place of `streams` and `session`.
    pub console: Option<Console>,
    /// The user, as seen inside, that the payload's streams are given to, so that it may open them again by name.
    pub owner: Option<u32>,
}
