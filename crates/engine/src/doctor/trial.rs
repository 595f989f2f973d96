//! Trying it: a child that does everything up to its `execve`, of what is no program, and ends there.

use insula_ns::{Kind, Kinds};
use insula_sandbox::{Action, Error, Init, Sandbox};
use rustix::io::Errno;

/// What the child would execute: there on every machine, and never a program.
const NO_PROGRAM: &str = "/dev/null";

/// A sandbox to try, with these new namespaces; in a new user namespace the caller is root.
pub(super) fn sandbox(kinds: Kinds) -> Result<Sandbox, Error> {
    let sandbox = Sandbox::new(NO_PROGRAM).unshare(kinds).init(Init::Payload);
    if kinds.contains(Kind::User) { sandbox.map_root() } else { Ok(sandbox) }
}

/// Starts it, and says what went wrong before the `execve`.
pub(super) fn run(sandbox: Sandbox) -> Result<(), Error> {
    match sandbox.spawn() {
        Err(Error::Start(failure)) if matches!(failure.action, Action::Execute(_)) => Ok(()),
        Err(error) => Err(error),
        // Somebody made a program of it; it is none of ours to judge, but it ends.
        Ok(child) => child.wait().map(drop),
    }
}

/// An [`Attempt`](super::evidence::Attempt): only whether the namespaces can be created, not what is set up in them.
pub(super) fn create(kinds: Kinds) -> Option<Result<(), Errno>> {
    match run(Sandbox::new(NO_PROGRAM).unshare(kinds).init(Init::Payload)) {
        Ok(()) => Some(Ok(())),
        Err(Error::Start(failure)) if matches!(failure.action, Action::Create(_)) => Some(Err(failure.errno)),
        Err(_) => None,
    }
}
