//! Facts about `ip route`.

use crate::fact::{Fact, does, shows};

/// Two ends of a cable with an address on one of them.
const WIRED: &str = "\
ip link set lo up
ip link add name va type veth peer name vb
ip link set va up
ip link set vb up
ip address add 10.0.0.1/24 dev va
ip address add fd00::1/64 dev va nodad
until ip -6 route show table local | grep -q ^multicast.*vb; do :; done
ip -6 address flush dev va scope link
ip -6 address flush dev vb scope link
ip -6 route flush table local type multicast
";

/// Routes of all kinds.
const ROUTES: &str = "\
ip link set lo up
ip link add name va type veth peer name vb
ip link set va up
ip link set vb up
ip address add 10.0.0.1/24 dev va
ip address add fd00::1/64 dev va nodad
until ip -6 route show table local | grep -q ^multicast.*vb; do :; done
ip -6 address flush dev va scope link
ip -6 address flush dev vb scope link
ip route add 10.2.0.0/16 via 10.0.0.9 metric 7 mtu lock 1400 advmss 1200 proto static src 10.0.0.1
ip route add default via 10.0.0.8
ip route add 10.3.0.0/16 nexthop via 10.0.0.8 dev va weight 3 nexthop via inet6 fd00::9 dev va onlink
ip route add blackhole 10.4.0.0/16
ip route add unreachable 10.5.0.0/16 metric 9
ip route add prohibit 10.6.0.0/16 table 1000
ip route add throw 10.7.0.0/16 table 7
ip route add 10.8.0.0/16 via inet6 fd00::9 dev va
ip route add 10.9.0.0/16 dev va scope host tos 0x10 rtt 300ms rttvar 2s rto_min 20ms quickack 1 congctl cubic hoplimit 5 initcwnd 10 features ecn
ip route add 10.10.0.0/16 via 10.77.0.1 dev va onlink
ip route add local 10.11.0.0/16 dev lo
ip route add broadcast 10.12.0.0/16 dev va table 9 realms 3/4
ip route add 10.13.0.1 dev vb realms 5
ip -6 route add fd01::/64 via fd00::9 pref high
ip -6 route add default via fd00::8 metric 5
ip -6 route add fd02::/64 nexthop via fd00::7 nexthop via fd00::6 weight 2
ip -6 route add blackhole fd03::/16
ip -6 route add unreachable fd05::/16
ip -6 route add fd04::/16 dev vb mtu 1300";

/// Without a link that is down: the kernel does not take back what it says of that.
const SAVED: &str = "\
ip link set lo up; ip link add br0 address 02:00:00:00:00:01 type bridge; ip link add v0 type veth peer name v1
ip link set v0 master br0; ip link set v0 up; ip link set v1 up; ip link set br0 up
ip address add 10.0.0.1/24 dev br0; ip route add 10.1.0.0/16 via 10.0.0.2; ip route add blackhole 10.2.0.0/16
ip route add 10.3.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3; ip -6 route add blackhole fd07::/16 table 7
until ip link show br0 | grep -q 'state UP'; do sleep 0.05; done; while ip route | grep -q linkdown; do sleep 0.05; done";
const VRF: &str = "\
ip link add red type vrf table 700; ip link set red up; ip link add br0 type bridge; ip link set br0 master red; ip link set br0 up
ip address add 10.0.0.1/24 dev br0";

pub(crate) const FACTS: &[Fact] = &[
    shows("main_table_that_is_not_there_yet_is_empty", "", "ip r; ip route show table main; ip -j r"),
    shows("routes_are_listed", ROUTES, "ip r; ip route show; ip route list; ip ro l; ip -o r; ip -br r"),
    shows("routes_of_ipv6", ROUTES, "ip -6 r; ip -6 r show table all; ip -6 -o r; ip -6 -j r"),
    shows(
        "routes_in_json",
        ROUTES,
        "ip -j r; ip -j -p r; ip -j -d r; ip -j r show table 9; ip -j r show table all",
    ),
    shows(
        "details_of_routes",
        ROUTES,
        "ip -d r; ip -d -6 r; ip -d r show table all; ip -N r; ip -N -d r show table all",
    ),
    shows("colored_routes", ROUTES, "ip -c r; ip -c -6 r"),
    shows(
        "routes_of_a_table",
        ROUTES,
        "ip r show table local; ip r l table main; ip r show table 1000; ip r show table 7; ip -6 r show table 254",
    ),
    shows(
        "routes_to_a_network",
        ROUTES,
        "ip r show 10.2.0.0/16; ip r show exact 10.2/16; ip r show to 10.2.0.0/16; ip r show default; ip r show all; ip -6 r show fd01::/64; ip r show fd01::/64",
    ),
    shows(
        "routes_within_a_network",
        ROUTES,
        "ip r show root 10/8; ip r show root 10.2.0.0/17; ip r s root 0/0",
    ),
    shows(
        "routes_to_an_address",
        ROUTES,
        "ip r show match 10.2.3.4; ip r show match 10/8; ip -6 r show match fd01::1",
    ),
    shows(
        "routes_by_way",
        ROUTES,
        "ip r show dev va; ip r show via 10.0.0.9; ip r show src 10.0.0.1; ip r show oif vb; ip -j r show dev va",
    ),
    shows(
        "routes_by_next_hop_objects",
        "ip link set lo up; ip nexthop add id 5 dev lo; ip route add 10.2/16 nhid 5",
        "ip r; ip -j r; ip r get fibmatch 10.2.0.1; ip r get 10.2.0.1",
    ),
    shows(
        "routes_by_what_they_are",
        ROUTES,
        "ip r show proto static; ip r show proto 2; ip r show scope link; ip r show type blackhole; ip r show metric 7; ip r show tos 0x10; ip r show type local table all; ip -6 r show proto kernel",
    ),
    shows("routes_by_realm", ROUTES, "ip r show realms 5; ip r show realms 3/4 table 9"),
    shows("routes_from_a_cache_that_is_not", ROUTES, "ip r show table main cache; ip r show"),
    shows("table_that_is_none", "", "ip r show table nosuch"),
    shows("table_that_is_not_there", "", "ip r show table 77; echo $?"),
    shows("mistyped_filters", "", "ip r show proto foo; ip r show scope foo"),
    shows("mistyped_kind", "", "ip r show type foo"),
    shows("mistyped_network", "", "ip r show to foo/8"),
    shows("routes_of_a_missing_link", "", "ip r show dev nonsense"),
    shows(
        "way_of_a_packet",
        ROUTES,
        "ip r get 10.2.0.5; ip r g 1.1.1.1; ip -j r get 10.2.0.5; ip -d r get 10.2.0.5; ip -o r get 10.2.0.5",
    ),
    shows("way_of_a_packet_of_ipv6", ROUTES, "ip r get fd01::5; ip -6 -j r get fd01::5; ip -d r get fd00::5"),
    shows(
        "way_of_a_packet_to_oneself",
        ROUTES,
        "ip r get 127.0.0.1; ip r get 10.0.0.1; ip r get ::1; ip r get 10.0.0.255; ip -j r get 10.0.0.255",
    ),
    shows(
        "way_of_a_marked_packet",
        ROUTES,
        "ip r get 10.0.0.5 from 10.0.0.1 mark 7 oif va; ip r get to 10.0.0.5 mark 77 uid 5; ip r get 10.0.0.5 ipproto tcp sport 7 dport 80 tos 0x10",
    ),
    shows("route_that_a_packet_takes", ROUTES, "ip r get fibmatch 10.2.0.5; ip -j r get fibmatch fd01::5"),
    shows(
        "packet_without_a_way",
        ROUTES,
        "ip r get 10.5.0.1; echo $?; ip r get 10.4.0.1; echo $?; ip r get fd05::1; echo $?",
    ),
    shows(
        "way_of_what_came_in",
        ROUTES,
        "ip r get 10.0.0.1 from 10.0.0.77 iif va; ip r get 10.5.0.1 from 10.0.0.77 iif va",
    ),
    shows("way_to_nothing", "", "ip r get"),
    shows("way_to_what_is_no_address", "", "ip r get foo"),
    shows("unknown_verb", "", "ip route foo"),
    does(
        "route_is_added",
        WIRED,
        "ip r add 10.2/16 via 10.0.0.9; ip route add default dev va; ip r a 10.3.0.0/16 dev va src 10.0.0.1 metric 5; ip r add 10.4.0.1 via 10.0.0.2 dev va proto static",
        "ip -d r",
    ),
    does(
        "route_of_ipv6_is_added",
        WIRED,
        "ip r add fd01::/64 via fd00::9; ip -6 r add default via fd00::8 metric 5 pref low; ip r add default via fd00::7 metric 6; ip r add fd02::1 dev vb",
        "ip -6 -d r",
    ),
    does(
        "routes_without_a_way",
        WIRED,
        "ip r add blackhole 10.4.0.0/16; ip r add unreachable 10.5.0.0/16; ip r add prohibit default metric 9; ip r add throw 10.7.0.0/16 table 7; ip -6 r add blackhole fd03::/16",
        "ip -d r show table all",
    ),
    does(
        "routes_to_oneself",
        WIRED,
        "ip r add local 10.11.0.0/16 dev lo; ip r add broadcast 10.12.0.0/16 dev va; ip r add local default dev lo table 100; ip -6 r add local fd09::/64 dev lo",
        "ip -d r show table all",
    ),
    does(
        "route_with_metrics",
        WIRED,
        "ip r add 10.2/16 dev va mtu lock 1400 advmss 1200 window 100 rtt 300ms rttvar 20 ssthresh 3 cwnd 4 initcwnd 10 initrwnd 20 reordering 5 hoplimit 6 rto_min 2s quickack 1 features ecn congctl cubic fastopen_no_cookie 1; ip r add 10.3/16 dev va mtu 1300 congctl lock reno",
        "ip r; ip -j r",
    ),
    does(
        "routes_over_several_ways",
        WIRED,
        "ip r add 10.2/16 nexthop via 10.0.0.8 dev va weight 3 nexthop via 10.0.0.9 onlink dev va nexthop dev va weight 256; ip r add 10.3/16 proto static metric 3 nexthop via 10.0.0.8 realms 3 nexthop via 10.0.0.9; ip r add fd02::/64 nexthop via fd00::7 nexthop via fd00::6 weight 2",
        "ip r; ip -6 r",
    ),
    does("route_by_a_router_of_the_other_family", WIRED, "ip r add 10.2/16 via inet6 fd00::9 dev va", "ip r"),
    does(
        "route_by_a_router_that_is_not_on_the_link",
        WIRED,
        "ip r add 10.2/16 via 10.77.0.1 dev va onlink; ip r add 10.3/16 via 10.77.0.1 dev va",
        "ip r",
    ),
    does(
        "route_by_a_next_hop_object",
        "ip link set lo up; ip nexthop add id 5 dev lo",
        "ip r add 10.2/16 nhid 5",
        "ip r",
    ),
    does(
        "route_with_realms_and_tos",
        WIRED,
        "ip r add 10.2/16 dev va realms 3/4 tos 0x10; ip r add 10.3/16 dev va realm 4 dsfield 8 scope link",
        "ip r",
    ),
    does(
        "route_that_is_there",
        WIRED,
        "ip r add 10.0.0.0/24 dev va; ip r add 10.2/16 dev va; ip r add 10.2/16 dev va",
        "ip r",
    ),
    does(
        "routes_are_changed",
        WIRED,
        "ip r add 10.2/16 dev va; ip r change 10.2/16 via 10.0.0.9; ip r change 10.3/16 via 10.0.0.9; ip r replace 10.4/16 via 10.0.0.9; ip r rep 10.4/16 dev va",
        "ip -d r",
    ),
    does(
        "routes_are_appended_and_prepended",
        WIRED,
        "ip r add 10.2/16 dev va; ip r append 10.2/16 via 10.0.0.9; ip r prepend 10.2/16 via 10.0.0.8; ip -6 r append fd01::/64 dev va; ip -6 r append fd01::/64 via fd00::9",
        "ip -d r; ip -6 r",
    ),
    does(
        "route_is_deleted",
        ROUTES,
        "ip r del 10.2.0.0/16; ip r del default; ip r d 10.4.0.0/16; ip r del throw 10.7.0.0/16 table 7; ip r del local 10.11.0.0/16; ip -6 r del default; ip r del fd01::/64 via fd00::9; ip r del 10.3.0.0/16",
        "ip r show table all | grep -v ^multicast",
    ),
    does(
        "route_that_is_not_there_is_deleted",
        WIRED,
        "ip r del 10.2.0.0/16; ip r del 10.0.0.0/24 proto static; ip r del 10.0.0.0/24 via 10.0.0.7",
        "ip r",
    ),
    does(
        "routes_are_flushed",
        ROUTES,
        "ip r flush dev va proto static; ip r flush root 10.4/14; ip r flush table 9; ip -6 r flush proto boot; ip r flush table 77",
        "ip r show table all | grep -v ^multicast",
    ),
    does(
        "flush_tells_what_it_does",
        WIRED,
        "ip -s r flush 10.0.0.0/24; ip -s r flush 10.0.0.0/24; ip -s -s r flush table local type broadcast",
        "ip r show table all | grep -v ^multicast",
    ),
    does("flush_of_a_cache_that_is_not", WIRED, "ip r flush cache", "ip r"),
    shows(
        "flush_of_a_cache_is_told",
        WIRED,
        "ip -s r flush cache; ip -4 -s r flush table cache; ip -6 -s r flush cache; ip -s -6 r flush root fd00::/8 cache",
    ),
    shows(
        "flush_of_a_cache_of_others_is_told_and_no_failure",
        WIRED,
        "setpriv --reuid 4242 --clear-groups --inh-caps=-all ip -s r flush cache; echo $?",
    ),
    does("flush_needs_to_know_what", "", "ip r flush", "ip r show table all"),
    does("missing_link", "", "ip r add 10.2/16 dev nonsense", "ip link show lo"),
    does("missing_way", "", "ip r add 10.2/16; ip r add 10.2/16 via 10.9.9.9", "ip link show lo"),
    does("mistyped_number", "", "ip r add 10.2/16 dev lo mtu foo", "ip link show lo"),
    does("mistyped_metric", "", "ip r add 10.2/16 dev lo metric foo", "ip link show lo"),
    does("mistyped_protocol", "", "ip r add 10.2/16 dev lo proto foo", "ip link show lo"),
    does("mistyped_table", "", "ip r add 10.2/16 dev lo table foo", "ip link show lo"),
    does("mistyped_address", "", "ip r add 10.2/16 via foo", "ip link show lo"),
    does("mistyped_weight", "", "ip r add 10.2/16 nexthop dev lo weight 0", "ip link show lo"),
    does("two_networks_are_one_too_many", "", "ip r add 10.2/16 10.3/16 dev lo", "ip link show lo"),
    does("router_of_the_other_family_has_to_be_said", WIRED, "ip r add 10.2/16 via fd00::9", "ip r"),
    // The numbers of request and socket in each message are of the moment.
    shows(
        "saved_as_the_original_saves",
        SAVED,
        "ip route save | xxd -p | tr -d '\\n' | sed 's/1800[0-9a-f]\\{20\\}/1800/g'; ip -6 route save table 7 | wc -c; ip route save table 77; echo $?",
    ),
    does(
        "restored_as_the_original_saves",
        SAVED,
        "cd /run; /sbin/ip route save >saved; /sbin/ip route flush proto boot; ip route restore <saved; echo $?; ip route restore <saved; echo $?; rm saved",
        "ip route",
    ),
    shows("saved_is_shown", SAVED, "cd /run; ip route save >saved; ip route showdump <saved; ip -d -o -j route showdump <saved; rm saved"),
    shows(
        "saved_is_nonsense",
        "",
        "echo nonsense | ip route restore; echo $?; printf '' | ip route restore; echo $?; echo nonsense | ip route showdump; echo $?",
    ),
    does(
        "vrf_is_its_table",
        VRF,
        "ip route add 10.7.0.0/16 via 10.0.0.9 vrf red; ip route show vrf red; ip route get 10.7.0.1 vrf red; ip route save vrf red | wc -c; ip route del 10.7.0.0/16 vrf red; ip route add blackhole 10.8.0.0/16 vrf red",
        "ip route show table 700",
    )
    .needs("ip link add red type vrf table 700", "the kernel has no VRF"),
    shows("vrf_is_none", "", "ip route show vrf lo; echo $?; ip route add 10.7.0.0/16 dev lo vrf nonsense; echo $?; ip route get 10.7.0.1 vrf lo; echo $?"),
    // A deletion of any route would be one of the default route.
    shows(
        "nothing_is_deleted_where_nothing_is_said",
        "ip link set lo up; ip route add default dev lo",
        "ip route del 2>err; echo $?; grep -c Usage: err; rm err; ip route; ip -6 route delete 2>/dev/null; echo $?",
    ),
    shows("bad_words_of_routes", "ip link set lo up", "ip route show via x; echo $?; ip route add 10.4.0.0/16 dev lo scope x; echo $?"),
    shows("length_does_not_matter_to_a_lookup", "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1", "ip route get 10.0.0.9/24; ip -6 route get fe80::9/64 dev v0 | cut -d' ' -f1-5"),
    does("route_keeps_the_ttl", "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1", "ip route add 10.1.0.0/16 via 10.0.0.9 ttl-propagate enabled; ip route add 10.2.0.0/16 via 10.0.0.9 ttl-propagate disabled", "ip route"),
    does("mistyped_ttl_propagation", "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1", "ip route add 10.1.0.0/16 via 10.0.0.9 ttl-propagate foo", "ip route"),
    does("nexthop_without_a_way", "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1", "ip route add 10.1.0.0/16 nexthop", "ip route"),
    does("nexthop_after_nexthop", "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1", "ip route add 10.1.0.0/16 nexthop via 10.0.0.9 nexthop", "ip route"),
    does("route_is_tested", "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0", "ip route test 10.0.0.0/24 dev v0 proto kernel scope link; echo $?; ip route test 10.7/16 dev v0", "ip route"),
    does("mistyped_features", "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0", "ip route add 10.1/16 dev v0 features foo", "ip route"),
    does("mistyped_realm", "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0", "ip route add 10.1/16 dev v0 realm foo", "ip route"),
    does("route_to_nowhere", "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0", "ip route add dev v0 2>&1 | head -c6; ip route del dev v0 2>&1 | head -c6; ip route add >/dev/null 2>&1; echo $?", "ip route"),
    does("types_of_service_are_hexadecimal", "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0", "ip route add 10.1/16 dev v0 tos 10; ip route add 10.2/16 dev v0 dsfield 0x8; ip route get 10.0.0.9 tos 10; ip route show tos 10; ip route add 10.3/16 dev v0 tos AF11; echo $?; ip route add 10.4/16 dev v0 tos 100", "ip route"),
];
