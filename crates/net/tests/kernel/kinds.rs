//! What each type of interface has of its own: the kernel tells what was asked for, each of it.

#![expect(
    clippy::needless_pass_by_value,
    reason = "functions of what is left, as the struct update syntax has it"
)]

use insula_net::kind::{
    Bond, BondPort, Bridge, BridgePort, Ipvlan, Macvlan, Netkit, NetkitMode, PriorityMap, SourceAddresses,
    Targets, Vlan, Vrf, VrfPort, Vxlan,
};
use insula_net::{ChangeLink, FlagChange, Link, LinkData, LinkKind, LinkSettings, NewLink, PortKind};

use crate::harness::{Tests, name, route, sh};

/// A pair, by the number of its first end.
fn pair(one: &str, other: &str) -> u32 {
    route().perform(&NewLink::veth(name(one), NewLink::peer(name(other)))).unwrap();
    index(one)
}

fn index(link: &str) -> u32 {
    Link::find(&mut route(), link).unwrap().index
}

fn data<D: LinkData>(link: &str) -> D {
    Link::find(&mut route(), link).unwrap().data().unwrap()
}

fn port<D: LinkData>(link: &str) -> D {
    Link::find(&mut route(), link).unwrap().port().unwrap()
}

/// That what `with` sets is as it was read: it changes nothing of that.
fn holds<D: Clone + PartialEq + std::fmt::Debug>(read: D, with: impl Fn(D) -> D) {
    assert_eq!(with(read.clone()), read);
}

/// Makes it with what `with` sets, as `make` has it, and reads it back.
fn made<D>(with: impl Fn(D) -> D, make: impl Fn(D) -> NewLink)
where
    D: LinkData + Default + Clone + PartialEq + std::fmt::Debug,
{
    let link = make(with(D::default()));
    route().perform(&link).unwrap();
    holds(data("x"), with);
    sh("ip link delete x");
}

fn bridge(rest: Bridge) -> Bridge {
    Bridge {
        forward_delay: Some(400),
        hello_time: Some(300),
        max_age: Some(1500),
        ageing_time: Some(700),
        stp_state: Some(0),
        priority: Some(5),
        group_forward_mask: Some(8),
        group_address: Some([1, 0x80, 0xc2, 0, 0, 5]),
        multicast_router: Some(2),
        multicast_snooping: Some(true),
        multicast_query_use_address: Some(true),
        multicast_querier: Some(true),
        multicast_hash_max: Some(512),
        multicast_last_member_count: Some(3),
        multicast_startup_query_count: Some(4),
        multicast_last_member_interval: Some(102),
        multicast_membership_interval: Some(20_000),
        multicast_querier_interval: Some(20_002),
        multicast_query_interval: Some(9000),
        multicast_query_response_interval: Some(800),
        multicast_startup_query_interval: Some(2000),
        multicast_stats: Some(true),
        multicast_igmp_version: Some(3),
        multicast_mld_version: Some(2),
        ..rest
    }
}

fn bridge_port(rest: BridgePort) -> BridgePort {
    BridgePort {
        priority: Some(5),
        cost: Some(7),
        hairpin: Some(true),
        guard: Some(true),
        root_block: Some(true),
        fast_leave: Some(true),
        learning: Some(false),
        flood: Some(false),
        proxy_arp: Some(true),
        proxy_arp_wifi: Some(true),
        multicast_router: Some(2),
        multicast_flood: Some(false),
        multicast_to_unicast: Some(true),
        vlan_tunnel: Some(true),
        broadcast_flood: Some(false),
        group_forward_mask: Some(8),
        neighbour_suppress: Some(true),
        isolated: Some(true),
        multicast_hosts_limit: Some(77),
        locked: Some(true),
        ..rest
    }
}

fn vxlan(rest: Vxlan) -> Vxlan {
    Vxlan {
        id: Some(77),
        ttl: Some(9),
        tos: Some(4),
        learning: Some(false),
        ageing: Some(100),
        limit: Some(50),
        source_ports: Some((1000, 2000)),
        proxy: Some(true),
        route_short_circuit: Some(true),
        l2_miss: Some(true),
        l3_miss: Some(true),
        port: Some(4789),
        udp_checksum: Some(false),
        udp_zero_checksum6_transmit: Some(true),
        udp_zero_checksum6_receive: Some(true),
        remote_checksum_transmit: Some(true),
        remote_checksum_receive: Some(true),
        ..rest
    }
}

fn bond(rest: Bond) -> Bond {
    Bond {
        mode: Some(1),
        miimon: Some(100),
        up_delay: Some(200),
        down_delay: Some(300),
        use_carrier: Some(true),
        primary_reselect: Some(2),
        fail_over_mac: Some(1),
        transmit_hash_policy: Some(2),
        resend_igmp: Some(3),
        peer_notifications: Some(4),
        all_ports_active: Some(1),
        minimum_links: Some(2),
        learning_interval: Some(5),
        peer_notification_delay: Some(400),
        missed_max: Some(7),
        ..rest
    }
}

pub(crate) fn add(tests: &mut Tests) {
    settings(tests);
    newer(tests);
    bridges(tests);
    on_others(tests);
    vxlans(tests);
    bonds(tests);
    pairs_and_tables(tests);
}

fn settings(tests: &mut Tests) {
    tests.add("settings_of_every_type_are_what_the_kernel_says", || {
        pair("a", "b");
        let settings = LinkSettings {
            name: Some(name("x")),
            address: Some("02:00:00:00:00:07".parse().unwrap()),
            broadcast: Some("02:00:00:00:00:ff".parse().unwrap()),
            mtu: Some(1400),
            queue_length: Some(77),
            group: Some(5),
            transmit_queues: Some(3),
            receive_queues: Some(2),
            gso_max_size: Some(60_000),
            gso_max_segs: Some(99),
            gro_max_size: Some(61_000),
            gso_ipv4_max_size: Some(50_000),
            gro_ipv4_max_size: Some(51_000),
            flags: FlagChange { flags: 0, mask: 0x80 },
            ..LinkSettings::default()
        };
        route().perform(&NewLink::with(LinkKind::Ifb, settings)).unwrap();
        let link = Link::find(&mut route(), "x").unwrap();
        assert_eq!(link.address, Some("02:00:00:00:00:07".parse().unwrap()));
        assert_eq!(link.broadcast, Some("02:00:00:00:00:ff".parse().unwrap()));
        assert_eq!((link.mtu, link.queue_length, link.group, link.queues), (1400, 77, 5, Some((3, 2))));
        assert_eq!((link.kind.as_deref(), link.flags & 0x80), (Some("ifb"), 0));
        let offload = link.offload;
        assert_eq!((offload.gso_max_size, offload.gso_max_segs), (Some(60_000), Some(99)));
        assert_eq!(offload.gro_max_size, Some(61_000));
        // Kernels before 6.3 have no limits of their own for IPv4.
        assert!(matches!(offload.gso_ipv4_max_size, None | Some(50_000)), "{offload:?}");
        assert!(matches!(offload.gro_ipv4_max_size, None | Some(51_000)), "{offload:?}");
    });
}

/// What `read` says of an option is `asked`, or nothing where the kernel is older than the option.
fn is_or_unknown<T: PartialEq + std::fmt::Debug>(read: Option<T>, asked: &T) {
    assert!(read.as_ref().is_none_or(|read| read == asked), "{read:?} instead of {asked:?}");
}

fn newer(tests: &mut Tests) {
    tests.add("options_of_newer_kernels_are_taken_where_there_are_such", || {
        let (on, other) = (pair("a", "b"), pair("c", "d"));
        let bridge = Bridge { fdb_max_learned: Some(77), ..Bridge::default() };
        route().perform(&NewLink::new(name("br"), LinkKind::Bridge(Box::new(bridge)))).unwrap();
        is_or_unknown(data::<Bridge>("br").fdb_max_learned, &77);
        route().perform(&ChangeLink::new(on).master(index("br"))).unwrap();
        let asked = BridgePort {
            learning: Some(true),
            locked: Some(true),
            mac_authentication_bypass: Some(true),
            multicast_max_groups: Some(9),
            neighbour_vlan_suppress: Some(true),
            backup_next_hop: Some(5),
            ..BridgePort::default()
        };
        route().perform(&ChangeLink::new(on).port(PortKind::Bridge(Box::new(asked)))).unwrap();
        let read: BridgePort = port("a");
        is_or_unknown(read.mac_authentication_bypass, &true);
        is_or_unknown(read.multicast_max_groups, &9);
        is_or_unknown(read.neighbour_vlan_suppress, &true);
        is_or_unknown(read.backup_next_hop, &5);
        let macvlan = Macvlan { mode: Some(4), broadcast_cutoff: Some(3), ..Macvlan::default() };
        route().perform(&NewLink::new(name("m"), LinkKind::Macvlan(macvlan)).link(other)).unwrap();
        is_or_unknown(data::<Macvlan>("m").broadcast_cutoff, &3);
        let vxlan = Vxlan {
            id: Some(7),
            link: Some(other),
            group6: Some("ff05::1".parse().unwrap()),
            port: Some(4789),
            local_bypass: Some(false),
            label_policy: Some(1),
            reserved_bits: Some((0xf7ff_ffff, 0xff)),
            multicast_route: Some(true),
            ..Vxlan::default()
        };
        route().perform(&NewLink::new(name("x"), LinkKind::Vxlan(Box::new(vxlan)))).unwrap();
        let read: Vxlan = data("x");
        is_or_unknown(read.local_bypass, &false);
        is_or_unknown(read.label_policy, &1);
        is_or_unknown(read.reserved_bits, &(0xf7ff_ffff, 0xff));
        is_or_unknown(read.multicast_route, &true);
    });
}

fn bridges(tests: &mut Tests) {
    tests.add("bridge_is_what_was_asked_for", || {
        made(bridge, |data| NewLink::new(name("x"), LinkKind::Bridge(Box::new(data))));
        let spanning = |rest| Bridge { stp_state: Some(1), switches: Some((1, 1)), ..rest };
        route()
            .perform(&NewLink::new(name("x"), LinkKind::Bridge(Box::new(spanning(Bridge::default())))))
            .unwrap();
        let read: Bridge = data("x");
        assert_eq!((read.stp_state, read.switches.map(|(values, _)| values)), (Some(1), Some(1)));
    });
    tests.add_where(
        "ip link add x type bridge vlan_filtering 1",
        "bridge_of_vlans_is_what_was_asked_for",
        || {
            let with = |rest| Bridge {
                vlan_filtering: Some(true),
                vlan_protocol: Some(0x88a8),
                vlan_default_pvid: Some(7),
                vlan_stats: Some(true),
                vlan_stats_per_port: Some(true),
                ..rest
            };
            made(with, |data| NewLink::new(name("x"), LinkKind::Bridge(Box::new(data))));
        },
    );
    tests.add("bridge_port_is_what_was_asked_for", || {
        route().perform(&NewLink::new(name("br"), LinkKind::bridge())).unwrap();
        let (a, c) = (pair("a", "b"), pair("c", "d"));
        let br = index("br");
        route().perform_all(&[&ChangeLink::new(a).master(br), &ChangeLink::new(c).master(br)]).unwrap();
        let with = |rest| BridgePort { backup_port: Some(c), ..bridge_port(rest) };
        let change = PortKind::Bridge(Box::new(with(BridgePort::default())));
        route().perform(&ChangeLink::new(a).port(change)).unwrap();
        holds(port("a"), with);
        // The state of a port that is up is ours where no spanning tree runs, but the kernel turns blocking into forwarding.
        sh("for link in br a b; do ip link set dev $link up; done
            until ip -d link show dev a | grep -q 'bridge_slave state forwarding'; do sleep 0.01; done");
        let learning = |rest| BridgePort { state: Some(2), ..rest };
        let change = PortKind::Bridge(Box::new(learning(BridgePort::default())));
        route().perform(&ChangeLink::new(a).port(change)).unwrap();
        holds(port("a"), learning);
    });
}

fn on_others(tests: &mut Tests) {
    tests.add("macvlan_is_what_was_asked_for", || {
        let on = pair("a", "b");
        let bridge = |rest| Macvlan { mode: Some(4), broadcast_queue_length: Some(50), ..rest };
        made(bridge, |data| NewLink::new(name("x"), LinkKind::Macvlan(data)).link(on));
        let passthru = |rest| Macvlan { mode: Some(8), flags: Some(1), ..rest };
        made(passthru, |data| NewLink::new(name("x"), LinkKind::Macvlan(data)).link(on));
        let list = SourceAddresses(vec![[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]]);
        let source = Macvlan {
            mode: Some(16),
            address_command: Some(3),
            sources: Some(list.clone()),
            ..Macvlan::default()
        };
        route().perform(&NewLink::new(name("x"), LinkKind::Macvlan(source)).link(on)).unwrap();
        let mut read: Macvlan = data("x");
        // In the order of a hash.
        read.sources.as_mut().unwrap().0.sort_unstable();
        assert_eq!((read.mode, read.source_count, read.sources), (Some(16), Some(2), Some(list)));
    });
    tests.add_where("ip link add x type dummy", "dummy_and_vlan_are_what_was_asked_for", || {
        route().perform(&NewLink::new(name("d"), LinkKind::Dummy)).unwrap();
        let on = index("d");
        assert_eq!(Link::find(&mut route(), "d").unwrap().kind.as_deref(), Some("dummy"));
        let vlan = |rest| Vlan {
            id: Some(77),
            protocol: Some(0x88a8),
            egress: Some(PriorityMap(vec![(1, 2), (3, 4)])),
            ingress: Some(PriorityMap(vec![(5, 6), (7, 1)])),
            ..rest
        };
        made(vlan, |data| NewLink::new(name("x"), LinkKind::Vlan(data)).link(on));
        // Reordered headers off, GVRP, loose binding and MVRP on; the kernel says of all that they count.
        let flags = Vlan { id: Some(78), flags: Some((0b1_1010, 0b1_1011)), ..Vlan::default() };
        route().perform(&NewLink::new(name("y"), LinkKind::Vlan(flags)).link(on)).unwrap();
        assert_eq!(data::<Vlan>("y").flags.map(|(values, _)| values), Some(0b1_1010));
    });
    tests.add_where(
        "ip link add d0 type veth peer name d1; ip link add link d0 name x type ipvlan",
        "ipvlan_is_what_was_asked_for",
        || {
            let on = pair("a", "b");
            for (mode, flags) in [(0, 0), (1, 1), (2, 2)] {
                let with = |_| Ipvlan { mode: Some(mode), flags: Some(flags) };
                made(with, |data| NewLink::new(name("x"), LinkKind::Ipvlan(data)).link(on));
            }
        },
    );
}

fn vxlans(tests: &mut Tests) {
    tests.add("vxlan_is_what_was_asked_for", || {
        let on = pair("a", "b");
        sh("ip link set dev a up; ip link set dev b up; ip address add 10.0.0.1/24 dev a; ip address add fd00::1/64 dev a nodad");
        let make = |data| NewLink::new(name("x"), LinkKind::Vxlan(Box::new(data)));
        let four = |rest| Vxlan {
            link: Some(on),
            group: Some("239.1.1.1".parse().unwrap()),
            local: Some("10.0.0.1".parse().unwrap()),
            dont_fragment: Some(1),
            ..vxlan(rest)
        };
        made(four, make);
        let six = |rest| Vxlan {
            link: Some(on),
            group6: Some("ff05::1".parse().unwrap()),
            local6: Some("fd00::1".parse().unwrap()),
            label: Some(0x12345),
            ..vxlan(rest)
        };
        made(six, make);
        let flags = |rest| Vxlan {
            id: Some(5),
            port: Some(4790),
            group_policy: Some(insula_net::Present),
            remote_checksum_no_partial: Some(insula_net::Present),
            ..rest
        };
        made(flags, make);
        let outer = |rest| Vxlan { port: Some(4791), collect_metadata: Some(true), ..rest };
        made(outer, make);
    });
}

fn bonds(tests: &mut Tests) {
    tests.add_where("ip link add x type bond", "bond_is_what_was_asked_for", || {
        let make = |data| NewLink::new(name("x"), LinkKind::Bond(Box::new(data)));
        made(bond, make);
        let asked = |rest| Bond {
            mode: Some(1),
            arp_interval: Some(100),
            arp_targets: Some(Targets(vec!["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()])),
            arp_validate: Some(3),
            arp_all_targets: Some(1),
            ..rest
        };
        made(asked, make);
        let asked = |rest| Bond {
            mode: Some(1),
            arp_interval: Some(100),
            neighbour_targets: Some(Targets(vec!["fd00::1".parse().unwrap(), "fd00::2".parse().unwrap()])),
            ..rest
        };
        made(asked, make);
        let aggregated = |rest| Bond {
            mode: Some(4),
            lacp_rate: Some(1),
            lacp_active: Some(0),
            aggregator_select: Some(1),
            actor_priority: Some(7),
            user_port_key: Some(8),
            actor_system: Some([2, 0, 0, 0, 0, 9]),
            ..rest
        };
        made(aggregated, make);
        let in_turn = |rest| Bond { mode: Some(0), packets_per_port: Some(6), ..rest };
        made(in_turn, make);
        let balanced = |rest| Bond { mode: Some(5), dynamic_balance: Some(0), ..rest };
        made(balanced, make);
    });
    tests.add_where("ip link add x type bond", "bond_port_is_what_was_asked_for", || {
        route().perform(&NewLink::new(name("x"), LinkKind::Bond(Box::new(bond(Bond::default()))))).unwrap();
        let on = pair("a", "b");
        route().perform(&ChangeLink::new(on).master(index("x"))).unwrap();
        let with = |rest| BondPort { queue: Some(3), priority: Some(-5), ..rest };
        route().perform(&ChangeLink::new(on).port(PortKind::Bond(with(BondPort::default())))).unwrap();
        holds(port("a"), with);
        let primary = |rest| Bond { primary: Some(on), ..rest };
        let change = LinkKind::Bond(Box::new(primary(Bond::default())));
        route().perform(&ChangeLink::new(index("x")).kind(change)).unwrap();
        holds(data("x"), primary);
    });
}

fn pairs_and_tables(tests: &mut Tests) {
    tests.add_where("ip link add x type netkit", "netkit_is_what_was_asked_for", || {
        let with = |rest| NetkitMode { mode: Some(1), policy: Some(2), peer_policy: Some(0), ..rest };
        let netkit =
            Netkit { peer: Some(Box::new(NewLink::peer(name("y")))), mode: with(NetkitMode::default()) };
        route().perform(&NewLink::new(name("x"), LinkKind::Netkit(netkit))).unwrap();
        holds(data("x"), with);
    });
    tests.add_where("ip link add x type vrf table 5", "vrf_is_what_was_asked_for", || {
        let on = pair("a", "b");
        let with = |_| Vrf { table: Some(77) };
        route().perform(&NewLink::new(name("x"), LinkKind::Vrf(with(Vrf::default())))).unwrap();
        holds(data("x"), with);
        route().perform(&ChangeLink::new(on).master(index("x"))).unwrap();
        holds(port("a"), |_| VrfPort { table: Some(77) });
    });
}
