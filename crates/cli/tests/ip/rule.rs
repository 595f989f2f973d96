//! Facts about `ip rule`.

use crate::fact::{Fact, does, shows};

/// Rules of all kinds.
const RULES: &str = "\
ip link add name va type veth peer name vb
ip rule add priority 100 not from 10.0.0.0/8 to 10.1.0.0/16 tos 4 fwmark 1/255 iif va oif vb ipproto tcp sport 10-20 dport 80 uidrange 0-5 lookup 1000 suppress_prefixlength 3 suppress_ifgroup 4 protocol 7
ip rule add from 10.0.0.1 fwmark 7 iif nosuch lookup main prio 101
ip rule add goto 200 prio 102
ip rule add blackhole prio 103
ip rule add prohibit ipproto 200 prio 104
ip rule add unreachable realms 3/4 prio 105
ip rule add nop prio 106
ip rule add from all table 5 realms 4 prio 107
ip rule add l3mdev prio 108
ip rule add goto 107 prio 99
ip rule add tun_id 77 table 8 prio 109
ip rule add to 10.9.0.1 oif vb table 300 protocol static
ip -6 rule add from fd00::/8 table 9 prio 5
ip -6 rule add to fd01::1 ipproto udp sport 53 prohibit";

pub(crate) const FACTS: &[Fact] = &[
    shows(
        "rules_are_listed",
        RULES,
        "ip rule; ip ru show; ip rule list; ip rule lst; ip -o rule; ip -br rule",
    ),
    shows("rules_of_ipv6", RULES, "ip -6 rule; ip -6 -j rule; ip -6 -d rule"),
    shows("rules_in_json", RULES, "ip -j rule; ip -j -p rule; ip -j -d rule"),
    shows("details_of_rules", RULES, "ip -d rule; ip -N rule"),
    shows("colored_rules", RULES, "ip -c rule; ip -c -6 rule"),
    shows(
        "rules_of_a_table",
        RULES,
        "ip rule show table main; ip rule list lookup 5; ip rule show table all; ip rule show table 1000",
    ),
    shows(
        "rules_by_what_they_compare",
        RULES,
        "ip rule show from 10.0.0.1; ip rule show to 10.1.0.0/16; ip rule show iif va; ip rule show dev va; ip rule show oif vb; ip rule show fwmark 7; ip rule show fwmark 1/255; ip rule show tos 4; ip rule show not; ip rule show dport 80; ip rule show sport 10-20; ip rule show l3mdev; ip rule show uidrange 0-5; ip rule show ipproto tcp; ip rule show tun_id 77; ip rule show prio 100; ip rule show from 10/8",
    ),
    shows("rules_of_a_protocol_are_not_told_apart", RULES, "ip rule show protocol 7"),
    shows("mistyped_filters", "", "ip rule show prio 1-3"),
    shows("mistyped_network", "", "ip rule show foo"),
    shows("unknown_verb", "", "ip rule foo"),
    does(
        "rule_is_added",
        "",
        "ip rule add from 10/8 table 7; ip rule add fwmark 0x10/0xf0 lookup 8 prio 5; ip ru a to 10.0.0.1 prio 6; ip rule add type blackhole prio 7; ip rule add unicast prio 8; ip rule add reject prio 9; ip rule add iif lo lookup main suppress_prefixlength 0 prio 10; ip rule add pref 11 order 12",
        "ip -d rule",
    ),
    does(
        "rule_of_ipv6_is_added",
        "",
        "ip rule add from fd00::/8 table 7; ip -6 rule add prio 6 table 300; ip -6 rule add goto 32766 prio 7; ip -6 rule add from fd00::/8 table 7",
        "ip -6 -d rule",
    ),
    does(
        "rule_has_all_that_it_is_given",
        "",
        "ip rule add priority 100 not from 10.0.0.0/8 to 10.1.0.0/16 dsfield 4 fwmark 1/255 iif va oif vb ipproto tcp sport 10-20 dport 80 uidrange 0-5 lookup 1000 sup_pl 3 sup_group 4 protocol static realms 3/4",
        "ip rule; ip -j rule",
    ),
    does(
        "rule_that_is_there",
        "",
        "ip rule add from 10/8 table 7 prio 5; ip rule add from 10/8 table 7 prio 5",
        "ip rule",
    ),
    does(
        "rule_is_deleted",
        RULES,
        "ip rule del prio 100; ip rule d from 10.0.0.1 fwmark 7 iif nosuch lookup main; ip rule del blackhole prio 103; ip rule del table 300; ip -6 rule del from fd00::/8; ip rule del l3mdev",
        "ip rule; ip -6 rule",
    ),
    does("rule_that_is_not_there_is_deleted", "", "ip rule del prio 999", "ip rule"),
    does("rules_are_flushed", RULES, "ip rule flush", "ip rule; ip -6 rule"),
    does(
        "rules_of_a_protocol_are_flushed",
        RULES,
        "ip rule flush protocol 7; ip -6 rule flush proto 0",
        "ip rule; ip -6 rule",
    ),
    does(
        "rules_that_are_described_are_flushed",
        RULES,
        "ip rule flush from 10.0.0.0/8; ip rule flush table 5; ip rule flush pref 103 protocol 3; ip -6 rule flush from fd00::/8; ip rule flush iif bogus; ip rule flush bogus; echo $?",
        "ip rule; ip -6 rule",
    ),
    does("rule_needs_to_be_said", "", "ip rule add", "ip rule"),
    does("deleting_needs_to_know_what", "", "ip rule del", "ip rule"),
    does("mistyped_priority", "", "ip rule add prio foo", "ip rule"),
    does("mistyped_table", "", "ip rule add table foo", "ip rule"),
    does("mistyped_prefix", "", "ip rule add from foo", "ip rule"),
    does("mistyped_mark", "", "ip rule add fwmark foo", "ip rule"),
    does("mistyped_type", "", "ip rule add foo", "ip rule"),
    does("mistyped_ports", "", "ip rule add sport foo", "ip rule"),
    does("value_is_missing", "", "ip rule add iif", "ip rule"),
    does(
        "rule_of_a_type",
        "",
        "ip rule add type nat; ip rule add type xresolve; ip rule add type 11; ip rule add type broadcast; ip -6 rule add type throw; ip rule add type local; echo $?; ip rule add type foo",
        "ip rule; ip -j rule; ip -6 rule",
    ),
    does(
        "rule_of_another_address",
        "",
        "ip rule add nat 10.0.0.1; ip rule add from 10.0.0.1 map-to 10.0.0.2; ip rule add nat foo",
        "ip rule; ip -j rule",
    ),
    does("another_address_is_missing", "", "ip rule add nat", "ip rule"),
    does("long_name_of_a_link", "", "ip rule add iif averyverylongname", "ip rule"),
    does("name_that_no_link_can_have", "", "ip rule add dev a/b", "ip rule"),
    does("table_of_an_l3mdev_rule", "", "ip rule add l3mdev table 5", "ip rule"),
    does("mistyped_tunnel", "", "ip rule add tun_id foo table 5", "ip rule"),
    does(
        "types_of_service_are_hexadecimal",
        "",
        "ip rule add tos 10 table 5; ip rule add dsfield 8 table 6; ip rule show tos 10; ip rule add tos 100 table 5",
        "ip rule",
    ),
];
