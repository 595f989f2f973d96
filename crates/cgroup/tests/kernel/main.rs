//! Behaviour against the running kernel, and against a second one with version 2 alone. Each test has a group of its own.

#![expect(clippy::unwrap_used, reason = "a test program")]
#![expect(clippy::disallowed_methods, reason = "starts processes to put in groups")]

mod devices;
mod freeze;
mod harness;
mod kill;
mod life;
mod limits;
#[path = "../../../cli/tests/machine/mod.rs"]
mod machine;
mod processes;
mod usage;

use harness::Tests;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, path] = &arguments[..]
        && flag == "--as-user"
    {
        return life::as_user(path);
    }
    let mut tests = Tests::default();
    life::add(&mut tests);
    processes::add(&mut tests);
    kill::add(&mut tests);
    freeze::add(&mut tests);
    limits::add(&mut tests);
    devices::add(&mut tests);
    usage::add(&mut tests);
    tests.run();
}
