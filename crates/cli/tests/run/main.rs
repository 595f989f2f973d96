//! `insula run` and `insula enter`, option by option: what each does is read back from inside, through the kernel or another
//! tool. A fact is a shell script that succeeds where it holds; each has a world of its own, and leaves nothing.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test program")]
#![expect(clippy::disallowed_methods, reason = "drives the binary and other tools from outside")]
#![expect(clippy::needless_raw_string_hashes, reason = "all scripts are quoted alike")]

mod effort;
mod enter;
mod files;
mod groups;
mod ids;
mod landlock;
mod limits;
mod mistakes;
mod namespaces;
mod process;
mod pseudo;
mod seccomp;
mod status;
mod terminal;
mod user;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use world::Place;

/// What holds, where, and the script that shows it.
type Fact = (&'static str, &'static [Place], &'static str);

/// For whoever has the real root's privileges, and for others.
const HERE: &[Place] = &[Place::Root, Place::User];
/// There, and in a sandbox in a sandbox.
const DEEP: &[Place] = &[Place::Root, Place::User, Place::DeepRoot, Place::DeepUser];
const ROOT: &[Place] = &[Place::Root];
const USER: &[Place] = &[Place::User];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let groups = [
        ("namespaces", namespaces::FACTS),
        ("ids", ids::FACTS),
        ("files", files::FACTS),
        ("user", user::FACTS),
        ("seccomp", seccomp::FACTS),
        ("landlock", landlock::FACTS),
        ("limits", limits::FACTS),
        ("groups", groups::FACTS),
        ("process", process::FACTS),
        ("status", status::FACTS),
        ("effort", effort::FACTS),
        ("mistakes", mistakes::FACTS),
        ("enter", enter::FACTS),
    ];
    let facts = groups.iter().flat_map(|(group, facts)| facts.iter().map(move |fact| (*group, *fact)));
    let mut trials: Vec<Trial> = facts
        .flat_map(|(group, (name, places, script))| {
            places.iter().map(move |place| {
                let name = format!("{group}::{name}::{}", place.name());
                Trial::ignorable_test(name, move || check(*place, script))
            })
        })
        .collect();
    trials.extend(terminal::TESTS.iter().map(|(name, test)| {
        Trial::test(format!("terminal::{name}"), move || {
            test();
            Ok(())
        })
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn check(place: Place, script: &str) -> Result<Completion, Failed> {
    match world::obstacle(script) {
        Some(reason) => Ok(Completion::ignored_with(reason)),
        None => Ok(world::run(place, script).map(|()| Completion::Completed)?),
    }
}
