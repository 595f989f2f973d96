//! Capabilities by name: `capabilities(7)`.

use std::fmt;
use std::str::FromStr;

/// All names in the order of their numbers, as `linux/capability.h` has them.
const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// One capability, by its number, 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability(u8);

impl Capability {
    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0 as u32
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.get(usize::from(self.0)) {
            Some(name) => write!(f, "cap_{name}"),
            None => write!(f, "{}", self.0),
        }
    }
}

/// A word that names no capability.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown capability `{word}`: see capabilities(7) for the names")]
pub struct ParseCapabilityError {
    /// The word as it was given.
    pub word: String,
}

impl FromStr for Capability {
    type Err = ParseCapabilityError;

    /// Takes `CAP_NET_ADMIN`, `cap_net_admin`, `net_admin` and, for one that this list lacks, its number.
    fn from_str(word: &str) -> Result<Self, ParseCapabilityError> {
        let unknown = || ParseCapabilityError { word: word.to_owned() };
        let lower = word.to_ascii_lowercase();
        let name = lower.strip_prefix("cap_").unwrap_or(&lower);
        if let Some(number) = NAMES.iter().position(|known| *known == name) {
            return u8::try_from(number).map(Self).map_err(|_| unknown());
        }
        match name.parse() {
            Ok(number) if number < 64 => Ok(Self(number)),
            _ => Err(unknown()),
        }
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CapabilitySet(u64);

impl CapabilitySet {
    /// No capability.
    pub const NONE: Self = Self(0);
    /// All that this version knows, whether the running kernel does or not.
    pub const ALL: Self = Self((1 << NAMES.len()) - 1);

    /// The set whose bit n is capability n.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Bit n is capability n.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether `capability` is in the set.
    #[must_use]
    pub const fn contains(self, capability: Capability) -> bool {
        self.0 >> capability.0 & 1 == 1
    }

    /// The set with `capability`.
    #[must_use]
    pub const fn with(self, capability: Capability) -> Self {
        Self(self.0 | 1 << capability.0)
    }

    /// The set without `capability`.
    #[must_use]
    pub const fn without(self, capability: Capability) -> Self {
        Self(self.0 & !(1 << capability.0))
    }

    /// What is in one of the sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this set and not in `other`.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The capabilities in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        (0..64).map(Capability).filter(move |capability| self.contains(*capability))
    }
}

impl FromStr for CapabilitySet {
    type Err = ParseCapabilityError;

    /// Parses names separated by commas; `all` is every capability, `none` and the empty string none.
    fn from_str(list: &str) -> Result<Self, ParseCapabilityError> {
        match list {
            "" | "none" => Ok(Self::NONE),
            "all" | "ALL" => Ok(Self::ALL),
            _ => list.split(',').try_fold(Self::NONE, |set, word| Ok(set.with(word.parse()?))),
        }
    }
}

impl fmt::Display for CapabilitySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, capability) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            capability.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_spellings_are_one_capability() {
        let expected: Capability = "net_admin".parse().unwrap();
        assert_eq!(expected.number(), 12);
        for word in ["CAP_NET_ADMIN", "cap_net_admin", "12"] {
            assert_eq!(word.parse::<Capability>().unwrap(), expected);
        }
    }

    #[test]
    fn unknown_name_is_told() {
        assert_eq!("chown,cap_fly".parse::<CapabilitySet>().unwrap_err().word, "cap_fly");
    }

    proptest! {
        #[test]
        fn printed_sets_parse_back(bits: u64) {
            let set = CapabilitySet::from_bits(bits);
            prop_assert_eq!(set.to_string().parse::<CapabilitySet>().unwrap(), set);
        }
    }
}
