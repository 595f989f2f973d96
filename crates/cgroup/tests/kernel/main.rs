//! Behaviour against the running kernel, and against a second one with version 2 alone. Each test has a group of its own.

#![expect(clippy::unwrap_used, reason = "a test program")]
#![expect(clippy::disallowed_methods, reason = "starts processes to put in groups")]

mod devices;
mod freeze;
mod harness;
mod hierarchies;
mod kill;
mod life;
mod limits;
#[path = "../../../cli/tests/machine/mod.rs"]
mod machine;
mod processes;
mod systemd;
mod usage;

use harness::Tests;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // What some tests need another process for.
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "--as-user", path] => return life::as_user(path),
        [_, "--elsewhere", mount] => return hierarchies::elsewhere_found(mount),
        [_, "--with-bus"] => return systemd::with_bus(),
        [_, "--with-systemd"] => return systemd::with_systemd(),
        _ => {}
    }
    let mut tests = Tests::default();
    hierarchies::add(&mut tests);
    life::add(&mut tests);
    processes::add(&mut tests);
    kill::add(&mut tests);
    freeze::add(&mut tests);
    limits::add(&mut tests);
    devices::add(&mut tests);
    usage::add(&mut tests);
    systemd::add(&mut tests);
    tests.run();
}
