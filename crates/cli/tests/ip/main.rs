//! Our `ip` beside iproute2's: the same line on the same state prints the same, says the same and ends the same.
//!
//! Each fact has a network namespace, a mount namespace and a `/run` of its own.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test program")]
#![expect(clippy::disallowed_methods, reason = "drives the tools from outside")]

mod address;
mod address_label;
mod fact;
mod framework;
mod link;
mod link_change;
mod link_elsewhere;
mod link_kind;
#[path = "../machine/mod.rs"]
mod machine;
mod monitor;
mod multicast;
mod multicast_route;
mod neighbour;
mod neighbour_table;
mod netconf;
mod netns;
mod nexthop;
mod route;
mod rule;
mod second_kernel;
mod token;
mod tunnel;
mod tuntap;
mod vrf;

use fact::Fact;
use libtest_mimic::{Arguments, Completion, Trial};
use std::process::ExitCode;

/// One object of `ip` a file.
const OBJECTS: &[(&str, &[Fact])] = &[
    ("framework", framework::FACTS),
    ("address", address::FACTS),
    ("route", route::FACTS),
    ("rule", rule::FACTS),
    ("neighbour", neighbour::FACTS),
    ("monitor", monitor::FACTS),
    ("link", link::FACTS),
    ("link_change", link_change::FACTS),
    ("link_kind", link_kind::FACTS),
    ("link_elsewhere", link_elsewhere::FACTS),
    ("tunnel", tunnel::FACTS),
    ("nexthop", nexthop::FACTS),
    ("netns", netns::FACTS),
    ("tuntap", tuntap::FACTS),
    ("multicast", multicast::FACTS),
    ("neighbour_table", neighbour_table::FACTS),
    ("multicast_route", multicast_route::FACTS),
    ("netconf", netconf::FACTS),
    ("address_label", address_label::FACTS),
    ("token", token::FACTS),
    ("vrf", vrf::FACTS),
];

fn main() -> ExitCode {
    let facts = OBJECTS.iter().flat_map(|(object, facts)| facts.iter().map(move |fact| (object, fact)));
    let trials = facts.map(|(object, fact)| {
        Trial::ignorable_test(format!("{object}::{}", fact.name), move || match fact.obstacle() {
            Some(reason) => Ok(Completion::ignored_with(reason)),
            None => Ok(fact.holds().map(|()| Completion::Completed)?),
        })
    });
    let conclusion =
        libtest_mimic::run(&Arguments::from_args(), trials.chain(second_kernel::trials()).collect());
    fact::leave();
    conclusion.exit_code()
}
