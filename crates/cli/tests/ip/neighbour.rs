//! Facts about `ip neigh`.

use crate::fact::{Fact, does, shows};

/// Neighbours of all kinds; those that the kernel has itself are taken away.
const NEIGHBOURS: &str = "\
ip link add name va type veth peer name vb
echo 1 >/proc/sys/net/ipv6/conf/va/disable_ipv6
echo 1 >/proc/sys/net/ipv6/conf/vb/disable_ipv6
ip link add br0 type bridge
ip link set va up
ip link set vb up
ip address add 10.0.0.1/24 dev va
ip link set vb master br0
echo 0 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
ip link set lo up
ip neigh add 10.0.0.4 lladdr 02:00:00:00:00:05 dev va nud permanent
ip neigh add 10.0.0.5 lladdr 02:00:00:00:00:06 dev va nud stale
ip neigh add 10.0.0.6 lladdr 02:00:00:00:00:08 dev va nud noarp
ip neigh add 10.0.0.7 dev vb lladdr 02:00:00:00:00:07 nud reachable router
ip neigh add 10.0.0.9 dev va lladdr 2:0:0:0:0:9 router extern_learn protocol 5
ip neigh add 10.0.0.10 dev va lladdr 2:0:0:0:0:a managed
ip neigh add proxy 10.0.0.8 dev va
ip neigh add 10.0.0.77 dev va nud failed";

pub(crate) const FACTS: &[Fact] = &[
    shows(
        "neighbours_are_listed",
        NEIGHBOURS,
        "ip neigh; ip n show; ip neighbour list; ip neighbor lst; ip nei; ip -o n; ip -d n",
    ),
    shows(
        "neighbours_in_json",
        NEIGHBOURS,
        "ip -j n; ip -j -p n; ip -j n show dev va; ip -j n show proxy; ip -j n show nud all",
    ),
    shows("brief_neighbours", NEIGHBOURS, "ip -br n; ip -br n show dev vb; ip -c -br n"),
    shows("neighbours_of_a_family", NEIGHBOURS, "ip -4 n; ip -6 n; ip -4 -j n"),
    shows("colored_neighbours", NEIGHBOURS, "ip -c n"),
    shows(
        "neighbours_by_state",
        NEIGHBOURS,
        "ip n show nud permanent; ip n show nud stale; ip n show nud all; ip n show nud failed nud noarp; ip n show nud none; ip n show nud 0x40",
    ),
    shows(
        "neighbours_of_a_link",
        NEIGHBOURS,
        "ip n show dev va; ip n show dev vb; ip n show master br0; ip n show nomaster",
    ),
    shows(
        "neighbours_by_address",
        NEIGHBOURS,
        "ip n show to 10.0.0.4; ip n show 10.0.0.0/29; ip n show 10.0.0.5 dev va",
    ),
    shows(
        "neighbours_by_protocol",
        NEIGHBOURS,
        "ip n show protocol 5; ip n show proto kernel; ip n show unused",
    ),
    shows("proxies", NEIGHBOURS, "ip n show proxy; ip n show proxy dev va; ip -6 n show proxy"),
    shows(
        "one_neighbour",
        NEIGHBOURS,
        "ip n get 10.0.0.4 dev va; ip -j n get 10.0.0.4 dev va; ip n get proxy 10.0.0.8 dev va; ip n get to 10.0.0.99 dev va",
    ),
    shows("one_neighbour_needs_its_link", "", "ip n get 10.0.0.4; echo $?; ip n get"),
    shows("missing_link", "", "ip n show dev nonsense"),
    shows("mistyped_state", "", "ip n show nud foo"),
    shows("mistyped_vrf", "", "ip n show vrf foo"),
    shows("unknown_verb", "", "ip neigh foo"),
    does(
        "neighbour_is_added",
        NEIGHBOURS,
        "ip n add 10.0.0.20 lladdr 02:00:00:00:00:20 dev va; ip n a to 10.0.0.21 lladdr 2:0:0:0:0:21 nud stale dev va router protocol static; ip n add fd00::9 lladdr 02:00:00:00:00:20 dev lo; ip n add 10.0.0.22 dev va nud none",
        "ip n show nud all | sort",
    ),
    does(
        "proxy_is_added",
        NEIGHBOURS,
        "ip n add proxy 10.0.0.30 dev va; ip n add proxy 10.0.0.31 dev vb",
        "{ ip n show proxy; } | sort",
    ),
    does(
        "neighbour_is_changed_and_replaced",
        NEIGHBOURS,
        "ip n change 10.0.0.4 lladdr 02:00:00:00:00:20 dev va; ip n replace 10.0.0.5 dev va lladdr 02:00:00:00:00:21; ip n repl 10.0.0.50 dev va lladdr 02:00:00:00:00:21 nud reachable; ip n chg 10.0.0.51 dev va lladdr 02:00:00:00:00:21",
        "{ ip n; } | sort",
    ),
    does(
        "neighbour_that_is_there",
        NEIGHBOURS,
        "ip n add 10.0.0.4 lladdr 02:00:00:00:00:20 dev va",
        "ip n | sort",
    ),
    does(
        "neighbour_is_deleted",
        NEIGHBOURS,
        "ip n del 10.0.0.4 dev va; ip n d 10.0.0.99 dev va; ip n del proxy 10.0.0.8 dev va",
        "{ ip n; ip n show proxy; } | sort",
    ),
    does(
        "neighbours_are_flushed",
        NEIGHBOURS,
        "ip n flush dev va; ip n flush nud permanent; ip n flush proxy",
        "{ ip n show nud all; ip n show proxy; } | sort",
    ),
    does(
        "flush_tells_what_it_does",
        NEIGHBOURS,
        "ip -s n flush 10.0.0.5; ip -s n flush to 10.0.0.5",
        "ip n | sort",
    ),
    does("flush_needs_to_know_what", "", "ip n flush", "ip link show lo"),
    does("neighbour_needs_a_link_and_an_address", "", "ip n add 10.0.0.4", "ip link show lo"),
    does("mistyped_address", "", "ip n add foo dev lo", "ip link show lo"),
    does("mistyped_link_address", NEIGHBOURS, "ip n add 10.0.0.44 lladdr foo dev va", "ip n | sort"),
    does("two_addresses_are_one_too_many", "", "ip n add 10.0.0.4 10.0.0.5 dev lo", "ip link show lo"),
    does(
        "managed_and_used_neighbours_are_looked_for",
        "ip link add va type veth peer name vb; ip link set va up; ip link set vb up; ip address add 10.0.0.1/24 dev va",
        "ip neigh add 10.0.0.16 lladdr 02:00:00:00:00:0a dev va managed; ip neigh add 10.0.0.17 lladdr x dev va; echo $?",
        "ip neigh show 10.0.0.16 | sed 's/FAILED/INCOMPLETE/'",
    ),
];
