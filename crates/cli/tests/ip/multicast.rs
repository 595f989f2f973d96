//! Facts about `ip maddress`.

use crate::fact::{Fact, does, shows};

const STATE: &str = "\
ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02
ip link set lo up
ip link set va up
ip address add 10.0.0.1/24 dev va
ip address add fd00::1/64 dev va nodad
ip maddr add 33:33:00:00:00:09 dev va
ip maddr add 33:33:00:00:00:01 dev va";

const ALL: &str = "ip -0 maddr | sort";

pub(crate) const FACTS: &[Fact] = &[
    shows(
        "addresses_are_listed",
        STATE,
        "ip maddress; ip maddr show va; ip maddr show dev lo; ip maddr show nonsense; ip -4 maddr; ip -6 maddr show va; ip -0 maddr show va; ip -o maddr; ip -c maddr; ip -d maddr",
    ),
    shows(
        "addresses_in_json",
        STATE,
        "ip -j maddr; ip -j -p maddr show va; ip -j -4 -o maddr; ip -j maddr show x",
    ),
    shows("two_links", STATE, "ip maddr show va vb"),
    shows("unknown_verb", STATE, "ip maddr foo"),
    shows("value_is_missing", STATE, "ip maddr show dev"),
    does(
        "address_is_added",
        STATE,
        "ip maddr add 33:33:00:00:00:77 dev va; ip maddr a 33:33:00:00:00:78 dev vb; ip maddr add 33:33:00:00:00:09 dev va",
        ALL,
    ),
    does("second_address", STATE, "ip maddr add 01:00:5e:00:00:09 va", ALL),
    does("address_of_a_packet", STATE, "ip maddr add 224.0.0.9 dev va", ALL),
    does("mistyped_address", STATE, "ip maddr add zz dev va", ALL),
    does("short_address", STATE, "ip maddr add 1:2 dev va", ALL),
    does("link_is_missing", STATE, "ip maddr add 33:33:00:00:00:0a", ALL),
    does("unknown_link", STATE, "ip maddr add 33:33:00:00:00:0a dev foo", ALL),
    does("long_name_of_a_link", STATE, "ip maddr add 33:33:00:00:00:0a dev averylongnameofalink", ALL),
    does(
        "address_is_deleted",
        STATE,
        "ip maddr del 33:33:00:00:00:09 dev va; ip maddr d 33:33:00:00:00:09 dev va",
        ALL,
    ),
];
