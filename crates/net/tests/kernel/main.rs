//! Behaviour against the running kernel, read back with `ip`. Each test has a network namespace of its own.

#![expect(clippy::unwrap_used, reason = "a test program")]
#![expect(clippy::disallowed_methods, reason = "reads back with other tools what was made")]

mod address;
mod capture;
mod firewall;
mod harness;
mod kinds;
mod link;
#[path = "../../../cli/tests/machine/mod.rs"]
mod machine;
mod monitor;
mod neighbour;
mod netlink;
mod route;
mod rule;
mod settings;
mod sockets;
mod traffic;
mod wireguard;

use harness::Tests;

fn main() {
    let mut tests = Tests::default();
    netlink::add(&mut tests);
    firewall::add(&mut tests);
    link::add(&mut tests);
    kinds::add(&mut tests);
    address::add(&mut tests);
    route::add(&mut tests);
    capture::add(&mut tests);
    settings::add(&mut tests);
    sockets::add(&mut tests);
    rule::add(&mut tests);
    neighbour::add(&mut tests);
    monitor::add(&mut tests);
    traffic::add(&mut tests);
    wireguard::add(&mut tests);
    tests.run();
}
