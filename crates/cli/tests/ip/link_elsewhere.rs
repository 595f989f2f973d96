//! Facts about types of links that many kernels lack; the second one has them.

use crate::fact::{Fact, does, shows};

const ALL: &str = "ip -d link | sed -E 's/([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}/MAC/g; s/gc_timer([^0-9]*)[0-9.]+/gc_timer/g; s/NO-CARRIER,|\"NO-CARRIER\",//; s/state (UNKNOWN|DOWN|LOWERLAYERDOWN)/state/'; ip -j -d link | sed -E 's/([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}/MAC/g; s/gc_timer([^0-9]*)[0-9.]+/gc_timer/g; s/NO-CARRIER,|\"NO-CARRIER\",//; s/state (UNKNOWN|DOWN|LOWERLAYERDOWN)/state/'";

/// An interface to make others on.
pub(crate) const BASE: &str = "ip link add d0 type veth peer name d1";

/// A line that makes a link, where the kernel has such.
macro_rules! kernel_has {
    ($kind:literal, $line:literal) => {
        ($line, concat!("this kernel has no links of type `", $kind, "`"))
    };
}
pub(crate) use kernel_has;

const VLAN: (&str, &str) =
    kernel_has!("vlan", "ip link add br9 type bridge; ip link add link br9 name x type vlan id 5");
const DUMMY: (&str, &str) = kernel_has!("dummy", "ip link add x type dummy");
const IPVLAN: (&str, &str) =
    kernel_has!("ipvlan", "ip link add d0 type veth peer name d1; ip link add link d0 name x type ipvlan");
const VRF: (&str, &str) = kernel_has!("vrf", "ip link add x type vrf table 5");
const BOND: (&str, &str) = kernel_has!("bond", "ip link add x type bond");
const WIREGUARD: (&str, &str) = kernel_has!("wireguard", "ip link add x type wireguard");

pub(crate) const FACTS: &[Fact] = &[
    does("vlans", "ip link add br9 type bridge", "ip link add link br9 name v1 type vlan id 5; ip link add link br9 name v2 type vlan proto 802.1ad id 6 reorder_hdr off gvrp on mvrp on loose_binding on ingress-qos-map 1:2 3:4 egress-qos-map 0:7; ip link add link br9 name v3 type vlan protocol 802.1q id 7 bridge_binding on; ip link set v1 type vlan gvrp on", ALL).needs(VLAN.0, VLAN.1),
    does("dummies", "", "ip link add d5 type dummy; ip link add dev d6 address 02:00:00:00:00:01 up type dummy", ALL).needs(DUMMY.0, DUMMY.1),
    does("ipvlans", "ip link add d0 type veth peer name d1; ip link add e0 type veth peer name e1", "ip link add link d0 name i1 type ipvlan mode l3 private; ip link add link e0 name i2 type ipvlan; ip link add link e1 name i3 type ipvlan mode l3s vepa", ALL).needs(IPVLAN.0, IPVLAN.1),
    does("vrfs_and_ports", BASE, "ip link add red type vrf table 10; ip link add blue type vrf table main; ip link set d0 master red; ip link set d1 vrf blue; ip link show vrf red | grep -o d0@d1", ALL).needs(VRF.0, VRF.1),
    does("bonds_and_ports", "ip link add d0 type dummy; ip link add d1 type dummy", "ip link add bond0 type bond mode 802.3ad miimon 100 lacp_rate fast xmit_hash_policy layer3+4 ad_select bandwidth; ip link add bond1 type bond mode active-backup arp_interval 100 arp_ip_target 10.0.0.1,10.0.0.2 ns_ip6_target fd00::1,fd00::2 arp_validate all; ip link set d0 master bond0; ip link set d1 master bond1; ip link set bond1 type bond primary d1; ip link set d1 type bond_slave queue_id 3", ALL).needs(BOND.0, BOND.1),
    shows("bond_neighbour_target_of_another_family", "", "ip link add b0 type bond ns_ip6_target fd00::1,1.2.3.4").needs(BOND.0, BOND.1),
    shows("bond_station_that_is_none", "", "ip link add b0 type bond arp_ip_target 10.0.0.1,xx").needs(BOND.0, BOND.1),
    does("wireguards", "", "ip link add wg0 type wireguard; ip link add dev wg1 mtu 1400 up type wireguard", ALL).needs(WIREGUARD.0, WIREGUARD.1),
    // Its JSON is none: names without an object around them.
    shows("counters_of_mpls", "ip link add d0 type veth peer name d1; echo 1 >/proc/sys/net/mpls/conf/d0/input", "ip link afstats; ip -h link afstats dev d0; ip -o link afstats dev d0; if ip -V | grep -q insula; then ip -j link afstats dev d0 | sed 's/[{]\"ifindex/\"ifindex/; s/}]$/]/'; else ip -j link afstats dev d0; fi").needs("test -d /proc/sys/net/mpls", "this kernel has no MPLS"),
];
