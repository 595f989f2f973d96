//! Facts about `ip link`.

use crate::fact::{Fact, shows};

/// A veth pair with one end up in a bridge.
const PAIR: &str = "\
ip link add br0 type bridge
ip link add v0 type veth peer name v1
ip link set v0 master br0 up
ip link set v0 group 7
ip link set v1 alias 'a \"text\" \\ of'
ip link property add dev v1 altname longer-name-than-fifteen altname second";

pub(crate) const FACTS: &[Fact] = &[
    shows("vrf_is_the_name_of_one", "", "ip link show vrf lo; ip link show vrf nonsense; ip address show vrf lo; ip neigh show vrf lo"),
    shows("links_are_listed", PAIR, "ip link; ip link show; ip link list; ip -o link"),
    shows("links_in_json", PAIR, "ip -j link; ip -j -p link; ip -j -br link"),
    shows("brief_links", PAIR, "ip -br link; ip -br -c link"),
    shows("colored_links", PAIR, "ip -c link; ip -c -o link"),
    shows("one_link_is_shown", PAIR, "ip link show v0; ip link show dev v1; ip -j link show v1"),
    shows("link_by_its_other_name", PAIR, "ip link show longer-name-than-fifteen; ip link show second"),
    shows("missing_link", "", "ip link show nonsense; echo $?; ip -j link show nonsense; echo $?"),
    shows("links_that_are_up", PAIR, "ip link show up"),
    shows(
        "links_of_a_type",
        PAIR,
        "ip link show type veth; ip -j link show type bridge; ip link show type bridge_slave",
    ),
    shows(
        "links_of_a_master",
        PAIR,
        "ip link show master br0; ip link show nomaster; ip link show master nonsense 2>&1 | grep .",
    ),
    shows("links_of_a_group", PAIR, "ip link show group 7; ip link show group default; ip -N link show v1"),
    shows(
        "counters",
        "ip link set lo up; ping -q -c3 -A 127.0.0.1 >/dev/null",
        "ip -s link show lo; ip -s -s link show lo; ip -o -s -s link show lo; ip -j -s -s link show lo",
    ),
    shows(
        "counters_for_people",
        "ip link set lo up; ping -q -c1100 -f -s 1100 127.0.0.1 >/dev/null",
        "ip -h -s link show lo; ip -h -iec -s link show lo",
    ),
    shows("two_names_are_one_too_many", PAIR, "ip link show v0 v1"),
    shows(
        "link_in_another_namespace",
        "ip netns add blue; ip link add v0 type veth peer name v1 netns blue",
        "ip link show v0; ip -j link show v0; ip -br link show v0; ip -n blue link show v1; ip -n blue -d link show v1",
    ),
    shows(
        "counters_of_types",
        // What the host at v1 says of its multicast groups is counted, until all is down again.
        "ip link add br0 type bridge; ip link add br1 type bridge mcast_stats_enabled 1; ip link add v0 type veth peer name v1
ip link set v0 master br1 up; ip link set v1 up; ip link set br1 up
for i in $(seq 500); do ip link xstats type bridge dev br1 | grep -q 'v2 [1-9]' && break; sleep 0.02; done
ip link set v0 down; ip link set br1 down; ip link xstats type bridge dev br1 | grep -q 'v2 [1-9]'",
        "ip link xstats type bridge; ip -j link xstats type bridge dev br0; ip -j -p link xs type bridge igmp dev br1
ip link xstats type bridge_slave stp; ip -j link xst type bridge_slave stp dev v0; ip link xstats type bridge dev v1; ip link xstats type bridge_slave dev br0",
    ),
    shows(
        "bad_counters_of_types",
        "",
        "for words in '' foo type 'type foo' 'type veth' 'type bridge foo' 'type bridge dev' 'type bridge dev nosuch' help 'type bridge help'
do ip link xstats $words; echo $?; done",
    ),
    shows(
        "counters_of_families",
        "",
        "for words in '' 'dev lo' 'dev nosuch' foo dev 'dev lo dev lo'; do ip link afstats $words; echo $?; done; ip -j link afstats; ip -j -p link afs",
    ),
];
