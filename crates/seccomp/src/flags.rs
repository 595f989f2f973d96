//! How a filter is installed.

use std::ops::{BitOr, BitOrAssign};
use std::str::FromStr;

use insula_sys::seccomp::flag;

/// The flags that a profile can ask for: `SECCOMP_FILTER_FLAG_*` of `seccomp(2)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u32);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// All threads of the process get the filter.
    pub const TSYNC: Self = Self(flag::TSYNC);
    /// What is refused is logged.
    pub const LOG: Self = Self(flag::LOG);
    /// No mitigation of speculative store bypass.
    pub const SPEC_ALLOW: Self = Self(flag::SPEC_ALLOW);
    /// Only a fatal signal ends the wait for a decision that the listener has taken up. Without [`Action::Notify`] nothing
    /// waits, and it is not passed on.
    ///
    /// [`Action::Notify`]: crate::Action::Notify
    pub const WAIT_KILLABLE_RECV: Self = Self(flag::WAIT_KILLABLE_RECV);

    /// Whether all of `flags` are set.
    #[must_use]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// The argument of `seccomp(2)` for a filter that has a listener or not.
    pub(crate) const fn argument(self, notifies: bool) -> u32 {
        if !notifies {
            return self.0 & !flag::WAIT_KILLABLE_RECV;
        }
        // The return value is the listener, so it cannot be the thread that does not follow.
        let esrch = if self.contains(Self::TSYNC) { flag::TSYNC_ESRCH } else { 0 };
        self.0 | esrch | flag::NEW_LISTENER
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// A name that is none of the flags.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown flag `{name}`")]
pub struct UnknownFlag {
    /// The name.
    pub name: String,
}

impl FromStr for Flags {
    type Err = UnknownFlag;

    fn from_str(name: &str) -> Result<Self, UnknownFlag> {
        Ok(match name {
            "SECCOMP_FILTER_FLAG_TSYNC" => Self::TSYNC,
            "SECCOMP_FILTER_FLAG_LOG" => Self::LOG,
            "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => Self::SPEC_ALLOW,
            "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" => Self::WAIT_KILLABLE_RECV,
            _ => return Err(UnknownFlag { name: name.to_owned() }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_needs_flags_of_its_own() {
        let both = Flags::TSYNC | Flags::WAIT_KILLABLE_RECV;
        assert_eq!(both.argument(true), 0b11_1001);
        assert_eq!(both.argument(false), 0b1);
    }
}
