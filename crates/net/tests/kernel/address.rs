//! Addresses.

use insula_net::{
    Address, AddressFlags, Family, Lifetime, Link, LinkKind, NewAddress, NewLink, RemoveAddress, Scope, Verb,
};
use rustix::io::Errno;

use crate::harness::{Tests, name, route, sh};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("addresses_come_and_go", || {
        let four = "10.0.0.1/24".parse().unwrap();
        let six = "fd00::1/64".parse().unwrap();
        route().perform(&NewAddress::new(1, four)).unwrap();
        let request = NewAddress { flags: AddressFlags::NO_DAD, ..NewAddress::new(1, six) };
        route().perform(&request).unwrap();
        let shown = sh("ip addr show lo");
        assert!(shown.contains("inet 10.0.0.1/24") && shown.contains("inet6 fd00::1/64"), "{shown}");
        let listed = Address::list(&mut route()).unwrap();
        assert_eq!(listed.iter().map(|address| address.prefix).collect::<Vec<_>>(), [four, six]);
        route().perform(&RemoveAddress::new(1, four)).unwrap();
        assert!(!sh("ip addr show lo").contains("10.0.0.1"));
    });
    tests.add("address_has_all_that_it_is_given", || {
        route().perform(&NewLink::new(name("br"), LinkKind::bridge())).unwrap();
        let index = Link::find(&mut route(), "br").unwrap().index;
        let asked = NewAddress {
            peer: Some("10.0.9.0".parse().unwrap()),
            broadcast: Some("10.0.9.255".parse().unwrap()),
            label: Some("br:x".to_owned()),
            scope: Scope::LINK,
            lifetimes: Some((Lifetime(500), Lifetime(1000))),
            priority: Some(77),
            flags: AddressFlags::NO_PREFIX_ROUTE,
            ..NewAddress::new(index, "10.0.0.1/24".parse().unwrap())
        };
        route().perform(&asked).unwrap();
        let shown = sh("ip address show br");
        assert!(
            shown.contains(
                "inet 10.0.0.1 peer 10.0.9.0/24 metric 77 brd 10.0.9.255 scope link dynamic noprefixroute br:x"
            ),
            "{shown}"
        );
        let listed = Address::list_where(&mut route(), Some(Family::V4), Some(index)).unwrap();
        assert_eq!(listed.len(), 1);
        let found = &listed[0];
        assert_eq!((found.peer, found.broadcast), (asked.peer, asked.broadcast));
        assert_eq!((&found.label, found.scope, found.priority), (&asked.label, asked.scope, asked.priority));
        assert!(found.age.unwrap().valid.0 <= 1000 && found.flags.contains(asked.flags));
        let wrong = RemoveAddress { label: Some("br:y".to_owned()), ..RemoveAddress::new(index, asked.prefix) };
        let error = route().perform(&wrong).unwrap_err();
        assert_eq!(error.errno(), Some(Errno::ADDRNOTAVAIL));
        let same = RemoveAddress { peer: asked.peer, ..RemoveAddress::new(index, asked.prefix) };
        route().perform(&same).unwrap();
        assert_eq!(Address::list(&mut route()).unwrap(), []);
    });
    tests.add("address_that_is_there_is_changed_or_refused", || {
        let new = NewAddress::new(1, "10.0.0.1/24".parse().unwrap());
        route().perform(&new).unwrap();
        assert_eq!(route().perform(&new).unwrap_err().errno(), Some(Errno::EXIST));
        let lifetimes = Some((Lifetime(500), Lifetime(1000)));
        route().perform(&NewAddress { verb: Verb::Replace, lifetimes, ..new }).unwrap();
        assert!(sh("ip address show lo").contains("dynamic"));
    });
}
