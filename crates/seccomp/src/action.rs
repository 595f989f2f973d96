//! What is answered to a system call.

use std::fmt;

/// The answer to a system call: `SECCOMP_RET_*` of `seccomp(2)`, `SCMP_ACT_*` of `seccomp_rule_add(3)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The process is killed by an uncatchable SIGSYS.
    KillProcess,
    /// The thread is. `SCMP_ACT_KILL` is the same.
    KillThread,
    /// The thread gets a SIGSYS that it can catch.
    Trap,
    /// The call is not made and fails with this error number, at most [`Action::MAX_ERRNO`]. With 0 it seems to succeed.
    Errno(u16),
    /// A tracer is asked, which sees this number; without one the call fails with `ENOSYS`.
    Trace(u16),
    /// The call is made.
    Allow,
    /// The call is made, and logged.
    Log,
    /// Who holds the listener is asked: `seccomp_unotify(2)`.
    Notify,
}

/// Why there is no such action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActionError {
    /// The name is none of `SCMP_ACT_*`.
    #[error("unknown action `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// An error number, and an action that gives none.
    #[error("`{name}` cannot give an error number: only `SCMP_ACT_ERRNO` and `SCMP_ACT_TRACE` can")]
    NoErrno {
        /// The action's name.
        name: String,
    },
    /// The number is too large.
    #[error("`{name}` cannot give {errno}: {} is the largest number", if name == ERRNO { Action::MAX_ERRNO } else { u16::MAX })]
    Range {
        /// The action's name.
        name: String,
        /// The number.
        errno: u32,
    },
}

const ERRNO: &str = "SCMP_ACT_ERRNO";

impl Action {
    /// The largest error number: the kernel takes it for whatever is larger.
    pub const MAX_ERRNO: u16 = 4095;

    const EPERM: u32 = 1;

    /// The action that the runtime specification calls `name`, with its `errnoRet`, which is `EPERM` if it is not given.
    ///
    /// # Errors
    /// [`ActionError`]
    pub fn named(name: &str, errno: Option<u32>) -> Result<Self, ActionError> {
        let owned = || name.to_owned();
        let number = |largest: u16| match u16::try_from(errno.unwrap_or(Self::EPERM)) {
            Ok(number) if number <= largest => Ok(number),
            _ => Err(ActionError::Range { name: owned(), errno: errno.unwrap_or(Self::EPERM) }),
        };
        let action = match name {
            "SCMP_ACT_KILL" | "SCMP_ACT_KILL_THREAD" => Self::KillThread,
            "SCMP_ACT_KILL_PROCESS" => Self::KillProcess,
            "SCMP_ACT_TRAP" => Self::Trap,
            ERRNO => return Ok(Self::Errno(number(Self::MAX_ERRNO)?)),
            "SCMP_ACT_TRACE" => return Ok(Self::Trace(number(u16::MAX)?)),
            "SCMP_ACT_ALLOW" => Self::Allow,
            "SCMP_ACT_LOG" => Self::Log,
            "SCMP_ACT_NOTIFY" => Self::Notify,
            _ => return Err(ActionError::Unknown { name: owned() }),
        };
        if errno.is_some() { Err(ActionError::NoErrno { name: owned() }) } else { Ok(action) }
    }

    /// What a filter returns for it: `SECCOMP_RET_*`, with the number in the lower half.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::KillProcess => 0x8000_0000,
            Self::KillThread => 0,
            Self::Trap => 0x0003_0000,
            Self::Errno(number) => 0x0005_0000 | number as u32,
            Self::Notify => 0x7fc0_0000,
            Self::Trace(number) => 0x7ff0_0000 | number as u32,
            Self::Log => 0x7ffc_0000,
            Self::Allow => 0x7fff_0000,
        }
    }

    /// Whether the call is made without anybody being asked.
    pub(crate) const fn permits(self) -> bool {
        matches!(self, Self::Allow | Self::Log)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KillProcess => f.write_str("kill the process"),
            Self::KillThread => f.write_str("kill the thread"),
            Self::Trap => f.write_str("SIGSYS"),
            Self::Errno(number) => write!(f, "error {number}"),
            Self::Trace(number) => write!(f, "ask the tracer ({number})"),
            Self::Allow => f.write_str("allow"),
            Self::Log => f.write_str("allow and log"),
            Self::Notify => f.write_str("ask the listener"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_number_is_eperm_unless_it_is_given() {
        assert_eq!(Action::named("SCMP_ACT_ERRNO", None), Ok(Action::Errno(1)));
        assert_eq!(Action::named("SCMP_ACT_TRACE", None), Ok(Action::Trace(1)));
        assert_eq!(Action::named("SCMP_ACT_ERRNO", Some(38)), Ok(Action::Errno(38)));
    }

    #[test]
    fn an_action_without_an_error_number_takes_none() {
        let error = Action::named("SCMP_ACT_KILL", Some(1)).unwrap_err();
        assert_eq!(error, ActionError::NoErrno { name: "SCMP_ACT_KILL".to_owned() });
    }

    #[test]
    fn numbers_that_the_kernel_would_cut_are_refused() {
        assert!(Action::named("SCMP_ACT_ERRNO", Some(4096)).is_err());
        assert!(Action::named("SCMP_ACT_TRACE", Some(4096)).is_ok());
        assert!(Action::named("SCMP_ACT_TRACE", Some(0x1_0000)).is_err());
    }
}
