//! Freezing.

use rustix::process::Pid;

use crate::harness::{Place, Running, Tests, wait_for};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("what_is_frozen_does_not_run_until_it_is_thawed", frozen);
    tests.add("an_empty_group_freezes", empty);
    tests.add("what_forks_all_the_time_freezes", forking);
    tests.add("a_group_below_a_frozen_one_is_frozen", below);
}

/// The processor time that `process` has used, in ticks.
fn ticks(process: Pid) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).unwrap();
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn frozen(place: &Place) {
    let group = place.create("a");
    let busy = Running::start(&group, "while :; do :; done");
    wait_for("its first ticks", || ticks(busy.pid()) > 2);
    group.freeze().unwrap();
    assert!(group.is_frozen().unwrap());
    let before = ticks(busy.pid());
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(ticks(busy.pid()), before);
    group.thaw().unwrap();
    assert!(!group.is_frozen().unwrap());
    wait_for("more ticks", || ticks(busy.pid()) > before + 1);
}

fn empty(place: &Place) {
    let group = place.create("a");
    assert!(!group.is_frozen().unwrap());
    group.freeze().unwrap();
    assert!(group.is_frozen().unwrap());
    group.thaw().unwrap();
}

fn forking(place: &Place) {
    let group = place.create("a");
    let _busy = Running::start(&group, "while :; do sh -c :; done");
    for _ in 0..10 {
        group.freeze().unwrap();
        assert!(group.is_frozen().unwrap());
        group.thaw().unwrap();
    }
}

fn below(place: &Place) {
    let top = place.create("a");
    let inner = place.create("a/b");
    let _sleeper = Running::start(&inner, "sleep 1000");
    top.freeze().unwrap();
    assert!(inner.is_frozen().unwrap());
    top.thaw().unwrap();
    assert!(!inner.is_frozen().unwrap());
}
