//! What could not be had, and is no failure.

use std::fmt;

use crate::{Error, validate};

/// What could not be had, and is no failure.
#[derive(Debug)]
#[non_exhaustive]
pub enum Warning {
    /// A value of the configuration that is passed over.
    Configuration(validate::Warning),
    /// Calls in the filter that this kernel's headers do not have.
    UnknownCalls(Vec<String>),
    /// A hook that failed when it was too late to stop anything.
    Hook(Box<Error>),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(warning) => write!(f, "{warning}"),
            Self::UnknownCalls(names) => {
                write!(f, "`linux.seccomp` names unknown system calls: {}", names.join(", ").escape_debug())
            }
            Self::Hook(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Warning {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Hook(error) => error.source(),
            _ => None,
        }
    }
}
