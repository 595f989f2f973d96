//! Facts about what types of links have of their own.

use crate::fact::{Fact, does, shows};

const ALL: &str = "ip -d link | sed -E 's/([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}/MAC/g; s/gc_timer([^0-9]*)[0-9.]+/gc_timer/g; s/NO-CARRIER,|\"NO-CARRIER\",//; s/state (UNKNOWN|DOWN|LOWERLAYERDOWN)/state/'; ip -j -d link | sed -E 's/([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}/MAC/g; s/gc_timer([^0-9]*)[0-9.]+/gc_timer/g; s/NO-CARRIER,|\"NO-CARRIER\",//; s/state (UNKNOWN|DOWN|LOWERLAYERDOWN)/state/'";

/// A bridge with a port.
const BRIDGE: &str =
    "ip link add br0 type bridge; ip link add v0 type veth peer name v1; ip link set v0 master br0";
/// An interface to make others on.
const BASE: &str = "ip link add d0 type veth peer name d1";

/// A line that makes a link, where the kernel has such.
macro_rules! kernel_has {
    ($kind:literal, $line:literal) => {
        ($line, concat!("this kernel has no links of type `", $kind, "`"))
    };
}

const MACVLAN: (&str, &str) =
    kernel_has!("macvlan", "ip link add d0 type veth peer name d1; ip link add link d0 name x type macvlan");
const VXLAN: (&str, &str) = kernel_has!("vxlan", "ip link add x type vxlan id 5 dstport 0");

pub(crate) const FACTS: &[Fact] = &[
    shows("bridge_and_port", BRIDGE, "ip -d link; ip -j -d link; ip -o -d link; ip -d -s link show v0; ip -j -p -d link"),
    does("bridge_settings", BRIDGE, "ip link set br0 type bridge priority 5 group_fwd_mask 0x8 group_address 01:80:c2:00:00:05 mcast_hash_max 512 mcast_query_interval 100 mcast_mld_version 2 no_linklocal_learn 1 mcast_stats_enabled 1 forward_delay 400 hello_time 150 max_age 1500 ageing_time 100 mcast_snooping 0 mcast_querier 1 mcast_last_member_count 3 mcast_startup_query_count 3 mcast_last_member_interval 50 mcast_membership_interval 5000 mcast_querier_interval 5000 mcast_query_response_interval 500 mcast_startup_query_interval 700 mcast_igmp_version 3 mcast_query_use_ifaddr 1; ip link set br0 type bridge fdb_flush; ip link set br0 type bridge forward 500 stp 1", ALL),
    does("bridge_is_made_with_settings", "", "ip link add br1 type bridge stp_state 1 ageing_time 500 mcast_snooping 0", ALL),
    does("bridge_port_settings", BRIDGE, "ip link set v0 type bridge_slave hairpin on guard on root_block on fastleave on learning off flood off proxy_arp on proxy_arp_wifi on mcast_flood off mcast_to_unicast on group_fwd_mask 0x4018 neigh_suppress on isolated on locked on vlan_tunnel on bcast_flood off cost 7 priority 5; ip link set v0 type bridge_slave mcast_router 2 fdb_flush", ALL),
    does("bridge_port_stands_in", "ip link add br0 type bridge; ip link add v0 type veth peer name v1; ip link set v0 master br0; ip link set v1 master br0", "ip link set v0 type bridge_slave backup_port v1", ALL),
    shows("bad_bridge_settings", BRIDGE, "ip link set br0 type bridge mcast_router 9; echo $?; ip link set br0 type bridge group_address x; echo $?"),
    shows("bad_bridge_number", BRIDGE, "ip link set br0 type bridge stp_state x"),
    shows("bad_bridge_protocol", BRIDGE, "ip link add b5 type bridge vlan_protocol x"),
    shows("bad_bridge_port_number", BRIDGE, "ip link set v0 type bridge_slave cost x"),
    shows("bad_bridge_port_state", BRIDGE, "ip link set v0 type bridge_slave state x"),
    shows("bad_bridge_port_switch", BRIDGE, "ip link set v0 type bridge_slave hairpin x; echo $?"),
    shows("bad_backup_port", BRIDGE, "ip link set v0 type bridge_slave backup_port nosuch"),
    shows("no_port_of_a_bridge", BRIDGE, "ip link set v1 type bridge_slave cost 5; echo $?"),
    does("macvlans", BASE, "ip link add link d0 name m1 type macvlan mode private; ip link add link d0 m2 type macvlan mode bridge bcqueuelen 50; ip link add link d1 name m3 type macvlan mode passthru nopromisc", ALL).needs(MACVLAN.0, MACVLAN.1),
    does("macvlan_sources", BASE, "ip link add link d0 name m1 type macvlan mode source; ip link set m1 type macvlan macaddr add 02:00:00:00:00:05; ip link set m1 type macvlan macaddr add 02:00:00:00:00:06; ip link add link d0 name m2 type macvlan mode source macaddr set 02:00:00:00:00:07 02:00:00:00:00:08; ip link set m1 type macvlan macaddr del 02:00:00:00:00:05", "ip -d link | grep -v link/").needs(MACVLAN.0, MACVLAN.1),
    does("macvtaps", BASE, "ip link add link d0 name t1 type macvtap mode vepa", ALL).needs(MACVLAN.0, MACVLAN.1),
    shows("bad_macvlan_mode", BASE, "ip link add link d0 name m1 type macvlan mode foo; echo $?; ip link add m1 type macvlan mode bridge; echo $?").needs(MACVLAN.0, MACVLAN.1),
    does("vxlans", BASE, "ip link add x1 type vxlan id 5 dstport 4789 remote 10.0.0.9 local 10.0.0.8 dev d0 ttl 5 tos 3 nolearning ageing 60 srcport 1000 2000 proxy rsc l2miss l3miss noudpcsum maxaddress 10; ip link add x2 type vxlan id 6 dstport 4790 group 239.1.1.1 dev d0 ttl inherit df set gbp remcsumtx remcsumrx tos inherit; ip link add x3 type vxlan id 7 dstport 4791 remote fd00::1 label 5 df inherit udp6zerocsumtx udp6zerocsumrx; ip link add x4 type vxlan dstport 4792 external gpe vnifilter; ip link add x5 type vxlan vni 9 dstport 4793 local fd00::5 ageing none", ALL).needs(VXLAN.0, VXLAN.1),
    shows("bad_vxlans", BASE, "ip link add x type vxlan; echo $?; ip link add x type vxlan id 5 dstport 4789 remote 1.1.1.1 group 239.1.1.1; echo $?; ip link add x type vxlan external id 5; echo $?; ip link add x type vxlan dstport 1; echo $?; ip link add x type vxlan id 5 dstport 4789 remote x; echo $?; ip link add x type vxlan id 5 dstport 4789 group 239.1.1.1; echo $?").needs(VXLAN.0, VXLAN.1),
    shows("bad_vxlan_number", BASE, "ip link add x type vxlan id x"),
    shows("bad_vxlan_ttl", BASE, "ip link add x type vxlan id 5 dstport 4789 ttl x"),
    shows("vxlan_number_comes_twice", BASE, "ip link add x type vxlan id 5 dstport 4789 id 6"),
    shows("vxlan_interface_is_not_there", BASE, "ip link add x type vxlan id 5 dstport 4789 dev nosuch"),
    shows("tuns_and_taps", "ip tuntap add tap0 mode tap user 0; ip tuntap add tun0 mode tun pi multi_queue; ip tuntap add tap1 mode tap group 0 vnet_hdr", "ip -d link; ip -j -d link"),
    does("ifbs", "", "ip link add ifb5 type ifb; ip link add numtxqueues 4 numrxqueues 4 type ifb", ALL),
    shows("vlan_that_is_not_to_be_had", BASE, "ip link add link d0 name x type vlan; echo $?; ip link add link d0 name x type vlan id 5 reorder_hdr x; echo $?"),
    shows("bad_vlan_number", BASE, "ip link add link d0 name x type vlan id x"),
    shows("bad_vlan_protocol", BASE, "ip link add link d0 name x type vlan proto x id 5"),
    shows("bad_ipvlan_mode", BASE, "ip link add link d0 name i1 type ipvlan mode x; echo $?"),
    shows("bad_vrf_table", "", "ip link add red type vrf table x"),
    shows("bad_bond_mode", "", "ip link add b type bond mode x"),
    shows("bad_bond_number", "", "ip link add b type bond miimon x"),
    shows(
        "bad_tunnels",
        "",
        "for words in 'gre remote foo' 'gre ttl foo' 'gre tos foo' 'gre key foo' 'gre dev nosuch' 'ipip dev nosuch' 'ipip ttl 300' 'ipip ttl 5 nopmtudisc' \
'ipip mode foo' 'ipip mode ip6ip' 'ipip encap foo' 'ipip encap-sport foo' 'ipip encap-dport foo' 'ipip fwmark foo' 'gre remote 239.1.1.1' 'erspan erspan 0' \
'erspan erspan_ver 5' 'erspan erspan_dir x' 'erspan erspan_hwid x' 'sit 6rd-prefix x' 'ip6tnl remote 1.1.1.1' 'ip6tnl hoplimit x' 'ip6tnl tclass x' \
'ip6tnl flowlabel 0x100000' 'ip6tnl dscp x' 'ip6gre dev nosuch' 'vti dev nosuch' 'vti key x' 'vti6 local 1.1.1.1' 'geneve id x' 'geneve id 5' \
'geneve remote 1.1.1.1' 'geneve id 5 id 6' 'geneve id 5 remote 239.1.1.1' 'geneve id 5 external' 'geneve id 5 remote 1.1.1.1 ttl 256' \
'geneve id 5 remote 1.1.1.1 df x' 'geneve id 5 remote 1.1.1.1 dstport x' 'xfrm dev nosuch' 'xfrm if_id 0' 'xfrm external if_id 5' 'gre remote'
do ip link add x type $words; echo $?; done; ip link set lo type gre ttl 5; echo $?; ip link set lo type geneve ttl 5; echo $?",
    ),
];
