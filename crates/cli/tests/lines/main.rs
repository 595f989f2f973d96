//! `insula net capture`, `monitor`, `diff` and `wireguard`, `limit` where the kernel has `netem`, and packets by types of interfaces that it
//! may lack: each test in a world of its own, and those that
//! need what not every kernel has on the second one as well. Where a kernel lacks it, they test what is said of that.
#![allow(clippy::disallowed_methods, reason = "tests drive the binary")]

mod capture;
mod kinds;
#[path = "../machine/mod.rs"]
mod machine;
mod netem;
mod watching;
mod wireguard;
#[path = "../sets/world.rs"]
mod world;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

fn main() {
    let tests = [
        (
            "packets_of_several_networks_are_seen_where_they_leave_and_come_in",
            capture::packets_of_several_networks_are_seen_where_they_leave_and_come_in as fn(),
        ),
        (
            "recording_is_pcapng_with_the_names_of_all_interfaces",
            capture::recording_is_pcapng_with_the_names_of_all_interfaces as fn(),
        ),
        ("lab_stands_for_its_nodes", capture::lab_stands_for_its_nodes as fn()),
        ("without_root_own_sets_are_seen", capture::without_root_own_sets_are_seen as fn()),
        ("changes_are_told_where_they_happen", watching::changes_are_told_where_they_happen),
        ("networks_come_and_go", watching::networks_come_and_go),
        (
            "lines_are_objects_and_names_of_strangers_harmless",
            watching::lines_are_objects_and_names_of_strangers_harmless,
        ),
        ("without_root_own_sets_are_watched", watching::without_root_own_sets_are_watched),
        ("what_a_command_changes_is_shown", watching::what_a_command_changes_is_shown),
        (
            "networks_are_compared_with_each_other_and_with_what_was",
            watching::networks_are_compared_with_each_other_and_with_what_was,
        ),
        (
            "by_kernel/tunnel_goes_by_the_host_or_there_is_none",
            wireguard::tunnel_goes_by_the_host_or_the_kernel_has_none as fn(),
        ),
        (
            "file_that_makes_no_sense_is_told_without_its_key",
            wireguard::file_that_makes_no_sense_is_told_without_its_key as fn(),
        ),
        ("without_root_the_host_is_out_of_reach", wireguard::without_root_the_host_is_out_of_reach as fn()),
        (
            "by_kernel/delay_and_loss_are_what_packets_meet",
            netem::delay_and_loss_are_what_packets_meet as fn(),
        ),
        (
            "by_kernel/jitter_and_reordering_are_what_packets_meet",
            netem::jitter_and_reordering_are_what_packets_meet,
        ),
        (
            "by_kernel/duplication_and_corruption_are_what_packets_meet",
            netem::duplication_and_corruption_are_what_packets_meet,
        ),
        ("by_kernel/rate_of_a_bad_line_is_what_packets_meet", netem::rate_of_a_bad_line_is_what_packets_meet),
        ("by_kernel/vlans_on_one_cable_are_apart", kinds::vlans_on_one_cable_are_apart),
        ("by_kernel/dummy_has_an_address_that_others_reach", kinds::dummy_has_an_address_that_others_reach),
        (
            "by_kernel/ipvlan_gives_another_network_a_place_on_the_cable",
            kinds::ipvlan_gives_another_network_a_place_on_the_cable,
        ),
        ("by_kernel/vrf_has_routes_of_its_own", kinds::vrf_has_routes_of_its_own),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    let mut trials: Vec<Trial> = tests.into_iter().map(trial).collect();
    trials.push(Trial::ignorable_test("the_second_kernel", there));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Runs there what depends on the kernel.
fn there() -> Result<Completion, Failed> {
    machine::there(&[], &[], &["--test-threads", "2", "by_kernel/"])
}
