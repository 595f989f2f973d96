//! What is to happen when what a request makes is there already.

use std::fmt;

/// The verbs of `ip-route(8)` and `ip-neighbour(8)`: `NLM_F_*`, see `netlink(7)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verb {
    /// Makes it; refused with `EEXIST` if it is there: `NLM_F_CREATE | NLM_F_EXCL`.
    #[default]
    Add,
    /// Makes it after what is there: `NLM_F_CREATE | NLM_F_APPEND`.
    Append,
    /// Makes it before what is there: `NLM_F_CREATE`.
    Prepend,
    /// Changes it; refused with `ENOENT` if it is not there: `NLM_F_REPLACE`.
    Change,
    /// Makes or changes it: `NLM_F_CREATE | NLM_F_REPLACE`.
    Replace,
    /// Changes nothing; refused with `EEXIST` if it is there and with `ENOENT` if not: `NLM_F_EXCL`.
    Test,
}

impl Verb {
    pub(crate) const fn flags(self) -> i32 {
        match self {
            Self::Add => libc::NLM_F_CREATE | libc::NLM_F_EXCL,
            Self::Append => libc::NLM_F_CREATE | libc::NLM_F_APPEND,
            Self::Prepend => libc::NLM_F_CREATE,
            Self::Change => libc::NLM_F_REPLACE,
            Self::Replace => libc::NLM_F_CREATE | libc::NLM_F_REPLACE,
            Self::Test => libc::NLM_F_EXCL,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "add",
            Self::Append => "append",
            Self::Prepend => "prepend",
            Self::Change => "change",
            Self::Replace => "replace",
            Self::Test => "test",
        })
    }
}
