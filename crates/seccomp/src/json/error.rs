//! Why a profile in JSON cannot be read.

use std::fmt;

use crate::{ActionError, ArgumentError, UnknownArchitecture, UnknownFlag};

/// Why a profile cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is no JSON, or not a profile.
    #[error("it is no profile: {0}")]
    Json(#[source] serde_json::Error),
    /// Something in a rule.
    #[error("rule {index}{}: {problem}", Named(.name.as_deref()))]
    Rule {
        /// Which one, from 1 on.
        index: usize,
        /// Its first name.
        name: Option<String>,
        /// What is wrong.
        problem: RuleProblem,
    },
    /// The default action.
    #[error("the default action: {0}")]
    Default(#[source] RuleProblem),
    /// An architecture.
    #[error(transparent)]
    Architecture(#[from] UnknownArchitecture),
    /// A flag.
    #[error(transparent)]
    Flag(#[from] UnknownFlag),
    /// Both ways to say which architectures are looked at.
    #[error("`architectures` and `archMap` exclude each other")]
    Architectures,
    /// Metadata for nobody.
    #[error("`listenerMetadata` needs `listenerPath`")]
    Metadata,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleProblem {
    /// The action.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// A test of an argument.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// It is about no call.
    #[error("it needs `names`, and none of them empty")]
    NoName,
    /// Both ways to name calls.
    #[error("`name` and `names` exclude each other")]
    Names,
    /// An error number by a name that is none.
    #[error("unknown error `{name}`")]
    Errno {
        /// The name.
        name: String,
    },
    /// A kernel that is no release.
    #[error("`{release}` is no kernel release, such as `4.8`")]
    Kernel {
        /// As it is written.
        release: String,
    },
}

/// `` (`clone`) ``, if it has a name.
struct Named<'a>(Option<&'a str>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |name| write!(f, " (`{name}`)"))
    }
}
