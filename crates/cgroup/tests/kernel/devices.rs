//! Devices: from inside a group, what is denied is tried.

use insula_cgroup::{Cgroup, DeviceAccess, DeviceKind, DeviceRule, Resources, SetError};

use crate::harness::{Place, Running, Tests};

pub(crate) fn add(tests: &mut Tests) {
    let has_devices = |hierarchies: &insula_cgroup::Hierarchies| {
        hierarchies.is_unified() || hierarchies.controllers().contains(insula_cgroup::Controller::Devices)
    };
    let why = "no controller for devices is mounted";
    tests.add_where("a_device_that_is_denied_is_not_opened", why, has_devices, denied);
    tests.add_where("new_rules_take_the_place_of_old_ones", why, has_devices, replaced);
    tests.add_where("the_last_rule_counts_for_each_access", why, has_devices, last);
}

fn rule(allow: bool, kind: DeviceKind, major: Option<u32>, minor: Option<u32>, access: &str) -> DeviceRule {
    DeviceRule { allow, kind, major, minor, access: access.parse().unwrap() }
}

fn everything(allow: bool) -> DeviceRule {
    DeviceRule { allow, kind: DeviceKind::All, major: None, minor: None, access: DeviceAccess::ALL }
}

fn set(group: &Cgroup, rules: &[DeviceRule]) {
    group.set(&Resources { devices: Some(rules.to_vec()), ..Resources::default() }).unwrap();
}

/// Whether a shell in the group can do this. What it says is judged, so that a shell that fails for another reason is seen.
fn can(group: &Cgroup, command: &str) -> bool {
    let command = format!("exec 2>&1; if {command}; then exit 0; else exit 1; fi");
    let mut running = Running::start(group, &command);
    running.exit_code() == 0
}

fn denied(place: &Place) {
    let group = place.create("a");
    assert!(can(&group, ": < /dev/zero"));
    set(&group, &[everything(false), rule(true, DeviceKind::Char, Some(1), Some(3), "rwm")]);
    assert!(can(&group, ": < /dev/null") && can(&group, ": > /dev/null"));
    assert!(!can(&group, ": < /dev/zero"));
    // A node of one's own is no way round it, nor is making one.
    let node = format!("/tmp/insula-test-node-{}", std::process::id());
    assert!(!can(&group, &format!("mknod {node} c 1 5")));
    let made = std::process::Command::new("mknod").args([&node, "c", "1", "5"]).status().unwrap();
    assert!(made.success());
    assert!(!can(&group, &format!(": < {node}")));
    std::fs::remove_file(node).unwrap();
    // A group below cannot allow what the one above denies.
    let below = place.create("a/b");
    match below.set(&Resources { devices: Some(vec![everything(true)]), ..Resources::default() }) {
        Ok(()) | Err(SetError::File { .. } | SetError::NotDelegated { .. }) => {}
        Err(error) => panic!("{error:?}"),
    }
    assert!(!can(&below, ": < /dev/zero"));
}

fn replaced(place: &Place) {
    let group = place.create("a");
    let null = rule(true, DeviceKind::Char, Some(1), Some(3), "rwm");
    let zero = rule(true, DeviceKind::Char, Some(1), Some(5), "r");
    set(&group, &[everything(false), null]);
    set(&group, &[everything(false), null, zero]);
    assert!(can(&group, ": < /dev/zero") && !can(&group, ": > /dev/zero") && can(&group, ": < /dev/null"));
    set(&group, &[everything(false), zero]);
    assert!(can(&group, ": < /dev/zero") && !can(&group, ": < /dev/null"));
    set(&group, &[everything(true)]);
    assert!(can(&group, ": > /dev/zero") && can(&group, ": < /dev/null"));
}

fn last(place: &Place) {
    let group = place.create("a");
    let zero = |allow, access| rule(allow, DeviceKind::Char, Some(1), Some(5), access);
    set(&group, &[everything(false), zero(true, "rw"), zero(false, "w")]);
    assert!(can(&group, ": < /dev/zero") && !can(&group, ": > /dev/zero"));
    // Two rules together allow what one open asks for.
    set(&group, &[everything(false), zero(true, "r"), zero(true, "w")]);
    assert!(can(&group, ": <> /dev/zero"));
    // Out of all of a major number, one: what version 1 cannot express is an error there, not a hole.
    let all = rule(true, DeviceKind::Char, Some(1), None, "rwm");
    let rules = vec![everything(false), all, zero(false, "rwm")];
    match group.set(&Resources { devices: Some(rules), ..Resources::default() }) {
        Ok(()) => assert!(!can(&group, ": < /dev/zero") && can(&group, ": < /dev/full")),
        Err(SetError::PartOfRule { rule, .. }) => assert_eq!(rule.to_string(), "deny c 1:5 rwm"),
        Err(error) => panic!("{error:?}"),
    }
}
