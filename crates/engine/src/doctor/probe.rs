//! One capability of this kernel and this user, found out by trying it.

use insula_ns::idmap::{Caller, IdSources};
use insula_ns::{Kind, Kinds};
use rustix::thread::CapabilitySet;
use serde::Serialize;

use super::evidence::Evidence;
use super::explain::explain;
use super::probes;

/// Whether something works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it is.
    Works,
    /// In part, or under conditions that the evidence names.
    Limited,
    /// Not for this user on this kernel.
    No,
}

/// A question to the machine. The list of all is [`Probe::ALL`].
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Its name, which stays as it is: `namespaces.net`.
    pub name: &'static str,
    /// What is asked, in a few words.
    pub what: &'static str,
    pub(super) test: fn(&Lab) -> Outcome,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The probe's name.
    pub probe: &'static str,
    /// What was asked.
    pub what: &'static str,
    /// Whether it works.
    pub status: Status,
    /// What was tried or read, and what came of it.
    pub evidence: String,
    /// The smallest thing that makes it work, where there is one.
    pub fix: Option<String>,
}

/// An answer without its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    status: Status,
    evidence: String,
    fix: Option<String>,
}

/// What probes work with.
#[derive(Debug)]
pub struct Lab {
    pub(super) evidence: Evidence,
    pub(super) caller: Caller,
    pub(super) sources: IdSources,
}

impl Lab {
    /// This machine and process.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self {
            evidence: Evidence::of_this_machine(),
            caller: Caller::current(),
            sources: IdSources::of_this_machine(),
        }
    }

    /// The kinds with a user namespace among them, if the caller can't create them without.
    pub(super) fn with_user(&self, kinds: Kinds) -> Kinds {
        if self.caller.capabilities.contains(CapabilitySet::SYS_ADMIN) { kinds } else { kinds | Kind::User }
    }

    /// The outcome of a trial that should just work.
    pub(super) fn outcome(&self, result: Result<(), insula_sandbox::Error>, done: &str) -> Outcome {
        match result {
            Ok(()) => Outcome::works(done),
            Err(error) => self.failed(&error),
        }
    }

    /// The outcome of a trial that failed.
    pub(super) fn failed(&self, error: &insula_sandbox::Error) -> Outcome {
        let explanation = explain(error, &self.evidence);
        let mut evidence = chain(error);
        if let Some(cause) = explanation.cause {
            evidence = format!("{evidence}: {cause}");
        }
        Outcome { status: Status::No, evidence, fix: explanation.hint }
    }
}

impl Outcome {
    pub(super) fn works(evidence: impl Into<String>) -> Self {
        Self { status: Status::Works, evidence: evidence.into(), fix: None }
    }

    pub(super) fn limited(evidence: impl Into<String>) -> Self {
        Self { status: Status::Limited, evidence: evidence.into(), fix: None }
    }

    pub(super) fn no(evidence: impl Into<String>) -> Self {
        Self { status: Status::No, evidence: evidence.into(), fix: None }
    }

    pub(super) fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    /// A failure that has a way round it, told before its evidence.
    pub(super) fn but(self, way_round: &str) -> Self {
        Self { status: Status::Limited, evidence: format!("{way_round} {}", self.evidence), ..self }
    }

    /// Another fix, where there is something to fix.
    pub(super) fn unless_works(self, fix: &str) -> Self {
        if self.status == Status::Works { self } else { self.fix(fix) }
    }

    pub(super) fn maybe_fix(self, fix: Option<String>) -> Self {
        Self { fix, ..self }
    }
}

/// An error with its sources, joined by colons.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let words = source.to_string();
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        next = source.source();
    }
    text
}

impl Probe {
    /// Every probe, in the order in which a person reads them.
    pub const ALL: &[Self] = &probes::ALL;

    /// The probe of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|probe| probe.name == name)
    }

    /// Asks. Nothing that was tried stays behind.
    #[must_use]
    pub fn ask(&self, lab: &Lab) -> Finding {
        let Outcome { status, evidence, fix } = (self.test)(lab);
        Finding { probe: self.name, what: self.what, status, evidence, fix }
    }
}
