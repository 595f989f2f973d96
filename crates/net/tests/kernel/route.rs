//! Routes.

use std::os::fd::AsFd as _;

use insula_net::{
    AssignNetnsId, ChangeLink, DeleteRoute, Family, Link, Metric, NetnsId, NewLink, NewRoute, NextHop,
    Prefix, Route, RouteFilter, RouteKind, RouteLookup, Verb,
};
use rustix::io::Errno;

use crate::harness::{Tests, name, namespace, route, sh};

/// A pair `a` and `b` with 10.0.0.1/24 and fd00::1/64 on `a`; the number of `a`.
fn wired() -> u32 {
    route().perform(&NewLink::veth(name("a"), NewLink::peer(name("b"))).up()).unwrap();
    route().perform(&ChangeLink::named(name("b")).up()).unwrap();
    sh("ip address add 10.0.0.1/24 dev a; ip address add fd00::1/64 dev a nodad");
    Link::find(&mut route(), "a").unwrap().index
}

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

pub(crate) fn add(tests: &mut Tests) {
    tests.add("routes_come_and_go", || {
        let index = wired();
        let gateway = "10.0.0.9".parse().unwrap();
        let four = Route { priority: Some(7), ..Route::to(prefix("10.2.0.0/16")).via(gateway).dev(index) };
        let six = Route::default_of(Family::V6).via("fd00::9".parse().unwrap()).table(1000);
        let hole = Route::to(prefix("10.3.0.0/16")).kind(RouteKind::BLACKHOLE);
        let requests = [NewRoute::add(four.clone()), NewRoute::add(six), NewRoute::add(hole)];
        route().perform_all(&[&requests[0], &requests[1], &requests[2]]).unwrap();
        assert_eq!(sh("ip route show 10.2.0.0/16").trim(), "10.2.0.0/16 via 10.0.0.9 dev a metric 7");
        assert_eq!(sh("ip route show 10.3.0.0/16").trim(), "blackhole 10.3.0.0/16");
        assert!(sh("ip -6 route show table 1000").starts_with("default via fd00::9 dev a metric 1024"));
        let error = route().perform(&requests[0]).unwrap_err();
        assert_eq!(error.errno(), Some(Errno::EXIST));
        assert_eq!(error.to_string(), format!("cannot add route `10.2.0.0/16 via 10.0.0.9 dev {index}`"));
        let listed = Route::list(&mut route()).unwrap();
        assert!(listed.contains(&four), "{listed:?}");
        route().perform(&DeleteRoute::exactly(four)).unwrap();
        route().perform(&DeleteRoute::to(prefix("10.3.0.0/16"))).unwrap();
        assert_eq!(sh("ip route show").lines().count(), 1);
    });
    tests.add("several_ways_are_listed_with_their_weights", || {
        let index = wired();
        let ways = vec![
            NextHop { weight: 3, index, ..NextHop::via("10.0.0.8".parse().unwrap()) },
            NextHop { index, ..NextHop::via("10.0.0.9".parse().unwrap()) },
        ];
        let to = Route::to(prefix("10.2.0.0/16")).ways(ways);
        route().perform(&NewRoute::add(to.clone())).unwrap();
        let shown = sh("ip route show 10.2.0.0/16");
        assert!(shown.contains("nexthop via 10.0.0.8 dev a weight 3"), "{shown}");
        assert!(Route::list(&mut route()).unwrap().contains(&to));
    });
    tests.add("ipv4_route_by_an_ipv6_router", || {
        let index = wired();
        let to = Route::to(prefix("10.2.0.0/16")).via("fd00::9".parse().unwrap()).dev(index);
        route().perform(&NewRoute::add(to.clone())).unwrap();
        assert_eq!(sh("ip route show 10.2.0.0/16").trim(), "10.2.0.0/16 via inet6 fd00::9 dev a");
        assert!(Route::list(&mut route()).unwrap().contains(&to));
    });
    tests.add("metrics_are_kept", || {
        let index = wired();
        let mut to = Route::to(prefix("10.2.0.0/16")).dev(index);
        to.metrics.set(Metric::Mtu, 1400);
        to.metrics.lock(Metric::Mtu);
        to.metrics.set(Metric::AdvertisedMss, 1200);
        route().perform(&NewRoute { route: to.clone(), verb: Verb::Replace }).unwrap();
        let shown = sh("ip route show 10.2.0.0/16");
        assert!(shown.contains("mtu lock 1400 advmss 1200"), "{shown}");
        assert!(Route::list(&mut route()).unwrap().contains(&to));
    });
    tests.add("kernel_lists_only_what_is_asked_for", || {
        let index = wired();
        let request = NewRoute::add(Route::to(prefix("10.2.0.0/16")).dev(index).table(1000));
        route().perform(&request).unwrap();
        let filter = RouteFilter { table: Some(1000), family: Some(Family::V4), ..RouteFilter::default() };
        assert_eq!(Route::list_where(&mut route(), &filter).unwrap(), [request.route]);
        let error =
            Route::list_where(&mut route(), &RouteFilter { table: Some(1001), ..filter }).unwrap_err();
        assert_eq!(error.errno(), Some(Errno::NOENT));
    });
    tests.add("kernel_tells_the_way_of_a_packet", || {
        let index = wired();
        let found = Route::get(&mut route(), &RouteLookup::to("10.0.0.7".parse().unwrap())).unwrap();
        assert_eq!((found.index, found.preferred_source), (Some(index), Some("10.0.0.1".parse().unwrap())));
        let error = Route::get(&mut route(), &RouteLookup::to("10.9.0.7".parse().unwrap())).unwrap_err();
        assert_eq!(error.errno(), Some(Errno::NETUNREACH));
    });
    tests.add("namespaces_have_the_numbers_that_they_are_given", || {
        let (one, two) = (namespace(), namespace());
        assert_eq!(NetnsId::list(&mut route()).unwrap(), []);
        assert_eq!(NetnsId::of(&mut route(), one.as_fd()).unwrap(), None);
        route().perform(&AssignNetnsId { net: one.as_fd(), id: Some(7) }).unwrap();
        route().perform(&AssignNetnsId { net: two.as_fd(), id: None }).unwrap();
        assert_eq!(NetnsId::of(&mut route(), one.as_fd()).unwrap(), Some(7));
        let all: Vec<_> = NetnsId::list(&mut route()).unwrap().iter().map(|found| found.id).collect();
        assert_eq!(all.len(), 2);
        assert!(all.contains(&7), "{all:?}");
        let other = all.iter().copied().find(|id| *id != 7);
        // More than are asked about at a time, and one that is no network namespace.
        let mount = std::fs::File::open("/proc/self/ns/mnt").unwrap();
        let mut nets = vec![one.as_fd(); 200];
        (nets[99], nets[150]) = (two.as_fd(), mount.as_fd());
        let mut answers = NetnsId::of_all(&mut route(), &nets).unwrap();
        assert_eq!(answers.len(), 200);
        assert_eq!(answers.remove(150).unwrap_err().errno(), Some(Errno::INVAL));
        assert_eq!(answers.remove(99).unwrap(), other);
        assert!(answers.into_iter().all(|answer| answer.unwrap() == Some(7)));
        assert!(NetnsId::of_all(&mut route(), &[]).unwrap().is_empty());
        assert_eq!(NetnsId::list_of(&mut route(), 7).unwrap(), []);
    });
}
