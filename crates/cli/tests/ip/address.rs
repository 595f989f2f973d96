//! Facts about `ip address`.

use crate::fact::{Fact, does, shows};

/// A veth pair with addresses of all kinds.
const ADDRESSES: &str = "\
ip link add br0 type bridge
ip link add v0 type veth peer name v1
ip link set v0 up alias foo
ip link property add dev v1 altname longer-name-than-fifteen
ip address add 10.0.0.1/24 dev v0 brd +
ip address add 10.0.0.2/24 dev v0 label v0:x noprefixroute
ip address add fd00::1/64 dev v0 nodad
ip address add 10.2.0.1 peer 10.2.0.2/30 dev v1 metric 7
ip address add 10.3.0.1/8 dev v1 scope link
ip address add fe80::7/64 dev v1 nodad
ip address add ::1.2.3.4/128 dev v1 nodad
ip -6 address flush dev v0 scope link";

pub(crate) const FACTS: &[Fact] = &[
    shows("addresses_are_listed", ADDRESSES, "ip a; ip address show; ip addr list; ip a l; ip a s"),
    shows(
        "addresses_in_json",
        ADDRESSES,
        "ip -j a; ip -j -p a; ip -j -br a; ip -j -o a; ip -j -4 a; ip -j a show up",
    ),
    shows("brief_addresses", ADDRESSES, "ip -br a; ip -br -4 a; ip -c -br a; ip -br a show up"),
    shows(
        "one_line_for_each_address",
        ADDRESSES,
        "ip -o a; ip -o -4 a; ip -o -6 a show v0; ip -o -0 a; ip -0 -br a",
    ),
    shows(
        "addresses_of_one_family",
        ADDRESSES,
        "ip -4 a; ip -6 a; ip -0 a; ip -4 a show v1; ip -6 a show br0",
    ),
    shows("colored_addresses", ADDRESSES, "ip -c a; ip -c -o a"),
    shows(
        "details_of_links_with_addresses",
        "ip address add 10.0.0.1/8 dev lo",
        "ip -d a show lo; ip -d -4 a show lo; ip -d -j a show lo",
    ),
    shows(
        "counters_of_links_with_addresses",
        ADDRESSES,
        "ip -s a show br0; ip -s -s -j a show lo; ip -s a show lo; ip -s -o a",
    ),
    shows(
        "addresses_of_one_link",
        ADDRESSES,
        "ip a show v0; ip a show dev v1; ip a show longer-name-than-fifteen; ip a s v0 up",
    ),
    shows("addresses_of_links_that_are_up", ADDRESSES, "ip a show up; ip -4 a show up"),
    shows(
        "addresses_of_links_of_a_type",
        ADDRESSES,
        "ip a show type veth; ip a show type bridge; ip -j a show type bridge",
    ),
    shows(
        "addresses_by_scope",
        ADDRESSES,
        "ip a show scope global; ip a show scope link; ip a show scope 253; ip a show scope all",
    ),
    shows(
        "addresses_by_label",
        ADDRESSES,
        "ip a show label 'v0:*'; ip a show label 'v0*'; ip -j a show label 'v0*'; ip -4 a show label v1; ip -o a show label 'v?'",
    ),
    shows(
        "addresses_by_network",
        ADDRESSES,
        "ip a show to 10/16; ip a show to 10.3.0.1; ip -4 a show to 10.0.0.0/8 scope link",
    ),
    shows(
        "addresses_by_flag",
        ADDRESSES,
        "ip a show primary; ip a show secondary; ip a show dynamic; ip a show permanent; ip a show -nodad; ip a show nodad",
    ),
    shows("missing_link_has_no_addresses", "", "ip a show nonsense; echo $?; ip -j a show nonsense"),
    shows("mistyped_filters", "", "ip a show scope foo"),
    shows("mistyped_network", "", "ip a show to foo"),
    shows("unknown_verb", "", "ip address foo"),
    does(
        "address_is_added",
        "ip link add br0 type bridge",
        "ip address add 10.0.0.1/24 dev br0; ip a add local fd00::1/64 dev br0",
        "ip -d a show br0 | grep inet",
    ),
    does(
        "address_has_all_that_it_is_given",
        "ip link add br0 type bridge",
        "ip a a 10.0.0.1 peer 10.1.0.1/24 brd + scope link label br0:a metric 7 noprefixroute dev br0; ip a a 10.0.0.9/24 brd - anycast 10.0.0.5 dev br0",
        "ip a show br0 | grep inet",
    ),
    does(
        "short_addresses_and_netmasks",
        "ip link add br0 type bridge",
        "ip a add 10.1/16 dev br0; ip a add 10.2.0.1/255.255.0.0 dev br0; ip a add 10.3.0.1 dev br0",
        "ip a show br0 | grep inet",
    ),
    does("loopback_address_is_of_the_host", "", "ip a add 127.0.0.2/8 dev lo", "ip a show lo"),
    does(
        "lifetimes",
        "ip link add br0 type bridge",
        "ip a add 10.0.0.1/24 dev br0 valid_lft 100000 preferred_lft 0",
        "ip a show br0 | grep inet",
    ),
    does(
        "lifetimes_that_make_no_sense",
        "",
        "ip a add 10.0.0.1/24 dev lo valid_lft 0; ip a add 10.0.0.1/24 dev lo valid_lft 5 preferred_lft 7",
        "ip a show lo",
    ),
    does("lifetime_that_is_none", "", "ip a add 10.0.0.1/24 dev lo valid_lft never", "ip a show lo"),
    does(
        "address_is_changed_and_replaced",
        "ip a add 10.0.0.1/24 dev lo",
        "ip a change 10.0.0.1/24 dev lo preferred_lft 0; ip a replace 10.0.0.2/24 dev lo; ip a replace 10.0.0.2/24 dev lo",
        "ip a show lo | grep -v valid",
    ),
    does(
        "address_that_is_there",
        "ip a add 10.0.0.1/24 dev lo",
        "ip a add 10.0.0.1/24 dev lo",
        "ip a show lo",
    ),
    does(
        "address_is_deleted",
        "ip a add 10.0.0.1/24 dev lo; ip a add 10.0.0.2/24 dev lo; ip a add fd00::1/64 dev lo",
        "ip a del 10.0.0.2/24 dev lo; ip a d fd00::1/64 dev lo",
        "ip a show lo",
    ),
    does(
        "address_without_a_length_is_deleted_with_a_warning",
        "ip a add 10.0.0.1/24 dev lo",
        "ip a del 10.0.0.1 dev lo",
        "ip a show lo",
    ),
    does("address_that_is_not_there_is_deleted", "", "ip a del 10.0.0.1/24 dev lo", "ip a show lo"),
    does("address_needs_a_link", "", "ip a add 10.0.0.1/24", "ip a show lo"),
    does("address_for_a_missing_link", "", "ip a add 10.0.0.1/24 dev nonsense", "ip a show lo"),
    does("label_may_be_any", "", "ip a add 10.0.0.1/24 dev lo label x", "ip a show lo"),
    does("two_addresses_are_one_too_many", "", "ip a add 10.0.0.1/24 10.0.0.2/24 dev lo", "ip a show lo"),
    does("peer_is_given_once", "", "ip a add 10.0.0.1 peer 10.0.0.2 peer 10.0.0.3 dev lo", "ip a show lo"),
    does("address_that_is_none", "", "ip a add foo dev lo", "ip a show lo"),
    does("address_of_the_other_family", "", "ip -6 a add 10.0.0.1/24 dev lo", "ip a show lo"),
    does("broadcast_is_of_ipv4", "", "ip a add fd00::1/64 brd + dev lo", "ip a show lo"),
    does(
        "address_that_joins_a_group_must_be_one",
        "",
        "ip a add 10.0.0.1/24 dev lo autojoin",
        "ip a show lo",
    ),
    does(
        "addresses_are_flushed",
        ADDRESSES,
        "ip a flush dev v1; ip -4 a flush label 'v0:*'",
        "ip a | grep inet",
    ),
    does(
        "flush_tells_what_it_does",
        "ip a add 10.0.0.1/24 dev lo; ip a add 10.0.0.2/24 dev lo",
        "ip -s -4 a flush dev lo; ip -s a flush dev lo; ip -s -s a flush dev lo",
        "ip a show lo",
    ),
    does(
        "flush_of_what_is_primary",
        "ip a add 10.0.0.1/24 dev lo; ip a add 10.0.0.2/24 dev lo",
        "ip -s -s a flush primary dev lo",
        "ip a show lo",
    ),
    does("flush_needs_to_know_what", "", "ip a flush", "ip a show lo"),
    does("link_addresses_are_not_flushed", "", "ip -0 a flush dev lo", "ip a show lo"),
    shows(
        "label_stands_for_its_link",
        "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1",
        "ip -4 addr show v0:1; ip -4 addr show dev v0:1",
    ),
    does(
        "label_stands_for_its_link_in_changes",
        "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1",
        "ip addr add 10.0.0.66/24 dev v0:1; ip link set v0:1 mtu 1300",
        "ip -4 addr",
    ),
    does(
        "no_address_at_all",
        "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1",
        "ip addr add any dev v0; echo $?; ip addr add default dev v0",
        "ip -4 addr",
    ),
    does(
        "no_address_of_a_family",
        "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1",
        "ip -4 addr add any dev v0",
        "ip -4 addr",
    ),
];
