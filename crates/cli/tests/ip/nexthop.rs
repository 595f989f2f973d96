//! Facts about `ip nexthop`, and about routes by next hop objects.

use crate::fact::{Fact, does, shows};

/// Next hops of all kinds, and routes by some of them.
const NEXT_HOPS: &str = "\
ip link add va type veth peer name vb
ip link set lo up
ip link set va up
ip link set vb up
ip addr add 10.0.0.1/24 dev va
ip addr add fd00::1/64 dev va nodad
ip nexthop add id 1 via 10.0.0.2 dev va
ip nexthop add id 2 via 10.0.0.3 dev va proto 5 onlink
ip nexthop add id 3 blackhole
ip nexthop add id 4 dev lo
ip -6 nexthop add id 5 dev va
ip nexthop add id 6 via fd00::9 dev va
ip nexthop add id 10 group 1/2
ip nexthop add id 11 group 1,3/2,2
ip nexthop add id 13 group 1 type mpath
ip nexthop add id 15 via 10.0.0.3 fdb
ip nexthop add id 16 group 15 fdb
ip nexthop add id 20 group 1,3/2 type resilient buckets 4 idle_timer 7 unbalanced_timer 9
ip route add 10.1/16 nhid 1
ip route add 10.2/16 nhid 10
ip -6 route add fd01::/64 nhid 6";

const ALL: &str = "ip nexthop; ip -d nexthop; ip route; ip -6 route | grep -v fe80";

pub(crate) const FACTS: &[Fact] = &[
    shows(
        "next_hops_are_listed",
        NEXT_HOPS,
        "ip nexthop; ip nexthop l; ip -o nexthop; ip -c nexthop; ip -d nexthop; ip -4 nexthop; ip -6 nexthop; ip -N -d nexthop",
    ),
    shows("next_hops_in_json", NEXT_HOPS, "ip -j nexthop; ip -j -p -d nexthop"),
    shows(
        "one_next_hop",
        NEXT_HOPS,
        "ip nexthop show id 1; ip nexthop show id 99; ip nexthop get id 20; ip nexthop get id 99",
    ),
    shows(
        "next_hops_of_a_kind",
        NEXT_HOPS,
        "ip nexthop show dev va; ip nexthop show groups; ip nexthop show fdb; ip nexthop show proto 5; ip nexthop show master va",
    ),
    shows("missing_vrf", NEXT_HOPS, "ip nexthop show vrf x"),
    shows("missing_link", NEXT_HOPS, "ip nexthop show dev x"),
    shows("mistyped_protocol", NEXT_HOPS, "ip nexthop show proto x"),
    shows("mistyped_filter", NEXT_HOPS, "ip nexthop show x"),
    shows("mistyped_number", NEXT_HOPS, "ip nexthop get id x"),
    shows("unknown_verb", NEXT_HOPS, "ip nexthop x"),
    shows(
        "buckets",
        NEXT_HOPS,
        "ip nexthop bucket | sed 's/idle_time [0-9.]*//'; ip -j nexthop bucket list id 20 | sed 's/idle_time\":[0-9.]*//g'; ip nexthop bucket list nhid 2 | wc -l; ip nexthop bucket get id 20 index 1 | wc -w",
    ),
    shows(
        "buckets_of_a_group_that_has_none",
        NEXT_HOPS,
        "ip nexthop bucket list id 10; ip nexthop bucket get id 10 index 1; ip nexthop bucket list id 99",
    ),
    shows("mistyped_bucket", NEXT_HOPS, "ip nexthop bucket get id 1 index x"),
    shows(
        "routes_by_next_hops",
        NEXT_HOPS,
        "ip route; ip -d route; ip -j route; ip -d -j -p route; ip -d -6 route; ip -o -d route; ip -d -6 -j route; ip route get fibmatch 10.2.0.1; ip -d route get 10.1.0.1",
    ),
    does(
        "next_hop_is_added",
        NEXT_HOPS,
        "ip nexthop add id 101 via 10.0.0.2 dev va; ip nexthop a via 10.0.0.77 dev va prot static; ip nexthop add id 30 via inet6 fd00::7 dev va; ip nexthop add id 31 blackhole; ip -6 nexthop add id 32 dev vb",
        ALL,
    ),
    does(
        "group_is_added",
        NEXT_HOPS,
        "ip nexthop add id 30 group 1/2,5; ip nexthop add id 31 group 1/2,7 type resilient buckets 8 idle_timer 3 proto 7; ip nexthop add id 32 group 15 fdb; ip nexthop add id 33 group 1 type mpath",
        ALL,
    ),
    does("next_hop_that_is_there", NEXT_HOPS, "ip nexthop add id 1 via 10.0.0.2 dev va", ALL),
    does(
        "next_hop_is_replaced",
        NEXT_HOPS,
        "ip nexthop replace id 1 via 10.0.0.4 dev va; ip nexthop replace id 50 blackhole",
        ALL,
    ),
    does("next_hop_of_the_other_family", NEXT_HOPS, "ip nexthop add id 30 dev va via fd00::1", ALL),
    does("nothing_is_added", NEXT_HOPS, "ip nexthop add", ALL),
    does("number_is_missing", NEXT_HOPS, "ip nexthop add id", ALL),
    does("mistyped_group", NEXT_HOPS, "ip nexthop add id 30 group foo", ALL),
    does("mistyped_weight", NEXT_HOPS, "ip nexthop add id 30 group 1,300", ALL),
    does("group_that_ends_early", NEXT_HOPS, "ip nexthop add id 30 group 1/", ALL),
    does("group_of_what_is_not_there", NEXT_HOPS, "ip nexthop add id 30 group 99", ALL),
    does("type_without_a_group", NEXT_HOPS, "ip nexthop add id 30 type resilient buckets 4", ALL),
    does("buckets_of_the_usual_type", NEXT_HOPS, "ip nexthop add id 30 group 1 type mpath buckets 4", ALL),
    does("mistyped_type", NEXT_HOPS, "ip nexthop add id 30 group 1 type foo", ALL),
    does("mistyped_word", NEXT_HOPS, "ip nexthop add id 30 foo", ALL),
    does("mistyped_timer", NEXT_HOPS, "ip nexthop add id 30 group 1 type resilient idle_timer foo", ALL),
    does("next_hop_is_deleted", NEXT_HOPS, "ip nexthop del id 1; ip nexthop delete id 5", ALL),
    does("next_hop_that_is_not_there_is_deleted", NEXT_HOPS, "ip nexthop del id 99", ALL),
    does("deleting_needs_a_number", NEXT_HOPS, "ip nexthop del", ALL),
    does("next_hops_are_flushed", NEXT_HOPS, "ip nexthop flush", ALL),
    does("flushing_nothing", NEXT_HOPS, "ip nexthop flush proto 99", ALL),
    does(
        "some_next_hops_are_flushed",
        NEXT_HOPS,
        "ip nexthop flush proto 5; ip nexthop flush dev lo; ip nexthop flush groups; ip nexthop flush id 3",
        ALL,
    ),
    does("next_hop_that_is_not_there_is_flushed", NEXT_HOPS, "ip nexthop flush id 99", ALL),
];
