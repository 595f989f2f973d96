//! The name of a system call.

use std::fmt;
use std::ops::Deref;

use crate::syscalls::{self, Numbers};

/// The name of a system call, as rules have it. That of a call that some architecture has is looked up once, and takes no memory
/// of its own: a profile has hundreds.
#[derive(Clone, PartialEq, Eq)]
pub struct CallName(Name);

#[derive(Clone, PartialEq, Eq)]
enum Name {
    /// Its place in the table.
    Known(u16),
    /// What no architecture has.
    Unknown(Box<str>),
}

impl CallName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Known(index) => syscalls::name_at(*index),
            Name::Unknown(name) => name,
        }
    }

    /// Its numbers; `None` where no architecture has it.
    pub(crate) fn numbers(&self) -> Option<Numbers> {
        match self.0 {
            Name::Known(index) => Some(syscalls::numbers_at(index)),
            Name::Unknown(_) => None,
        }
    }
}

impl Deref for CallName {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl From<&str> for CallName {
    fn from(name: &str) -> Self {
        Self(syscalls::index_of(name).map_or_else(|| Name::Unknown(name.into()), Name::Known))
    }
}

impl From<String> for CallName {
    fn from(name: String) -> Self {
        Self::from(name.as_str())
    }
}

impl PartialEq<str> for CallName {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for CallName {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for CallName {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for CallName {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = CallName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, name: &str) -> Result<CallName, E> {
                Ok(CallName::from(name))
            }
        }
        from.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_stays_what_it_was_whether_it_is_known_or_not() {
        for name in ["read", "socketcall", "teleport", ""] {
            assert_eq!(CallName::from(name).as_str(), name);
        }
        assert_eq!(CallName::from("read"), CallName::from("read".to_owned()));
        assert_ne!(CallName::from("read"), CallName::from("write"));
        assert!(CallName::from("read").numbers().is_some() && CallName::from("teleport").numbers().is_none());
    }
}
