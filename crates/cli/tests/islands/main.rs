//! Behaviour of whole islands: the walls, interruption, the lines that people know by heart; here and on a second kernel.
//!
//! A wall's test has two halves: from inside, attempt what must be denied; then look from outside that it was. Each is
//! tried as root, as an ordinary user and nested three deep. This program is also what runs inside: `islands attempt NAME ARG...`.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test program")]
#![expect(clippy::print_stdout, reason = "the verdict of an attempt")]
#![expect(clippy::disallowed_methods, reason = "drives the binary and other tools from outside")]

mod acceptance;
mod attempt;
mod binary;
mod escape;
mod interruption;
#[path = "../machine/mod.rs"]
mod machine;
mod outsider;
mod place;
#[path = "../../../sys/tests/program/mod.rs"]
mod program;
mod second_kernel;
mod stage;
mod walls;

use libtest_mimic::{Arguments, Completion, Trial};
use place::Place;
use std::process::ExitCode;

/// What must hold, the places from which it must, and the programs that the check uses.
type Check = (&'static str, &'static [Place], &'static [&'static str], fn(Place) -> Result<(), String>);

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some("attempt") {
        return attempt::main(words);
    }
    let arguments = Arguments::from_args();
    let checks =
        walls::CHECKS.iter().chain(binary::CHECKS).chain(interruption::CHECKS).chain(acceptance::CHECKS);
    let mut trials: Vec<Trial> =
        checks.flat_map(|check| check.1.iter().map(|place| trial(*check, *place))).collect();
    trials.extend(second_kernel::trials());
    let conclusion = libtest_mimic::run(&arguments, trials);
    stage::leave();
    conclusion.exit_code()
}

fn trial((name, _, programs, check): Check, place: Place) -> Trial {
    Trial::ignorable_test(format!("{name}::{}", place.name()), move || match place.obstacle(programs) {
        Some(reason) => Ok(Completion::ignored_with(reason)),
        None => Ok(check(place).map(|()| Completion::Completed)?),
    })
}
