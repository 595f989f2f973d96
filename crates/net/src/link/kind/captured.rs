//! What iproute2 6.1 sent for command lines, caught on its way to the kernel.

use std::net::{IpAddr, Ipv4Addr};

use super::*;
use crate::link::{LinkData, NewLink};
use crate::wire::{Attributes, Message, captured};

/// The attributes in `bytes`, in the order of their numbers: iproute2 has that of the words.
fn sorted(bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut all: Vec<_> = Attributes::new(bytes).map(|one| (one.kind, one.payload.to_vec())).collect();
    all.sort();
    all
}

/// What was caught is read as `data`, and that is written as what was caught.
fn check<D: LinkData + PartialEq + std::fmt::Debug>(caught: &str, data: &D, put: impl Fn(&D, &mut Message)) {
    let caught = captured(caught);
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
fn bond_that_asks_neighbours() {
    // bond mode active-backup arp_interval 100 ns_ip6_target fd00::1,fd00::2 arp_validate all
    let caught = "05000100 01000000 08000700 64000000 2c001f00 14000000 fd000000 00000000 00000000 00000001 14000100 fd000000 \
     00000000 00000000 00000002 08000900 03000000";
    let bond = Bond {
        mode: Some(1),
        arp_interval: Some(100),
        neighbour_targets: Some(Targets(vec!["fd00::1".parse().unwrap(), "fd00::2".parse().unwrap()])),
        arp_validate: Some(3),
        ..Bond::default()
    };
    check(caught, &bond, Bond::put);
}

#[test]
fn bond_port() {
    // bond_slave queue_id 3 prio -5
    let port = BondPort { queue: Some(3), priority: Some(-5), ..BondPort::default() };
    check("06000500 03000000 08000900 fbffffff", &port, BondPort::put);
}

#[test]
fn types_without_data() {
    let caught = [
        (LinkKind::Dummy, "10001200 09000100 64756d6d 79000000"),
        (LinkKind::Ifb, "0c001200 07000100 69666200"),
        (LinkKind::WireGuard, "14001200 0d000100 77697265 67756172 64000000"),
    ];
    for (kind, caught) in caught {
        let mut message = Message::new(0, 0, &[]);
        kind.put(&mut message);
        let [(number, ours)] = sorted(message.body()).try_into().unwrap();
        let [(caught_number, caught)] = sorted(&captured(caught)).try_into().unwrap();
        // iproute2 leaves the zero out that ends a text elsewhere.
        let [(text, mut ours)] = sorted(&ours).try_into().unwrap();
        assert_eq!(ours.pop(), Some(0));
        assert_eq!((number, vec![(text, ours)]), (caught_number, sorted(&caught)), "{kind:?}");
    }
}

#[test]
fn veth() {
    // veth peer name y address 02:00:00:00:00:01
    let peer = NewLink::peer(crate::IfName::new("y").unwrap()).address("02:00:00:00:00:01".parse().unwrap());
    let mut message = Message::new(0, 0, &[]);
    Veth::new(peer).put(&mut message);
    let [(kind, ours)] = sorted(message.body()).try_into().unwrap();
    let [(caught_kind, caught)] = sorted(&captured(
        "28000100 00000000 00000000 00000000 00000000 0a000100 02000000 00010000 06000300 79000000",
    ))
    .try_into()
    .unwrap();
    assert_eq!((kind, &ours[..16], sorted(&ours[16..])), (caught_kind, &caught[..16], sorted(&caught[16..])));
}

/// What Linux 6.1 said of an interface is read as `data`.
fn read<D: LinkData + PartialEq + std::fmt::Debug>(caught: &str, data: &D) {
    assert_eq!(&D::parse(&captured(caught)).unwrap(), data);
}

#[test]
fn ip_tunnel() {
    // ipip remote 10.0.0.4 encap fou encap-sport 77 encap-dport 5555 encap-udp6-csum
    let caught = "0800010000000000080002000000000008000300 0a000004 05000400000000000500050000000000050009000000000005000a0001000000\
     080014000000000006000f000100000006001100004d00000600120015b300000600100002000000";
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let tunnel = IpTunnel {
        link: Some(0),
        local: Some(any),
        remote: Some("10.0.0.4".parse().unwrap()),
        ttl: Some(0),
        tos: Some(0),
        protocol: Some(0),
        path_mtu_discovery: Some(true),
        encapsulation: Some(1),
        encapsulation_flags: Some(2),
        source_port: Some(77),
        port: Some(5555),
        mark: Some(0),
        ..IpTunnel::default()
    };
    read(caught, &tunnel);
}

#[test]
fn sit() {
    // sit remote 10.0.0.5 local 10.0.0.2 mode ip6ip isatap 6rd-prefix 2001:db8::/32 6rd-relay_prefix 10.1.0.0/16 ttl 9
    let caught = "0800010000000000080002000a000002080003000a0000050500040009000000050005000000000005000a00010000000500090029000000\
     0600080001000000080014000000000014000b0020010db800000000000000000000000008000c000a01000006000d002000000006000e0010000000\
     06000f0000000000060011000000000006001200000000000600100000000000";
    let tunnel = IpTunnel {
        link: Some(0),
        local: Some("10.0.0.2".parse().unwrap()),
        remote: Some("10.0.0.5".parse().unwrap()),
        ttl: Some(9),
        tos: Some(0),
        flags: Some(TunnelFlags::V4(1)),
        protocol: Some(41),
        path_mtu_discovery: Some(true),
        rapid_prefix: Some("2001:db8::".parse().unwrap()),
        relay_prefix: Some(Ipv4Addr::new(10, 1, 0, 0)),
        rapid_prefix_length: Some(32),
        relay_prefix_length: Some(16),
        encapsulation: Some(0),
        encapsulation_flags: Some(0),
        source_port: Some(0),
        port: Some(0),
        mark: Some(0),
        ..IpTunnel::default()
    };
    read(caught, &tunnel);
}

#[test]
fn ip6_tunnel() {
    // ip6tnl remote fd00::13 local fd00::2 mode ip6ip6 hoplimit 9 encaplimit none tclass 0x10 flowlabel 0x12345 fwmark 5, on number 11
    let caught = "080001000b00000014000200fd00000000000000000000000000000214000300fd00000000000000000000000000001305000400090000000500\
     060004000000080007000101234508000800010003000500090029000000080014000500000006000f0000000000060011000000000006001200000000\
     000600100002000000";
    let tunnel = IpTunnel {
        link: Some(11),
        local: Some("fd00::2".parse().unwrap()),
        remote: Some("fd00::13".parse().unwrap()),
        ttl: Some(9),
        encap_limit: Some(4),
        flow: Some(0x0101_2345),
        // Besides what it was given: it may send, and receive.
        flags: Some(TunnelFlags::V6(0x0003_0001)),
        protocol: Some(41),
        encapsulation: Some(0),
        encapsulation_flags: Some(2),
        source_port: Some(0),
        port: Some(0),
        mark: Some(5),
        ..IpTunnel::default()
    };
    read(caught, &tunnel);
}

#[test]
fn gre() {
    // gre remote 10.0.0.7 local 10.0.0.2 key 6 seq csum ttl 9 tos 0x10, on number 11
    let caught = "080001000b00000006000200b000000006000300b000000008000400000000060800050000000006080006000a000002080007000a0000070500\
     080009000000050009001000000005000a0001000000080014000000000006000e00000000000600100000000000060011000000000006000f00000000\
     000500130000000000";
    let flags = Gre::CHECKSUM | Gre::KEY | Gre::SEQUENCE;
    let gre = Gre {
        link: Some(11),
        input_flags: Some(flags),
        output_flags: Some(flags),
        input_key: Some(Ipv4Addr::new(0, 0, 0, 6)),
        output_key: Some(Ipv4Addr::new(0, 0, 0, 6)),
        local: Some("10.0.0.2".parse().unwrap()),
        remote: Some("10.0.0.7".parse().unwrap()),
        ttl: Some(9),
        tos: Some(0x10),
        path_mtu_discovery: Some(true),
        encapsulation: Some(0),
        encapsulation_flags: Some(0),
        source_port: Some(0),
        port: Some(0),
        ignore_dont_fragment: Some(false),
        mark: Some(0),
        ..Gre::default()
    };
    read(caught, &gre);
}

#[test]
fn erspan() {
    // erspan remote 10.0.0.12 local 10.0.0.2 seq key 12 erspan_ver 2 erspan_dir egress erspan_hwid 0x17: what it has of its own
    let gre = Gre {
        erspan_version: Some(2),
        erspan_egress: Some(true),
        erspan_hardware_id: Some(0x17),
        ..Gre::default()
    };
    read("0500160002000000050017000100000006001800 17000000", &gre);
}

#[test]
fn vti() {
    // vti6 remote fd00::21 local fd00::2 key 7 fwmark 9, on number 11
    let caught = "080001000b00000014000400fd00000000000000000000000000000214000500fd000000000000000000000000000021080002000000000708\
     000300000000070800060009000000";
    let vti = Vti {
        link: Some(11),
        input_key: Some(Ipv4Addr::new(0, 0, 0, 7)),
        output_key: Some(Ipv4Addr::new(0, 0, 0, 7)),
        local: Some("fd00::2".parse().unwrap()),
        remote: Some("fd00::21".parse().unwrap()),
        mark: Some(9),
    };
    read(caught, &vti);
}

#[test]
fn geneve() {
    // geneve id 6 remote fd00::23 ttl inherit tos inherit df set flowlabel 7 udp6zerocsumtx udp6zerocsumrx
    let caught = "080001000600000014000700fd00000000000000000000000000002305000900010000000500030000000000050004000100000008000b00000000\
     0705000d00010000000600050017c1000005000a000100000005000c0001000000";
    let geneve = Geneve {
        id: Some(6),
        remote6: Some("fd00::23".parse().unwrap()),
        ttl: Some(0),
        tos: Some(1),
        port: Some(6081),
        udp_zero_checksum6_transmit: Some(true),
        udp_zero_checksum6_receive: Some(true),
        label: Some(7),
        ttl_inherit: Some(true),
        dont_fragment: Some(1),
        ..Geneve::default()
    };
    read(caught, &geneve);
}

#[test]
fn xfrm() {
    // xfrm if_id 0x11, on number 11
    read("080001000b0000000800020011000000", &Xfrm { link: Some(11), id: Some(0x11), ..Xfrm::default() });
}

#[test]
fn macsec() {
    // macsec port 11 cipher gcm-aes-256 icvlen 16 encrypt on send_sci off end_station on protect on replay on window 64 validate
    // check encodingsa 2
    let caught = "0c00010076129255ac89000b05000300100000000c0004000200000100c2800005000600020000000500070001000000050008000100000005\
     0009000000000005000a000100000005000b000000000005000c000100000005000d00010000000800050040000000";
    let macsec = Macsec {
        channel: Some(0x7612_9255_ac89_000b),
        check_length: Some(16),
        cipher: Some(0x0080_c200_0100_0002),
        window: Some(64),
        encoding_association: Some(2),
        encrypt: Some(true),
        protect: Some(true),
        send_channel: Some(false),
        end_station: Some(true),
        broadcast: Some(false),
        replay_protection: Some(true),
        validation: Some(1),
        ..Macsec::default()
    };
    read(caught, &macsec);
}
