//! The name of a set of namespaces.

use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

/// The name of a set: 1 to 255 bytes, as long as a file's name can be.
///
/// ```
/// use insula_engine::set::SetName;
/// assert!("blue".parse::<SetName>().is_ok());
/// assert!("../blue".parse::<SetName>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetName(String);

/// A string that can't be the name of a set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` cannot be a name: {reason}", name.escape_debug())]
pub struct InvalidName {
    /// The string, with what isn't UTF-8 replaced.
    pub name: String,
    /// What is wrong with it.
    pub reason: NameReason,
}

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameReason {
    /// No byte at all.
    #[error("it is empty")]
    Empty,
    /// A file's name has at most 255 bytes.
    #[error("it is longer than 255 bytes")]
    TooLong,
    /// It is not UTF-8, which the record is in.
    #[error("it is not valid UTF-8")]
    NotUtf8,
    /// A leading dot hides a file, a leading dash makes it an option.
    #[error("it begins with `.` or `-`")]
    First,
    /// A slash makes it a path, a colon a process with its inode number or a kind with one.
    #[error("it contains `/` or `:`")]
    Separator,
    /// Control characters, which a terminal acts on and a list of lines is cut by.
    #[error("it contains a control character")]
    Control,
    /// A number is a process.
    #[error("it is a number, which stands for a process")]
    Number,
}

impl SetName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes the name of a file.
    ///
    /// # Errors
    /// [`InvalidName`].
    pub fn from_os(name: &OsStr) -> Result<Self, InvalidName> {
        match name.to_str() {
            Some(text) => text.parse(),
            None => {
                Err(InvalidName { name: name.to_string_lossy().into_owned(), reason: NameReason::NotUtf8 })
            }
        }
    }
}

impl FromStr for SetName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let reason = if text.is_empty() {
            NameReason::Empty
        } else if text.len() > 255 {
            NameReason::TooLong
        } else if text.starts_with(['.', '-']) {
            NameReason::First
        } else if text.contains(['/', ':']) {
            NameReason::Separator
        } else if text.contains(char::is_control) {
            NameReason::Control
        } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
            NameReason::Number
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(InvalidName { name: text.to_owned(), reason })
    }
}

impl AsRef<OsStr> for SetName {
    fn as_ref(&self) -> &OsStr {
        self.0.as_ref()
    }
}

impl fmt::Display for SetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reason(text: &str) -> NameReason {
        text.parse::<SetName>().unwrap_err().reason
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(reason(""), NameReason::Empty);
        assert_eq!(reason(&"é".repeat(128)), NameReason::TooLong);
        assert_eq!(reason(".."), NameReason::First);
        assert_eq!(reason("-f"), NameReason::First);
        assert_eq!(reason("a/b"), NameReason::Separator);
        assert_eq!(reason("1:2"), NameReason::Separator);
        assert_eq!(reason("a\nb"), NameReason::Control);
        assert_eq!(reason("a\0"), NameReason::Control);
        assert_eq!(reason("4242"), NameReason::Number);
        let message = "a\nb".parse::<SetName>().unwrap_err().to_string();
        assert_eq!(message, "`a\\nb` cannot be a name: it contains a control character");
    }

    proptest! {
        #[test]
        fn every_accepted_name_is_one_component_of_a_path(text: String) {
            if let Ok(name) = text.parse::<SetName>() {
                let path = std::path::Path::new("/run/netns").join(name.as_str());
                prop_assert_eq!(path.parent(), Some(std::path::Path::new("/run/netns")));
                prop_assert_eq!(path.file_name(), Some(name.as_ref()));
            }
        }
    }
}
