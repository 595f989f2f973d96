//! Which devices may be used: rules, and what they come to.

use std::fmt;
use std::ops::{BitAnd, BitOr, Not};
use std::str::FromStr;

pub(crate) mod list;
pub(crate) mod program;

/// One rule about devices: `config-linux.md`, "Allowed Device list".
///
/// Of several rules that speak about one kind of access to one device the last one counts; what none of them speaks about is
/// denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceRule {
    /// Whether it allows or denies.
    pub allow: bool,
    /// Of which kind the devices are.
    pub kind: DeviceKind,
    /// The major number; `None` is all.
    pub major: Option<u32>,
    /// The minor number; `None` is all.
    pub minor: Option<u32>,
    /// What is allowed or denied.
    pub access: DeviceAccess,
}

/// Devices that everything that runs apart may use, as `runc` has it: `config-linux.md`, "Default Devices", pseudo-terminals, and
/// the making of any node. Their numbers are in the kernel's `admin-guide/devices.txt`.
pub const DEFAULT_DEVICES: [DeviceRule; 10] = [
    DeviceRule::allow(DeviceKind::Char, None, None, DeviceAccess::MKNOD),
    DeviceRule::allow(DeviceKind::Block, None, None, DeviceAccess::MKNOD),
    DeviceRule::allow(DeviceKind::Char, Some(1), Some(3), DeviceAccess::ALL),
    DeviceRule::allow(DeviceKind::Char, Some(1), Some(5), DeviceAccess::ALL),
    DeviceRule::allow(DeviceKind::Char, Some(1), Some(7), DeviceAccess::ALL),
    DeviceRule::allow(DeviceKind::Char, Some(1), Some(8), DeviceAccess::ALL),
    DeviceRule::allow(DeviceKind::Char, Some(1), Some(9), DeviceAccess::ALL),
    DeviceRule::allow(DeviceKind::Char, Some(5), Some(0), DeviceAccess::ALL),
    DeviceRule::allow(DeviceKind::Char, Some(5), Some(2), DeviceAccess::ALL),
    DeviceRule::allow(DeviceKind::Char, Some(136), None, DeviceAccess::ALL),
];

impl DeviceRule {
    /// A rule that allows `access`; a number of `None` stands for all.
    #[must_use]
    pub const fn allow(
        kind: DeviceKind,
        major: Option<u32>,
        minor: Option<u32>,
        access: DeviceAccess,
    ) -> Self {
        Self { allow: true, kind, major, minor, access }
    }
}

/// Kinds of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceKind {
    /// Both.
    All,
    /// Block devices.
    Block,
    /// Character devices.
    Char,
}

/// Ways to use a device.
///
/// ```
/// use insula_cgroup::DeviceAccess;
/// let access: DeviceAccess = "rm".parse()?;
/// assert_eq!(access, DeviceAccess::READ | DeviceAccess::MKNOD);
/// assert_eq!(access.to_string(), "rm");
/// # Ok::<(), insula_cgroup::ParseAccessError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceAccess(u8);

impl DeviceAccess {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// Making a node for it: `BPF_DEVCG_ACC_MKNOD`.
    pub const MKNOD: Self = Self(1);
    /// Reading: `BPF_DEVCG_ACC_READ`.
    pub const READ: Self = Self(2);
    /// Writing: `BPF_DEVCG_ACC_WRITE`.
    pub const WRITE: Self = Self(4);
    /// All of them.
    pub const ALL: Self = Self(7);

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// Whether it is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for DeviceAccess {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for DeviceAccess {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for DeviceAccess {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }
}

impl fmt::Display for DeviceAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = [(Self::READ, "r"), (Self::WRITE, "w"), (Self::MKNOD, "m")];
        letters
            .into_iter()
            .filter(|(way, _)| !(*self & *way).is_empty())
            .try_for_each(|(_, letter)| f.write_str(letter))
    }
}

/// Letters that are no ways to use a device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no access to a device: it is made of `r`, `w` and `m`", word.escape_debug())]
pub struct ParseAccessError {
    /// The letters.
    pub word: Box<str>,
}

impl FromStr for DeviceAccess {
    type Err = ParseAccessError;

    fn from_str(word: &str) -> Result<Self, ParseAccessError> {
        word.bytes().try_fold(Self::NONE, |access, letter| match letter {
            b'r' => Ok(access | Self::READ),
            b'w' => Ok(access | Self::WRITE),
            b'm' => Ok(access | Self::MKNOD),
            _ => Err(ParseAccessError { word: word.into() }),
        })
    }
}

impl fmt::Display for DeviceRule {
    /// As the kernel's files of version 1 have it, with what it does before: `allow c 1:3 rwm`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            DeviceKind::All => 'a',
            DeviceKind::Block => 'b',
            DeviceKind::Char => 'c',
        };
        write!(f, "{} {kind} ", if self.allow { "allow" } else { "deny" })?;
        for (number, after) in [(self.major, ":"), (self.minor, " ")] {
            match number {
                Some(number) => write!(f, "{number}{after}")?,
                None => write!(f, "*{after}")?,
            }
        }
        write!(f, "{}", self.access)
    }
}

/// What is asked for in tests, and how it is decided by reading the rules from the first to the last.
#[cfg(test)]
pub(crate) mod oracle {
    use proptest::prelude::*;

    use super::{DeviceAccess, DeviceKind, DeviceRule};

    /// Somebody wants to use a device.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Wish {
        pub(crate) kind: DeviceKind,
        pub(crate) major: u32,
        pub(crate) minor: u32,
        pub(crate) access: DeviceAccess,
    }

    pub(crate) fn is_allowed(rules: &[DeviceRule], wish: Wish) -> bool {
        [DeviceAccess::READ, DeviceAccess::WRITE, DeviceAccess::MKNOD].into_iter().all(|way| {
            let mut is_allowed = (wish.access & way).is_empty();
            for rule in rules {
                let is_meant = (rule.kind == DeviceKind::All || rule.kind == wish.kind)
                    && rule.major.is_none_or(|major| major == wish.major)
                    && rule.minor.is_none_or(|minor| minor == wish.minor);
                if is_meant && !(wish.access & rule.access & way).is_empty() {
                    is_allowed = rule.allow;
                }
            }
            is_allowed
        })
    }

    /// Few numbers, so that rules and wishes meet, and the greatest, at which arithmetic goes wrong.
    fn numbers() -> impl Strategy<Value = u32> {
        prop_oneof![4 => 0..3_u32, 1 => Just(u32::MAX), 1 => Just(1 << 31)]
    }

    fn access() -> impl Strategy<Value = DeviceAccess> {
        (0..8_u8).prop_map(DeviceAccess)
    }

    pub(crate) fn rule() -> impl Strategy<Value = DeviceRule> {
        let kind = prop_oneof![Just(DeviceKind::All), Just(DeviceKind::Block), Just(DeviceKind::Char)];
        (any::<bool>(), kind, prop::option::of(numbers()), prop::option::of(numbers()), access())
            .prop_map(|(allow, kind, major, minor, access)| DeviceRule { allow, kind, major, minor, access })
    }

    pub(crate) fn wish() -> impl Strategy<Value = Wish> {
        let kind = prop_oneof![Just(DeviceKind::Block), Just(DeviceKind::Char)];
        (kind, numbers(), numbers(), access()).prop_map(|(kind, major, minor, access)| Wish {
            kind,
            major,
            minor,
            access,
        })
    }
}
