//! Facts about `ip monitor`.
//!
//! The original's `ip` makes the changes; both tools start before them, and end when the last one is shown.

use crate::fact::{Fact, does, shows};

/// What a monitor with these words shows of what is done then. A rule for table 9999, or the last word, is the last change.
macro_rules! hears {
    ($name:literal, $setup:expr, $words:literal, $changes:literal, $last:literal) => {
        does(
            $name,
            $setup,
            concat!(
                "timeout 20 ip ",
                $words,
                " >heard 2>&1 & monitor=$!\n",
                "until awk 'NR > 1 && $4 != \"00000000\"' /proc/net/netlink | grep -q .; do sleep 0.05; done; sleep 0.1\n",
                $changes,
                "\nuntil grep -q '",
                $last,
                "' heard || ! kill -0 $monitor; do sleep 0.05; done\n{ kill $monitor; wait $monitor; } 2>/dev/null; cat heard; rm heard"
            ),
            "echo done",
        )
    };
}

const BRIDGE: &str = "\
cd /run
mount -t proc none /proc
ip link add br0 address 02:00:00:00:00:01 type bridge
ip netns add blue
ip netns set blue 5";

pub(crate) const FACTS: &[Fact] = &[
    hears!(
        "all_that_changes",
        BRIDGE,
        "monitor",
        "ip link set lo mtu 1400; ip address add 10.0.0.1/24 dev lo; ip route add blackhole 10.3/16; ip route del blackhole 10.3/16
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev br0; ip neigh del 10.0.0.9 dev br0; ip link set br0 alias x
ip address del 10.0.0.1/24 dev lo; ip rule add table 9999; ip rule del table 9999",
        "Deleted.*9999"
    ),
    hears!(
        "labels",
        BRIDGE,
        "monitor label",
        "ip link set lo mtu 1400; ip address add 10.0.0.1/24 dev lo; ip route add blackhole 10.3/16
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev br0; ip netns add red; ip netns set red 7; ip rule add table 9999",
        "9999"
    ),
    hears!(
        "only_what_is_asked_for",
        BRIDGE,
        "monitor address rule",
        "ip link set lo mtu 1400; ip address add 10.0.0.1/24 dev lo; ip route add blackhole 10.3/16; ip rule add table 9999",
        "9999"
    ),
    hears!(
        "only_one_family",
        BRIDGE,
        "-6 monitor address route rule",
        "ip address add 10.0.0.1/24 dev lo; ip -6 route add blackhole fd03::/16; ip rule add table 7; ip -6 rule add table 9999",
        "9999"
    ),
    hears!(
        "only_one_link",
        BRIDGE,
        "monitor link address route neigh rule dev br0",
        "ip link set lo mtu 1400; ip link set br0 mtu 1400; ip address add 10.0.0.1/24 dev lo
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev br0; ip rule add table 9999",
        "9999"
    ),
    hears!(
        "one_line_for_each_change",
        BRIDGE,
        "-o -d monitor link address rule",
        "ip link set br0 alias x; ip link property add dev br0 altname another; ip address add 10.0.0.1/24 dev lo; ip rule add table 9999",
        "9999"
    ),
    hears!(
        "what_changes_in_other_namespaces",
        BRIDGE,
        "monitor all-nsid label link address nsid rule",
        "ip -n blue link set lo mtu 1400; ip -n blue address add 10.1.1.1/24 dev lo; ip netns add red; ip netns set red 7
ip link set br0 mtu 1400; ip rule add table 9999",
        "9999"
    ),
    hears!(
        "entries_of_a_bridge",
        "cd /run
mount -t proc none /proc
ip link add br0 address 02:00:00:00:00:01 type bridge
ip link add v0 address 02:00:00:00:00:02 type veth peer name v1 address 02:00:00:00:00:03
ip link set v0 master br0",
        "monitor label neigh rule",
        "bridge fdb add 02:00:00:00:00:09 dev v0 master static; bridge fdb add 02:00:00:00:00:0b dev v0 self
bridge fdb del 02:00:00:00:00:09 dev v0 master; ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev br0
ip link set v0 nomaster; ip rule add table 9999",
        "9999"
    ),
    hears!(
        "settings",
        BRIDGE,
        "monitor netconf rule",
        "echo 1 >/proc/sys/net/ipv4/conf/all/forwarding; echo 2 >/proc/sys/net/ipv4/conf/lo/rp_filter
echo 1 >/proc/sys/net/ipv4/conf/default/proxy_arp; ip rule add table 9999",
        "9999"
    ),
    hears!(
        "next_hops",
        BRIDGE,
        "monitor label nexthop rule",
        "ip link set br0 up; ip nexthop add id 1 dev br0; ip nexthop add id 2 blackhole; ip nexthop add id 3 group 1
ip nexthop replace id 1 via 10.0.0.4 dev br0 onlink; ip nexthop del id 1; ip nexthop del id 2; ip rule add table 9999",
        "9999"
    ),
    hears!(
        "labels_of_one_link",
        BRIDGE,
        "monitor all dev br0",
        "ip link set lo mtu 1400; ip link set br0 mtu 1400; ip address add 10.0.0.1/24 dev br0; ip address add 10.0.1.1/24 dev lo
echo 1 >/proc/sys/net/ipv4/conf/br0/forwarding; echo 1 >/proc/sys/net/ipv4/conf/lo/forwarding; ip nexthop add id 4 blackhole
ip rule add table 9999",
        "9999"
    ),
    hears!(
        "brief_changes",
        BRIDGE,
        "-br monitor",
        "ip link set br0 mtu 1400; ip address add 10.0.0.1/24 dev br0; ip rule add table 9999",
        "9999"
    ),
    hears!(
        "a_link_that_goes_to_another_namespace",
        BRIDGE,
        "monitor link rule",
        "ip link add v0 address 02:00:00:00:00:03 type veth peer name v1 address 02:00:00:00:00:04 netns blue
ip link set v0 netns blue; ip rule add table 9999",
        "9999"
    ),
    hears!(
        "colors_details_and_numbers",
        BRIDGE,
        "-c -d -N monitor address route neigh rule",
        "ip address add 10.0.0.1/24 dev br0; ip route add blackhole 10.3/16 proto static; ip neigh add 10.0.0.9 lladdr 2:0:0:0:0:9 dev br0
ip neigh flush dev br0; ip rule add table 9999",
        "9999"
    ),
    shows("unknown_object", "", "ip monitor foo"),
    shows("missing_link", "", "ip monitor dev nonsense"),
];
