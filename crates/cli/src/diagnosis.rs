//! From a sandbox that did not start to what the user reads: the message, the cause and what to do.

use std::path::Path;

use insula_engine::doctor::{self, Diagnosis, Evidence, Explanation};
use insula_engine::set::SetError;
use insula_engine::target::TargetError;
use insula_ns::{Kind, PidFdError};
use insula_sandbox::{Action, Error, StartFailure};
use rustix::io::Errno;

use crate::report::{Failure, chain};

/// The statuses of a program that could not be executed, as shells and util-linux have them.
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Why a sandbox did not start. The evidence is read now, so ask at once.
pub(crate) fn explain(error: &Error) -> Failure {
    let own = match error {
        Error::Start(StartFailure { action: Action::Pin(kind, file), errno, .. }) => pin(*kind, file, *errno),
        _ => None,
    };
    let mut explanation =
        own.map_or_else(|| doctor::explain(error, &Evidence::of_this_machine()), Explanation::from);
    if let Error::Start(StartFailure { action: Action::JoinProcess(_), errno: Errno::PERM, .. }) = error
        && explanation.cause.is_none()
    {
        explanation = untraceable();
    }
    let Explanation { cause, hint } = explanation;
    let failure = Failure::new(chain(error)).explained(cause, hint);
    match error {
        Error::Start(StartFailure { action: Action::Execute(_), errno: Errno::NOENT, .. }) => {
            failure.exit(NOT_FOUND)
        }
        Error::Start(StartFailure { action: Action::Execute(_), .. }) => failure.exit(NOT_EXECUTABLE),
        _ => failure,
    }
}

/// Why a target, or something of it, is not to be had.
pub(crate) fn explain_target(error: &TargetError) -> Failure {
    let hint = |words: &str| Explanation { cause: None, hint: Some(words.to_owned()) };
    let Explanation { cause, hint } = match error {
        TargetError::Namespace(source) | TargetError::Set(SetError::Namespace(source)) => {
            let known = doctor::explain_namespace(source, &Evidence::of_this_machine());
            known.map(Explanation::from).unwrap_or_default()
        }
        TargetError::ProcFile { source: Errno::ACCESS | Errno::PERM, .. } => untraceable(),
        TargetError::Process(PidFdError::Open { source: Errno::SRCH, .. }) => {
            hint("a PID is a number of this PID namespace: `ps -e` shows those there are")
        }
        TargetError::OtherProcess { .. } => Explanation {
            cause: Some("the one that was meant has ended, and its number was given away again".to_owned()),
            hint: None,
        },
        TargetError::Set(SetError::Missing { name }) => {
            hint(&format!("make it with `insula create {name}`; a file is told by a slash: `./{name}`"))
        }
        _ => Explanation::default(),
    };
    Failure::new(chain(error)).explained(cause, hint)
}

/// Why a process refuses itself to one who has the capabilities that entering its namespaces takes.
pub(crate) fn untraceable() -> Explanation {
    Explanation {
        cause: Some(
            "we may not trace this process: it is another user's, or has more capabilities, or forbids it"
                .to_owned(),
        ),
        hint: Some("run as root, or in the user namespace that the process belongs to".to_owned()),
    }
}

/// Why a namespace could not be kept by a bind mount on `file`, where that is peculiar to namespaces.
fn pin(kind: Kind, file: &Path, errno: Errno) -> Option<Diagnosis> {
    let name = file.display();
    let (cause, hint) = match (errno, kind) {
        (Errno::NOENT, _) if !file.exists() => {
            (format!("there is no `{name}` to mount it on"), format!("make an empty file: `touch {name}`"))
        }
        (Errno::NOENT, Kind::Pid) => (
            "nothing can keep a PID namespace before it has its first process".to_owned(),
            "run the program as a child: `--fork`".to_owned(),
        ),
        (Errno::INVAL, Kind::Mnt) => (
            format!(
                "`{name}` is on a shared mount, and a mount namespace cannot be mounted where others would see it"
            ),
            "make its directory a mount of its own: `mount --bind DIR DIR; mount --make-private DIR`"
                .to_owned(),
        ),
        _ => return None,
    };
    Some(Diagnosis { cause, hint: Some(hint) })
}
