//! The eight kinds of namespace, and sets of them.

use std::fmt;
use std::str::FromStr;

/// One of the eight kinds of namespace: see `namespaces(7)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The root of the control-group tree that processes see: `cgroup_namespaces(7)`.
    Cgroup,
    /// System V IPC objects and POSIX message queues: `ipc_namespaces(7)`.
    Ipc,
    /// The mount table: `mount_namespaces(7)`.
    Mnt,
    /// Interfaces, addresses, routes, sockets and firewall: `network_namespaces(7)`.
    Net,
    /// Process ids: `pid_namespaces(7)`.
    Pid,
    /// Offsets of the monotonic and boot-time clocks: `time_namespaces(7)`.
    Time,
    /// User and group ids, and capabilities: `user_namespaces(7)`.
    User,
    /// Host name and NIS domain name: `uts_namespaces(7)`.
    Uts,
}

impl Kind {
    /// All kinds, in alphabetical order, which is also the order of `/proc/PID/ns`.
    pub const ALL: [Self; 8] =
        [Self::Cgroup, Self::Ipc, Self::Mnt, Self::Net, Self::Pid, Self::Time, Self::User, Self::Uts];

    /// The kernel's name: that of the file in `/proc/PID/ns`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cgroup => "cgroup",
            Self::Ipc => "ipc",
            Self::Mnt => "mnt",
            Self::Net => "net",
            Self::Pid => "pid",
            Self::Time => "time",
            Self::User => "user",
            Self::Uts => "uts",
        }
    }

    /// The flag that stands for this kind in `clone3(2)`, `unshare(2)`, `setns(2)` and `NS_GET_NSTYPE`.
    ///
    /// `CLONE_NEWTIME` lies in the signal byte of the older `clone(2)`, so that call cannot take it.
    #[must_use]
    #[doc(alias = "CLONE_NEWNS")]
    pub const fn clone_flag(self) -> u32 {
        match self {
            Self::Time => 0x0000_0080,
            Self::Mnt => 0x0002_0000,
            Self::Cgroup => 0x0200_0000,
            Self::Uts => 0x0400_0000,
            Self::Ipc => 0x0800_0000,
            Self::User => 0x1000_0000,
            Self::Pid => 0x2000_0000,
            Self::Net => 0x4000_0000,
        }
    }

    /// The kind whose [`clone_flag`](Self::clone_flag) is `flag`.
    #[must_use]
    pub fn from_clone_flag(flag: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.clone_flag() == flag)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no kind of namespace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown namespace kind `{word}`: expected cgroup, ipc, mnt, net, pid, time, user or uts")]
pub struct ParseKindError {
    /// The word as it was given.
    pub word: String,
}

impl FromStr for Kind {
    type Err = ParseKindError;

    /// Takes the kernel's names, and `mount` and `network`, which util-linux uses in its options.
    fn from_str(word: &str) -> Result<Self, ParseKindError> {
        match word {
            "mount" => Ok(Self::Mnt),
            "network" => Ok(Self::Net),
            _ => Self::ALL
                .into_iter()
                .find(|kind| kind.name() == word)
                .ok_or_else(|| ParseKindError { word: word.to_owned() }),
        }
    }
}

insula_sys::enum_set! {
    /// A set of kinds.
    ///
    /// ```
    /// use insula_ns::{Kind, Kinds};
    /// let kinds: Kinds = "uts,net".parse()?;
    /// assert!(kinds.contains(Kind::Net));
    /// assert_eq!(kinds.to_string(), "net,uts");
    /// assert_eq!(kinds, Kind::Net | Kind::Uts);
    /// # Ok::<(), insula_ns::ParseKindError>(())
    /// ```
    pub struct Kinds(u8) of Kind, ","
}

impl Kinds {
    /// The flags of all kinds in the set, as `clone3(2)` and `setns(2)` take them.
    #[must_use]
    pub fn clone_flags(self) -> u32 {
        self.iter().fold(0, |flags, kind| flags | kind.clone_flag())
    }
}

impl FromStr for Kinds {
    type Err = ParseKindError;

    /// Parses names separated by commas; `all` is the full set, the empty string the empty one.
    fn from_str(list: &str) -> Result<Self, ParseKindError> {
        match list {
            "" => Ok(Self::NONE),
            "all" => Ok(Self::ALL),
            _ => list.split(',').map(Kind::from_str).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn flags_are_distinct_and_found_again() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_clone_flag(kind.clone_flag()), Some(kind));
        }
        assert_eq!(Kinds::ALL.clone_flags(), 0x7e02_0080);
    }

    #[test]
    fn unknown_word_is_named() {
        assert_eq!("net,foo".parse::<Kinds>().unwrap_err().word, "foo");
    }

    proptest! {
        #[test]
        fn printed_sets_parse_back(bits: u8) {
            let kinds = Kinds(bits);
            prop_assert_eq!(kinds.to_string().parse::<Kinds>().unwrap(), kinds);
        }
    }
}
