//! The name of an interface, which may be longer than the kernel's.

use std::fmt;
use std::str::FromStr;

use insula_net::IfName;

use crate::network::{Chooser, Naming};

/// The name of an interface of a lab: 1 to 127 bytes, without blanks, `:` and control characters.
///
/// The kernel's names have at most 15 bytes and no `/`, for which it gets a `-`. A longer name is an altname of the interface, and
/// the kernel's name is made from it: see [`InterfaceName::kernel`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceName(String);

/// A text that is no name of an interface.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` cannot be the name of an interface: 1 to 127 bytes without blanks, `:` and control characters, not `lo`, `.` or `..`",
    name.escape_debug()
)]
pub struct InterfaceNameError {
    /// The text.
    pub name: String,
}

impl InterfaceName {
    /// The name as the file has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the kernel calls it: the name itself if that can be, else its beginning and a number made from the whole.
    #[must_use]
    pub fn kernel(&self) -> IfName {
        self.naming().name
    }

    /// The whole name, where that is not what the kernel calls it: its altname.
    #[must_use]
    pub fn altname(&self) -> Option<String> {
        self.naming().full
    }

    /// No name of the kernel's has a slash.
    fn naming(&self) -> Naming {
        Naming::new(&self.0.replace('/', "-"), Chooser::User)
    }
}

impl FromStr for InterfaceName {
    type Err = InterfaceNameError;

    fn from_str(text: &str) -> Result<Self, InterfaceNameError> {
        let fits = (1..=127).contains(&text.len())
            && !matches!(text, "lo" | "." | "..")
            && !text.contains(|c: char| c == ':' || c.is_whitespace() || c.is_control());
        let name = text.to_owned();
        if fits { Ok(Self(name)) } else { Err(InterfaceNameError { name }) }
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> InterfaceName {
        text.parse().unwrap()
    }

    #[test]
    fn kernel_gets_no_pattern_and_no_word_for_all() {
        for text in ["%d", "eth%d", "all", "default"] {
            let name = name(text);
            assert_ne!(name.kernel().as_str(), text);
            assert!(name.kernel().is_literal());
            assert_eq!(name.altname().as_deref(), Some(text));
        }
    }

    #[test]
    fn short_name_is_the_kernels() {
        assert_eq!((name("eth1").kernel().as_str(), name("eth1").altname()), ("eth1", None));
    }

    #[test]
    fn long_name_is_an_altname_and_slashes_are_dashes() {
        assert_eq!(name("ethernet-1/1").kernel().as_str(), "ethernet-1-1");
        for text in ["GigabitEthernet-1/1", "a-very-long-name-of-an-interface"] {
            let (kernel, altname) = (name(text).kernel(), name(text).altname().unwrap());
            assert_ne!(kernel.as_str(), text);
            assert_eq!(altname, text.replace('/', "-"));
        }
        assert_ne!(name("ethernet-1/1").kernel(), name("ethernet-1/2").kernel());
    }

    #[test]
    fn loopback_and_paths_are_refused() {
        for text in ["", "lo", "..", "a:b", "a b", "a\n"] {
            assert!(text.parse::<InterfaceName>().is_err(), "{text:?}");
        }
    }
}
