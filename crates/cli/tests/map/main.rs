//! `insula map`, in worlds that the tests make, and its page in a browser.
#![forbid(unsafe_code)]
#![expect(clippy::disallowed_methods, reason = "drives the binary and other tools from outside")]

mod browser;
mod facts;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = facts::FACTS
        .iter()
        .map(|(name, script)| Trial::test(*name, move || Ok(world::run(script)?)))
        .collect();
    trials.extend(browser::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
