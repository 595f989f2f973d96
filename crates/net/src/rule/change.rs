//! Making and deleting rules.

use std::fmt;

use super::{Rule, RuleFlags};
use crate::netlink::{Encoded, Request};
use crate::verb::Verb;

/// A rule to make.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewRule {
    /// What it is to be.
    pub rule: Rule,
    /// [`Verb::Add`], or [`Verb::Replace`] for one with the same priority.
    pub verb: Verb,
}

impl NewRule {
    /// `rule`, which is not there yet.
    pub const fn add(rule: Rule) -> Self {
        Self { rule, verb: Verb::Add }
    }
}

impl fmt::Display for NewRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rule `{}`", self.verb, self.rule)
    }
}

impl Request for NewRule {
    fn encode(&self) -> Encoded {
        Encoded(self.rule.message(libc::RTM_NEWRULE, self.verb.flags()))
    }
}

/// A rule to delete: the first one that `rule` describes.
#[derive(Clone, Debug)]
#[must_use]
pub struct DeleteRule {
    /// What it is like.
    pub rule: Rule,
}

impl fmt::Display for DeleteRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete rule `{}`", self.rule)
    }
}

impl Request for DeleteRule {
    fn encode(&self) -> Encoded {
        // What the kernel tells of a rule is not part of what it is.
        let flags = RuleFlags(self.rule.flags.0 & RuleFlags::INVERT.0);
        Encoded(Rule { flags, ..self.rule.clone() }.message(libc::RTM_DELRULE, 0))
    }
}
