//! Our `unshare` and `nsenter` beside the original ones: the same line, run with each, prints the same and ends the same.
//!
//! A fact that the installed original is too old for says what is expected instead.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test program")]
#![expect(clippy::disallowed_methods, reason = "drives the tools from outside")]

mod fact;
mod nsenter;
#[path = "../../../sys/tests/program/mod.rs"]
mod program;
mod unshare;

use fact::{Fact, Place};
use libtest_mimic::{Arguments, Completion, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    let facts = unshare::FACTS.iter().map(|fact| ("unshare", fact));
    let facts = facts.chain(nsenter::FACTS.iter().map(|fact| ("nsenter", fact)));
    let trials =
        facts.flat_map(|(tool, fact)| fact.places.iter().map(move |place| trial(tool, fact, *place)));
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    fact::leave();
    conclusion.exit_code()
}

fn trial(tool: &str, fact: &'static Fact, place: Place) -> Trial {
    Trial::ignorable_test(format!("{tool}::{}::{}", fact.name, place.name()), move || {
        match fact.obstacle(place) {
            Some(reason) => Ok(Completion::ignored_with(reason)),
            None => Ok(fact.holds(place).map(|()| Completion::Completed)?),
        }
    })
}
