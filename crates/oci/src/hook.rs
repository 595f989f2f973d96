//! Programs that are run along a container's life: `config.md`, "POSIX-platform Hooks".

use std::ffi::OsString;
use std::fmt;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use insula_sandbox::{Child, Sandbox, Status, Stream};
use insula_sys::errno::{Described, words};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, SeekFrom, memfd_create, seek};
use rustix::io::Errno;

use crate::create::end;
use crate::error::Error;
use crate::spec::Hook;
use crate::state::write_all;

/// How a hook ended that did not do its work.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ending {
    /// With another status than 0, and this on its standard error.
    Failed(Status, String),
    /// It was killed when its time was up, after so many seconds.
    TimedOut(i64),
    /// It did not start.
    NotStarted(Box<insula_sandbox::Error>),
    /// Its descriptors could not be made, or its end not be waited for.
    System(Errno),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(Status::Exited(code), text) => write!(f, "ended with status {code}{}", Said(text)),
            Self::Failed(Status::Signaled(signal), text) => {
                write!(f, "was ended by signal {signal}{}", Said(text))
            }
            Self::TimedOut(seconds) => write!(f, "was killed: it took longer than {seconds} s"),
            Self::NotStarted(error) => {
                write!(f, "did not start: {error}{}", Causes(std::error::Error::source(&**error)))
            }
            Self::System(errno) => write!(f, "could not be run: {}", Described(*errno)),
        }
    }
}

/// What is behind an error, each after a colon.
struct Causes<'a>(Option<&'a (dyn std::error::Error + 'static)>);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for cause in std::iter::successors(self.0, |cause| cause.source()) {
            write!(f, ": {}", words(cause))?;
        }
        Ok(())
    }
}

/// What a program printed, after what is said of it.
struct Said<'a>(&'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.trim() {
            "" => Ok(()),
            text => write!(f, ": {}", text.escape_debug()),
        }
    }
}

/// Runs all of `hooks`, the list of this name, in order; the first one that fails ends it.
///
/// Each reads `state` from its standard input. `place` puts it into the namespaces and the root that it belongs to.
pub(crate) fn run_all(
    list: &'static str,
    hooks: &[Hook],
    state: &str,
    mut place: impl FnMut(Sandbox) -> Result<Sandbox, Error>,
) -> Result<(), Error> {
    for hook in hooks {
        let sandbox = place(described(hook))?;
        run(hook, state, sandbox).map_err(|why| Error::Hook { list, path: hook.path.clone(), why })?;
    }
    Ok(())
}

fn described(hook: &Hook) -> Sandbox {
    let mut sandbox = Sandbox::new(&hook.path);
    let mut words = hook.args.iter().map(OsString::from);
    sandbox.command.name = words.next();
    sandbox.command.arguments = words.collect();
    sandbox.command.clear_environment = true;
    sandbox.command.environment = hook
        .env
        .iter()
        .filter_map(|variable| variable.split_once('='))
        .map(|(name, value)| (name.into(), Some(value.into())))
        .collect();
    sandbox
}

fn run(hook: &Hook, state: &str, mut sandbox: Sandbox) -> Result<(), Ending> {
    let said = memory().map_err(Ending::System)?;
    sandbox.stdio.streams = [
        Stream::Fd(written(state).map_err(Ending::System)?),
        Stream::Null,
        Stream::Fd(said.try_clone().map_err(|_| Ending::System(Errno::MFILE))?),
    ];
    let child = sandbox.spawn().map_err(|error| Ending::NotStarted(Box::new(error)))?;
    match wait(&child, hook.timeout)? {
        Status::Exited(0) => Ok(()),
        status => Err(Ending::Failed(status, last_words(&said))),
    }
}

/// Waits for the end of a hook, at most for its time.
fn wait(child: &Child, timeout: Option<i64>) -> Result<Status, Ending> {
    let seconds = timeout.filter(|seconds| *seconds > 0);
    let deadline = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds.unsigned_abs()));
    if let (Some(deadline), Some(seconds)) = (deadline, seconds) {
        while !has_ended(child, deadline).map_err(Ending::System)? {
            if Instant::now() >= deadline {
                end(child);
                return Err(Ending::TimedOut(seconds));
            }
        }
    }
    child.wait().map_err(|error| Ending::NotStarted(Box::new(error)))
}

fn has_ended(child: &Child, deadline: Instant) -> Result<bool, Errno> {
    let left = deadline.saturating_duration_since(Instant::now());
    let limit = Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    };
    let mut polled = [PollFd::from_borrowed_fd(child.as_fd(), PollFlags::IN)];
    match poll(&mut polled, Some(&limit)) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(errno) => Err(errno),
    }
}

fn memory() -> Result<OwnedFd, Errno> {
    memfd_create(c"hook", MemfdFlags::CLOEXEC)
}

/// A file with this content, at whose beginning it is read.
fn written(text: &str) -> Result<OwnedFd, Errno> {
    let file = memory()?;
    write_all(&file, text.as_bytes())?;
    seek(&file, SeekFrom::Start(0))?;
    Ok(file)
}

/// The end of what was printed.
fn last_words(said: &OwnedFd) -> String {
    const MOST: u64 = 2048;
    let mut text = vec![0; 2048];
    let length = rustix::fs::fstat(said).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0));
    let read = rustix::io::pread(said, &mut text, length.saturating_sub(MOST)).unwrap_or(0);
    text.truncate(read);
    String::from_utf8_lossy(&text).into_owned()
}
