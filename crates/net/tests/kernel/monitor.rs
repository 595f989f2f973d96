//! The monitor, and what differs between two moments.

use std::os::fd::AsFd as _;

use insula_net::{
    AssignNetnsId, ChangeLink, DeleteRoute, Event, Group, Happened, Heard, LinkKind, Monitor, NewAddress,
    NewLink, NewRoute, Reach, Route, RouteKind, Snapshot, Subject,
};

use crate::harness::{Tests, name, namespace, route, sh};

/// Hears until something is heard that `wanted` says is enough.
fn hear(monitor: &mut Monitor, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut all = Vec::new();
    loop {
        let Heard::Events(events) = monitor.hear().unwrap() else { panic!("something was lost: {all:?}") };
        let enough = events.iter().any(&wanted);
        all.extend(events);
        if enough {
            return all;
        }
    }
}

fn is_link(event: &Event, wanted: &str) -> bool {
    matches!(&event.subject, Subject::Link(link) if link.name == wanted)
}

pub(crate) fn add(tests: &mut Tests) {
    tests.add("monitor_hears_of_all_that_changes", || {
        let mut monitor = Monitor::open(&[], &Group::ALL, Reach::Own).unwrap();
        route().perform(&NewLink::new(name("br"), LinkKind::bridge())).unwrap();
        let heard = hear(&mut monitor, |event| is_link(event, "br"));
        assert!(heard.iter().any(|event| matches!(event.subject, Subject::Netconf(..))), "{heard:?}");
        route().perform(&NewAddress::new(1, "10.0.0.1/24".parse().unwrap())).unwrap();
        hear(&mut monitor, |event| {
            matches!(&event.subject, Subject::Address(one) if one.index == 1 && event.happened == Happened::Set)
        });
        let hole = Route::to("10.3.0.0/16".parse().unwrap()).kind(RouteKind::BLACKHOLE);
        route().perform(&NewRoute::add(hole.clone())).unwrap();
        route().perform(&DeleteRoute::exactly(hole.clone())).unwrap();
        let is_hole = |event: &Event| matches!(&event.subject, Subject::Route(one) if one.kind == hole.kind);
        let heard = hear(&mut monitor, |event| is_hole(event) && event.happened == Happened::Deleted);
        assert!(heard.iter().any(|event| is_hole(event) && event.happened == Happened::Set), "{heard:?}");
        sh("ip rule add prio 7 table 8; ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev br");
        let heard = hear(&mut monitor, |event| matches!(event.subject, Subject::Neighbour(..)));
        assert!(heard.iter().any(|event| matches!(&event.subject, Subject::Rule(rule) if rule.table == 8)));
    });
    tests.add("monitor_hears_of_other_namespaces_by_their_numbers", || {
        let other = namespace();
        let mut monitor = Monitor::open(&[], &[Group::Link, Group::NetnsId], Reach::AllNumbered).unwrap();
        route().perform(&AssignNetnsId { net: other.as_fd(), id: Some(7) }).unwrap();
        hear(&mut monitor, |event| {
            event.netns_id.is_none() && matches!(event.subject, Subject::NetnsId(id) if id.id == 7)
        });
        let mut there = insula_net::Netlink::open_in(insula_net::Protocol::Route, &[other.as_fd()]).unwrap();
        there.perform(&ChangeLink::loopback().up()).unwrap();
        let heard = hear(&mut monitor, |event| is_link(event, "lo"));
        assert!(heard.iter().all(|event| event.netns_id == Some(7)), "{heard:?}");
    });
    tests.add("monitor_says_when_it_lost_something", || {
        let mut monitor = Monitor::open(&[], &[Group::Link], Reach::Own).unwrap();
        // Each of them is some 1,400 bytes, and the socket holds 212,992.
        let change = |up: bool| if up { ChangeLink::loopback().up() } else { ChangeLink::loopback().down() };
        for round in 0..2000 {
            route().perform(&change(round % 2 == 0)).unwrap();
        }
        while monitor.hear().unwrap() != Heard::Lost {}
    });
    tests.add("changes_between_two_moments_are_found", || {
        let before = Snapshot::take(&mut route()).unwrap();
        assert_eq!(before.changes(&Snapshot::take(&mut route()).unwrap()), []);
        route().perform(&NewLink::new(name("br"), LinkKind::bridge())).unwrap();
        route().perform(&NewAddress::new(1, "10.0.0.1/24".parse().unwrap())).unwrap();
        let after = Snapshot::take(&mut route()).unwrap();
        let changes = before.changes(&after);
        assert!(changes.iter().any(|event| is_link(event, "br") && event.happened == Happened::Set));
        assert!(changes.iter().any(|event| matches!(&event.subject, Subject::Address(..))), "{changes:?}");
        let back = after.changes(&before);
        assert!(back.iter().any(|event| is_link(event, "br") && event.happened == Happened::Deleted));
    });
}
