//! Names of containers.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The name of a container, which is also that of a directory.
///
/// As runc has it: letters and digits of ASCII, `_`, `+`, `-` and `.`, but neither `.` nor `..`; 1 to 1024 of them, of which
/// the file system takes 255.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContainerId(String);

/// A text that is no name of a container.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// It is empty.
    #[error("the container id is empty")]
    Empty,
    /// It is longer than any name may be.
    #[error("the container id has {length} characters, more than {}", ContainerId::MAX_LENGTH)]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// It is a directory that is there already.
    #[error("the container id is `{id}`")]
    Directory {
        /// `.` or `..`.
        id: String,
    },
    /// It has a character that no name has.
    #[error("container id `{}` has a character other than letters, digits, `_`, `+`, `-` and `.`", id.escape_debug())]
    Character {
        /// The text.
        id: String,
    },
}

impl ContainerId {
    /// What the longest name has; that of runc.
    pub const MAX_LENGTH: usize = 1024;

    /// Checks a name.
    ///
    /// # Errors
    /// [`IdError`] says which rule it breaks.
    pub fn new(id: impl Into<String>) -> Result<Self, IdError> {
        let id = id.into();
        match id.as_str() {
            "" => Err(IdError::Empty),
            _ if id.len() > Self::MAX_LENGTH => Err(IdError::TooLong { length: id.len() }),
            "." | ".." => Err(IdError::Directory { id }),
            _ if id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-.".contains(&byte)) => {
                Ok(Self(id))
            }
            _ => Err(IdError::Character { id }),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for ContainerId {
    type Error = IdError;

    fn try_from(id: String) -> Result<Self, IdError> {
        Self::new(id)
    }
}

impl From<ContainerId> for String {
    fn from(id: ContainerId) -> Self {
        id.0
    }
}

impl AsRef<OsStr> for ContainerId {
    fn as_ref(&self) -> &OsStr {
        self.0.as_ref()
    }
}

impl AsRef<Path> for ContainerId {
    fn as_ref(&self) -> &Path {
        self.0.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_engines_are_accepted() {
        for id in ["a", "...", "web-1", "a.b_c+d", &"0123456789abcdef".repeat(4)] {
            assert_eq!(ContainerId::new(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for id in ["", ".", "..", "a/b", "/", "../a", "a\0b", "a b", "ä", "a\n", &"a".repeat(10_000)] {
            assert!(ContainerId::new(id).is_err(), "{id:?}");
        }
        assert_eq!(ContainerId::new("a".repeat(1025)), Err(IdError::TooLong { length: 1025 }));
        assert!(ContainerId::new("a".repeat(1024)).is_ok());
        assert!(serde_json::from_str::<ContainerId>(r#""../x""#).is_err());
    }

    proptest! {
        #[test]
        fn a_name_is_one_component_of_a_path(id: String) {
            if let Ok(id) = ContainerId::new(id) {
                let path: &Path = id.as_ref();
                let components: Vec<_> = path.components().collect();
                prop_assert_eq!(components, vec![Component::Normal(id.as_ref())]);
            }
        }
    }
}
