//! What could not be had, and is no failure.

use std::fmt;

use crate::Error;

/// What could not be had, and is no failure.
#[derive(Debug)]
#[non_exhaustive]
pub enum Warning {
    /// A capability that nobody knows by this name.
    UnknownCapability(String),
    /// A hook that failed when it was too late to stop anything.
    Hook(Box<Error>),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCapability(name) => {
                write!(f, "capability `{}` is unknown, and not given", name.escape_debug())
            }
            Self::Hook(error) => write!(f, "{error}"),
        }
    }
}
