//! Why a sandbox did not start.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use insula_ns::{Kinds, NamespaceError, ProcError};
use insula_sys::errno::Described;
use rustix::io::Errno;

use crate::Action;

/// Why a sandbox could not be described, planned or started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A string for the kernel contains a NUL byte.
    #[error("{text:?} contains a NUL byte, which no argument, path or variable can")]
    Nul {
        /// The string.
        text: OsString,
    },
    /// The description contradicts itself, or asks for what belongs to a namespace that is not there.
    #[error("{what} {why}")]
    Contradiction {
        /// The setting.
        what: String,
        /// What it lacks.
        why: &'static str,
    },
    /// A user or group of id -1, by which the kernel's calls mean the one that there is: the payload would stay who the caller is.
    #[error("no {kind} has the id {}", u32::MAX)]
    NoSuchId {
        /// `user` or `group`.
        kind: &'static str,
    },
    /// The id maps are not valid.
    #[error(transparent)]
    Map(#[from] insula_ns::idmap::MapError),
    /// The id maps cannot be written by this caller.
    #[error(transparent)]
    Ids(#[from] insula_ns::idmap::PlanError),
    /// A namespace to join could not be looked at.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// `/proc` is not usable.
    #[error(transparent)]
    Proc(#[from] ProcError),
    /// More mounts and files than a plan can hold.
    #[error("too many mounts for one sandbox: at most {} descriptors at a time", insula_sys::step::SLOTS)]
    TooManySlots,
    /// The caller's side failed: a descriptor, a pseudo-terminal, the wait.
    #[error("cannot {what}: {}", Described(*errno))]
    Caller {
        /// What was being done.
        what: &'static str,
        /// What the kernel answered.
        errno: Errno,
    },
    /// The kernel's Landlock knows less than was asked for.
    #[error("Landlock cannot restrict {} here: {}", lacking.join(", "), Has(*version))]
    LandlockVersion {
        /// The version of the interface that the kernel has, 0 for none.
        version: u32,
        /// What it cannot restrict.
        lacking: Vec<&'static str>,
    },
    /// The ids of a bind mount cannot be mapped.
    #[error("cannot map the ids of `{}`: cannot {doing}: {}", source_path.display(), Described(*errno))]
    MapMount {
        /// The source of the mount.
        source_path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the kernel answered.
        errno: Errno,
    },
    /// A step of the start failed.
    #[error(transparent)]
    Start(#[from] StartFailure),
    /// The process was killed before it executed anything.
    #[error("the process was killed{} before it could execute `{program}`", By(*signal))]
    Vanished {
        /// The program.
        program: String,
        /// The signal, if it is known: `SIGSYS` is a seccomp filter's.
        signal: Option<i32>,
    },
}

/// What a kernel has of Landlock.
struct Has(u32);

impl fmt::Display for Has {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("this kernel was built without it, or it was not turned on"),
            version => write!(f, "this kernel has version {version} of its interface"),
        }
    }
}

/// ` by signal N`, if it is known.
struct By(Option<i32>);

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |signal| write!(f, " by signal {signal}"))
    }
}

/// A step of the start that failed: nothing of it is left.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot {action}: {}{}", Described(*errno), Said(said.as_deref()))]
pub struct StartFailure {
    /// What it was for.
    pub action: Action,
    /// The system call, as `--explain` prints it.
    pub call: String,
    /// What the kernel answered.
    pub errno: Errno,
    /// What the kernel said besides, where it says why a file system is refused.
    pub said: Option<Box<str>>,
    /// The new namespaces that were asked for.
    pub kinds: Kinds,
}

/// What the kernel said, after its error.
struct Said<'a>(Option<&'a str>);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |said| write!(f, ": {said}"))
    }
}
