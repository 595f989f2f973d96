//! Signals to all of a group.

use insula_cgroup::Cgroup;
use rustix::process::{Pid, Signal};

use crate::harness::{Place, Running, Tests, wait_for};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("sigkill_reaches_all_and_those_below", killed);
    tests.add("sigkill_reaches_what_forks_all_the_time", forking);
    tests.add("a_signal_reaches_all_and_leaves_it_thawed", terminated);
    tests.add("sigkill_reaches_what_is_frozen_and_thaws_it", frozen);
    tests.add("a_signal_to_what_is_frozen_waits_until_it_is_thawed", pending);
    tests.add("an_empty_group_takes_every_signal", empty);
}

/// Waits until the kernel lists nobody: zombies are not.
fn wait_until_empty(group: &Cgroup) {
    wait_for("an empty group", || group.processes().unwrap().is_empty());
}

fn killed(place: &Place) {
    let top = place.create("a");
    let mut first = Running::start(&place.create("a/b"), "sleep 1000");
    let mut second = Running::start(&place.create("a/c/d"), "sleep 1000");
    top.kill(Signal::KILL).unwrap();
    assert_eq!((first.died_of(), second.died_of()), (Some(9), Some(9)));
    wait_until_empty(&top);
}

fn forking(place: &Place) {
    let group = place.create("a");
    let mut bomb = Running::start(&group, "while :; do sh -c 'sleep 1000 & :'; done");
    wait_for("a few processes", || group.processes().unwrap().len() > 5);
    group.kill(Signal::KILL).unwrap();
    assert_eq!(bomb.died_of(), Some(9));
    wait_until_empty(&group);
}

fn terminated(place: &Place) {
    let group = place.create("a");
    let mut first = Running::start(&group, "sleep 1000");
    let mut second = Running::start(&group, "exec sleep 1000");
    group.kill(Signal::TERM).unwrap();
    assert_eq!((first.died_of(), second.died_of()), (Some(15), Some(15)));
    assert!(!group.is_frozen().unwrap());
}

fn frozen(place: &Place) {
    let group = place.create("a");
    let mut sleeper = Running::start(&group, "sleep 1000");
    group.freeze().unwrap();
    group.kill(Signal::KILL).unwrap();
    assert_eq!(sleeper.died_of(), Some(9));
    wait_until_empty(&group);
}

/// Whether `process` has a handler for `signal`.
fn catches(process: Pid, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.as_raw_nonzero())).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() >> (signal.as_raw() - 1) & 1 == 1
}

fn pending(place: &Place) {
    let group = place.create("a");
    // Caught: what would end it by default ends it in version 2 even when it is frozen.
    let mut sleeper = Running::start(&group, "trap 'kill -USR1 $$' TERM; while :; do sleep 0.01; done");
    wait_for("its trap", || catches(sleeper.pid(), Signal::TERM));
    group.freeze().unwrap();
    group.kill(Signal::TERM).unwrap();
    assert!(sleeper.is_alive(), "it ended");
    // In version 2 a signal makes a process look up for a moment.
    wait_for("all to be frozen again", || group.is_frozen().unwrap());
    group.thaw().unwrap();
    assert_eq!(sleeper.died_of(), Some(10));
}

fn empty(place: &Place) {
    let group = place.create("a");
    group.kill(Signal::KILL).unwrap();
    group.kill(Signal::TERM).unwrap();
    assert!(!group.is_frozen().unwrap());
}
