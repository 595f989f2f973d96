//! Names of interfaces.

use std::fmt;
use std::str::FromStr;

/// The name of an interface: 1 to 15 bytes, neither `.` nor `..`, without `/`, `:`, blanks and control characters.
///
/// The kernel takes some control characters, which no output could show. See `dev_valid_name` in its `net/core/dev.c`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfName(Box<str>);

/// Why a text is no name of an interface.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IfNameError {
    /// It has none or too many bytes.
    #[error("interface name `{name}` has {} bytes, not 1 to 15", name.len())]
    Length {
        /// The text.
        name: Box<str>,
    },
    /// It has a character that a name may not have.
    #[error("interface name `{}` has {character:?} in it", name.escape_debug())]
    Character {
        /// The text.
        name: Box<str>,
        /// The first such character.
        character: char,
    },
    /// `.` and `..` are directories under `/proc/sys/net`.
    #[error("interface name `{name}` means a directory")]
    Directory {
        /// The text.
        name: Box<str>,
    },
}

impl IfName {
    /// The most bytes that a name has: `IFNAMSIZ` without the zero byte at the end.
    pub const MAX: usize = 15;

    /// Checks `name`.
    ///
    /// # Errors
    /// [`IfNameError`].
    pub fn new(name: &str) -> Result<Self, IfNameError> {
        let refused = |character: &char| {
            matches!(character, '/' | ':') || character.is_whitespace() || character.is_control()
        };
        if name.is_empty() || name.len() > Self::MAX {
            return Err(IfNameError::Length { name: name.into() });
        }
        if matches!(name, "." | "..") {
            return Err(IfNameError::Directory { name: name.into() });
        }
        match name.chars().find(refused) {
            Some(character) => Err(IfNameError::Character { name: name.into(), character }),
            None => Ok(Self(name.into())),
        }
    }

    /// Whether the kernel gives an interface just this name: in one that is set `%d` stands for a number, and the settings of an
    /// interface called `all` or `default` would be those of all, so that it refuses them.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        !self.0.contains('%') && !matches!(self.as_str(), "all" | "default")
    }

    /// `lo`, which every network namespace has.
    #[must_use]
    pub fn loopback() -> Self {
        Self("lo".into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IfName {
    type Err = IfNameError;

    fn from_str(name: &str) -> Result<Self, IfNameError> {
        Self::new(name)
    }
}

impl fmt::Display for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for IfName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_bytes_are_a_name_and_sixteen_are_none() {
        assert!(IfName::new("a23456789012345").is_ok());
        assert!(matches!(IfName::new("a234567890123456"), Err(IfNameError::Length { .. })));
        assert!(matches!(IfName::new(""), Err(IfNameError::Length { .. })));
    }

    #[test]
    fn what_the_kernel_refuses_is_refused() {
        for name in [".", "..", "a/b", "a:1", "a b", "a\tb", "a\u{7}"] {
            assert!(IfName::new(name).is_err(), "{name:?}");
        }
    }
}
