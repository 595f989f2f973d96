//! What iproute2 6.1 sent for command lines, caught on its way to the kernel.

use std::net::Ipv4Addr;

use super::*;
use crate::link::{LinkData, NewLink};
use crate::wire::{Attributes, Message};

/// The bytes of hexadecimal digits.
fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// The attributes in `bytes`, in the order of their numbers: iproute2 has that of the words.
fn sorted(bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut all: Vec<_> = Attributes::new(bytes).map(|one| (one.kind, one.payload.to_vec())).collect();
    all.sort();
    all
}

/// What was caught is read as `data`, and that is written as what was caught.
fn check<D: LinkData + PartialEq + std::fmt::Debug>(caught: &str, data: &D, put: impl Fn(&D, &mut Message)) {
    let caught = bytes(caught);
    assert_eq!(&D::parse(&caught).unwrap(), data);
    let mut message = Message::new(0, 0, &[]);
    put(data, &mut message);
    assert_eq!(sorted(message.body()), sorted(&caught));
}

#[test]
fn bridge() {
    // bridge forward_delay 400 ageing_time 100 stp_state 1 priority 5 vlan_filtering 1 vlan_protocol 802.1ad group_fwd_mask 8
    // group_address 01:80:c2:00:00:05 mcast_querier 1 mcast_query_interval 100
    let caught = "08000100 90010000 08000400 64000000 08000500 01000000 06000600 05000000 05000700 01000000 06000800 88a80000 \
     06000900 08000000 0a001400 0180c200 00050000 05001900 01000000 0c002100 64000000 00000000";
    let bridge = Bridge {
        forward_delay: Some(400),
        ageing_time: Some(100),
        stp_state: Some(1),
        priority: Some(5),
        vlan_filtering: Some(true),
        vlan_protocol: Some(0x88a8),
        group_forward_mask: Some(8),
        group_address: Some([1, 0x80, 0xc2, 0, 0, 5]),
        multicast_querier: Some(true),
        multicast_query_interval: Some(100),
        ..Bridge::default()
    };
    check(caught, &bridge, Bridge::put);
}

#[test]
fn bridge_port() {
    // bridge_slave state 3 priority 5 cost 7 hairpin on group_fwd_mask 8 isolated on backup_port v1, which is number 2
    let caught = "05000100 03000000 06000200 05000000 08000300 07000000 05000400 01000000 06001f00 08000000 05002100 01000000 \
     08002200 02000000";
    let port = BridgePort {
        state: Some(3),
        priority: Some(5),
        cost: Some(7),
        hairpin: Some(true),
        group_forward_mask: Some(8),
        isolated: Some(true),
        backup_port: Some(2),
        ..BridgePort::default()
    };
    check(caught, &port, BridgePort::put);
}

#[test]
fn vlan() {
    // vlan id 5 reorder_hdr off gvrp on egress-qos-map 0:7 ingress-qos-map 1:2 3:4 proto 802.1ad
    let caught = "06000100 05000000 10000300 0c000100 00000000 07000000 1c000400 0c000100 01000000 02000000 0c000100 03000000 \
     04000000 06000500 88a80000 0c000200 02000000 03000000";
    let vlan = Vlan {
        id: Some(5),
        flags: Some((2, 3)),
        egress: Some(PriorityMap(vec![(0, 7)])),
        ingress: Some(PriorityMap(vec![(1, 2), (3, 4)])),
        protocol: Some(0x88a8),
    };
    check(caught, &vlan, Vlan::put);
}

#[test]
fn macvlan() {
    // macvlan mode passthru nopromisc bcqueuelen 50
    let caught = "08000700 32000000 08000100 08000000 06000200 01000000";
    let macvlan =
        Macvlan { mode: Some(8), flags: Some(1), broadcast_queue_length: Some(50), ..Macvlan::default() };
    check(caught, &macvlan, Macvlan::put);
}

#[test]
fn ipvlan() {
    // ipvlan mode l3 private
    check("06000100 01000000 06000200 01000000", &Ipvlan { mode: Some(1), flags: Some(1) }, Ipvlan::put);
}

#[test]
fn vxlan() {
    // vxlan id 5 remote 10.0.0.9 dev v0 local 10.0.0.8 ttl 5 nolearning srcport 1000 2000 dstport 4789 label 7 gbp df set
    let caught = "08000300 03000000 05000500 05000000 08000a00 03e807d0 08001a00 00000007 04001700 05001d00 01000000 08000100 \
     05000000 08000400 0a000008 08000200 0a000009 05000700 00000000 06000f00 12b50000";
    let vxlan = Vxlan {
        id: Some(5),
        group: Some(Ipv4Addr::new(10, 0, 0, 9)),
        link: Some(3),
        local: Some(Ipv4Addr::new(10, 0, 0, 8)),
        ttl: Some(5),
        learning: Some(false),
        source_ports: Some((1000, 2000)),
        port: Some(4789),
        label: Some(7),
        group_policy: Some(crate::wire::Present),
        dont_fragment: Some(1),
        ..Vxlan::default()
    };
    check(caught, &vxlan, Vxlan::put);
}

#[test]
fn vrf() {
    // vrf table 10
    check("08000100 0a000000", &Vrf { table: Some(10) }, Vrf::put);
}

#[test]
fn bond() {
    // bond mode active-backup miimon 100 arp_ip_target 10.0.0.1,10.0.0.2 primary v0 lacp_rate fast ad_actor_system
    // 02:00:00:00:00:01
    let caught = "05000100 01000000 08000300 64000000 14000800 08000000 0a000001 08000100 0a000002 08000b00 03000000 05001500 \
     01000000 0a001a00 02000000 00010000";
    let bond = Bond {
        mode: Some(1),
        miimon: Some(100),
        arp_targets: Some(Targets(vec![Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2)])),
        primary: Some(3),
        lacp_rate: Some(1),
        actor_system: Some([2, 0, 0, 0, 0, 1]),
        ..Bond::default()
    };
    check(caught, &bond, Bond::put);
}

#[test]
fn veth() {
    // veth peer name y address 02:00:00:00:00:01
    let peer = NewLink::peer(crate::IfName::new("y").unwrap()).address("02:00:00:00:00:01".parse().unwrap());
    let mut message = Message::new(0, 0, &[]);
    Veth::new(peer).put(&mut message);
    let [(kind, ours)] = sorted(message.body()).try_into().unwrap();
    let [(caught_kind, caught)] = sorted(&bytes(
        "28000100 00000000 00000000 00000000 00000000 0a000100 02000000 00010000 06000300 79000000",
    ))
    .try_into()
    .unwrap();
    assert_eq!((kind, &ours[..16], sorted(&ours[16..])), (caught_kind, &caught[..16], sorted(&caught[16..])));
}
