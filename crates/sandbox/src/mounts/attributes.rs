//! What a mount forbids.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

/// A set of attributes of a mount: `mount_setattr(2)`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Attributes(u32);

impl Attributes {
    /// None.
    pub const NONE: Self = Self(0);
    /// Nothing can be written: `MOUNT_ATTR_RDONLY`.
    pub const READ_ONLY: Self = Self(0x01);
    /// Set-user-id, set-group-id and file capabilities have no effect: `MOUNT_ATTR_NOSUID`.
    pub const NO_SUID: Self = Self(0x02);
    /// Device nodes cannot be opened: `MOUNT_ATTR_NODEV`.
    pub const NO_DEV: Self = Self(0x04);
    /// Nothing can be executed: `MOUNT_ATTR_NOEXEC`.
    pub const NO_EXEC: Self = Self(0x08);
    /// Reading changes no access time: `MOUNT_ATTR_NOATIME`.
    pub const NO_ATIME: Self = Self(0x10);
    /// Reading changes the access time each time, not only when it is older than the last change or a day:
    /// `MOUNT_ATTR_STRICTATIME`.
    pub const STRICT_ATIME: Self = Self(0x20);
    /// Reading changes no access time of a directory: `MOUNT_ATTR_NODIRATIME`.
    pub const NO_DIRATIME: Self = Self(0x80);
    /// Symbolic links are not followed: `MOUNT_ATTR_NOSYMFOLLOW`.
    pub const NO_SYMLINKS: Self = Self(0x20_0000);

    /// Each with its name as an option of `mount(8)`, and its bit of `mount(2)`.
    const ALL: [(Self, &'static str, u64); 8] = [
        (Self::READ_ONLY, "ro", 1),
        (Self::NO_SUID, "nosuid", 1 << 1),
        (Self::NO_DEV, "nodev", 1 << 2),
        (Self::NO_EXEC, "noexec", 1 << 3),
        (Self::NO_ATIME, "noatime", 1 << 10),
        (Self::STRICT_ATIME, "strictatime", 1 << 24),
        (Self::NO_DIRATIME, "nodiratime", 1 << 11),
        (Self::NO_SYMLINKS, "nosymfollow", 1 << 8),
    ];

    /// The attribute that `mount(8)` calls by this name: `ro`, `nosuid`, `nodev`, `noexec`, `noatime`,
    /// `strictatime`, `nodiratime`, `nosymfollow`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(attribute, ..)| *attribute)
    }

    /// Whether all of `other` are in it.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it is [`NONE`](Self::NONE).
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set of these `MOUNT_ATTR_*` of `linux/mount.h`, as far as they are attributes that stand for themselves.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        let known = Self::ALL.iter().filter(|(one, ..)| bits & u64::from(one.0) != 0);
        known.fold(Self::NONE, |all, (one, ..)| all | *one)
    }

    /// `MOUNT_ATTR_*`.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// `MS_*` of `mount(2)`.
    pub(crate) fn old_bits(self) -> u64 {
        Self::ALL.iter().filter(|(one, ..)| self.contains(*one)).fold(0, |bits, (.., bit)| bits | bit)
    }
}

/// What a mount forbids from now on, and what no longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttributeChange {
    /// Forbidden from now on.
    pub set: Attributes,
    /// No longer forbidden, unless it is set too. What the kernel has locked stays.
    pub clear: Attributes,
}

impl AttributeChange {
    /// Whether there is nothing to change.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.set.is_empty() && self.clear.is_empty()
    }
}

impl BitOr for Attributes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Attributes {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl fmt::Display for Attributes {
    /// `ro,nosuid`, as the options of `mount(8)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Self::ALL.iter().filter(|(one, ..)| self.contains(*one)).map(|(_, name, _)| name);
        if let Some(first) = names.next() {
            f.write_str(first)?;
        }
        names.try_for_each(|name| write!(f, ",{name}"))
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attributes({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_mount_and_come_back() {
        let all = Attributes::ALL.iter().fold(Attributes::NONE, |all, (one, ..)| all | *one);
        assert_eq!(all.to_string(), "ro,nosuid,nodev,noexec,noatime,strictatime,nodiratime,nosymfollow");
        let parsed = all
            .to_string()
            .split(',')
            .map(|name| Attributes::from_name(name).unwrap())
            .fold(Attributes::NONE, BitOr::bitor);
        assert_eq!(parsed, all);
        assert_eq!(Attributes::from_name("rw"), None);
        assert_eq!(Attributes::NONE.to_string(), "");
    }

    #[test]
    fn old_bits_are_those_of_mount_2() {
        assert_eq!((Attributes::READ_ONLY | Attributes::NO_ATIME).old_bits(), 1 | 1 << 10);
    }
}
