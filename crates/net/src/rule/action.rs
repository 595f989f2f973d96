//! What a rule does with the packets that it is for.

use std::fmt;

/// `FR_ACT_*` in `linux/fib_rules.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleAction {
    /// None is told; when a rule is deleted, any.
    Unspecified,
    /// Looks up the table of the rule.
    Lookup,
    /// Goes on at the rule with this priority.
    Goto(u32),
    /// Nothing.
    Nop,
    /// Drops them silently.
    Blackhole,
    /// Answers that the network is unreachable.
    Unreachable,
    /// Answers that it is forbidden.
    Prohibit,
    /// Another number.
    Other(u8),
}

impl RuleAction {
    pub(super) const fn read(number: u8, target: Option<u32>) -> Self {
        match (number, target) {
            (0, _) => Self::Unspecified,
            (1, _) => Self::Lookup,
            (2, Some(target)) => Self::Goto(target),
            (3, _) => Self::Nop,
            (6, _) => Self::Blackhole,
            (7, _) => Self::Unreachable,
            (8, _) => Self::Prohibit,
            (other, _) => Self::Other(other),
        }
    }

    /// The action with this number.
    #[must_use]
    pub const fn numbered(number: u8) -> Self {
        Self::read(number, None)
    }

    /// Its number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.number().0
    }

    /// The number, and the rule to go to.
    pub(super) const fn number(self) -> (u8, Option<u32>) {
        match self {
            Self::Unspecified => (0, None),
            Self::Lookup => (1, None),
            Self::Goto(target) => (2, Some(target)),
            Self::Nop => (3, None),
            Self::Blackhole => (6, None),
            Self::Unreachable => (7, None),
            Self::Prohibit => (8, None),
            Self::Other(number) => (number, None),
        }
    }
}

impl fmt::Display for RuleAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unspecified => f.write_str("none"),
            Self::Lookup => f.write_str("lookup"),
            Self::Goto(target) => write!(f, "goto {target}"),
            Self::Nop => f.write_str("nop"),
            Self::Blackhole => f.write_str("blackhole"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::Prohibit => f.write_str("prohibit"),
            Self::Other(number) => number.fmt(f),
        }
    }
}

/// `FIB_RULE_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleFlags(pub u32);

impl RuleFlags {
    /// It cannot be deleted.
    pub const PERMANENT: Self = Self(1);
    /// It is for all packets that its conditions are not true of.
    pub const INVERT: Self = Self(2);
    /// There is no rule of the priority that it goes to.
    pub const UNRESOLVED: Self = Self(4);
    /// There is no interface with the name of [`super::Rule::incoming`].
    pub const INCOMING_DETACHED: Self = Self(8);
    /// There is no interface with the name of [`super::Rule::outgoing`].
    pub const OUTGOING_DETACHED: Self = Self(16);

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
