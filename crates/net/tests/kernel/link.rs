//! Interfaces.

use std::os::fd::AsFd as _;

use insula_net::{ChangeLink, DeleteLink, Link, LinkKind, Netlink, NewLink, Place, Protocol};

use crate::harness::{Tests, name, namespace, route, sh};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("peer_is_born_in_the_other_namespace", || {
        let other = namespace();
        let peer = NewLink::peer(name("eth0")).place(Place::of(other.as_fd()).unwrap());
        let pair = NewLink::veth(name("veth0"), peer).up();
        let mark = ChangeLink::named(name("veth0")).alias("ours");
        route().perform_all(&[&pair, &mark]).unwrap();
        assert!(sh("ip link show veth0").contains("alias ours"));
        assert!(!sh("ip link").contains("eth0@veth0"), "the peer leaked into our namespace");
        let mut there = Netlink::open_in(Protocol::Route, &[other.as_fd()]).unwrap();
        let inside = Link::find(&mut there, "eth0").unwrap();
        there.perform(&ChangeLink::new(inside.index).up()).unwrap();
        assert!(Link::find(&mut there, "eth0").unwrap().is_up());
        assert_eq!(inside.kind.as_deref(), Some("veth"));
        assert_eq!(inside.link, Some(Link::find(&mut route(), "veth0").unwrap().index));
        assert!(inside.link_netnsid.is_some());
    });
    tests.add("both_ends_of_a_pair_get_the_numbers_that_are_asked_for", || {
        let other = namespace();
        let peer = NewLink::peer(name("eth0")).index(77).place(Place::of(other.as_fd()).unwrap());
        let pair = NewLink::veth(name("veth0"), peer).index(66);
        route().perform_all(&[&pair, &ChangeLink::new(66).up()]).unwrap();
        assert_eq!(Link::find(&mut route(), "veth0").unwrap().index, 66);
        let mut there = Netlink::open_in(Protocol::Route, &[other.as_fd()]).unwrap();
        assert_eq!(Link::find(&mut there, "eth0").unwrap().index, 77);
    });
    tests.add("deleted_end_takes_the_other_with_it", || {
        route().perform(&NewLink::veth(name("a"), NewLink::peer(name("b")))).unwrap();
        let index = Link::find(&mut route(), "a").unwrap().index;
        route().perform(&DeleteLink { index }).unwrap();
        assert_eq!(Link::list(&mut route()).unwrap().len(), 1);
    });
    tests.add("changes_are_made_in_one_request", || {
        route().perform(&NewLink::new(name("br"), LinkKind::bridge())).unwrap();
        route().perform(&NewLink::veth(name("a"), NewLink::peer(name("b")))).unwrap();
        let bridge = Link::find(&mut route(), "br").unwrap().index;
        let index = Link::find(&mut route(), "a").unwrap().index;
        let change = ChangeLink::new(index).name(name("port")).mtu(1400).master(bridge).alias("x").up();
        route().perform(&change).unwrap();
        let port = sh("ip link show port");
        assert!(port.contains("mtu 1400") && port.contains("master br") && port.contains(",UP"), "{port}");
    });
}
