//! Facts about `ip netconf`.

use crate::fact::{Fact, shows};

const STATE: &str = "\
ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02
ip link set lo up
ip link set va up
echo 1 >/proc/sys/net/ipv4/conf/va/forwarding
echo 2 >/proc/sys/net/ipv4/conf/vb/rp_filter";

pub(crate) const FACTS: &[Fact] = &[
    shows(
        "settings_are_shown",
        STATE,
        "ip netconf; ip netconf show dev va; ip -4 netconf list; ip -6 netconf lst dev lo; ip -o netconf; ip -f bridge netconf; ip netconf show foo",
    ),
    shows(
        "settings_in_json",
        STATE,
        "ip -j netconf; ip -j -p netconf show dev lo; ip -j -f mpls netconf; ip -4 -j netconf show dev va",
    ),
    shows("unknown_link", STATE, "ip netconf show dev nonsense"),
    shows("unknown_verb", STATE, "ip netconf foo"),
    shows("value_is_missing", STATE, "ip netconf show dev"),
];
