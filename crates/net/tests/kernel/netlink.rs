//! The socket.

use std::os::fd::AsFd as _;

use insula_net::{ChangeLink, DeleteLink, Error, Link, LinkKind, Netlink, NewLink, Protocol, Request};
use rustix::io::Errno;

use crate::harness::{Tests, name, namespace, route, sh};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("socket_is_bound_to_the_namespace_it_was_opened_in", || {
        let other = namespace();
        sh("ip link add here type bridge");
        let mut there = Netlink::open_in(Protocol::Route, &[other.as_fd()]).unwrap();
        assert_eq!(Link::list(&mut there).unwrap().len(), 1, "only the loopback");
        assert!(Link::find(&mut route(), "here").is_ok());
    });
    tests.add("words_of_the_kernel_are_in_the_error", || {
        let error = route().perform(&DeleteLink { index: 1 }).unwrap_err();
        assert_eq!(error.errno(), Some(Errno::OPNOTSUPP));
        let error = Link::find(&mut route(), "nosuch").unwrap_err();
        assert_eq!(error.errno(), Some(Errno::NODEV), "{error}");
    });
    tests.add("batch_performs_all_and_names_the_first_that_failed", || {
        let bridges: Vec<_> = (0..250)
            .map(|number| {
                let number = if number == 120 { 3 } else { number };
                NewLink::new(name(&format!("br{number}")), LinkKind::bridge())
            })
            .collect();
        let requests: Vec<&dyn Request> = bridges.iter().map(|bridge| bridge as &dyn Request).collect();
        let failed = route().perform_all(&requests).unwrap_err();
        assert_eq!(failed.index, 120);
        assert_eq!(failed.to_string(), "cannot create bridge link `br3`");
        assert_eq!(Link::list(&mut route()).unwrap().len(), 250);
    });
    tests.add("batch_tells_of_all_that_failed", || {
        let bridges: Vec<_> = (0..250)
            .map(|number| NewLink::new(name(&format!("br{}", number % 125)), LinkKind::bridge()))
            .collect();
        let requests: Vec<&dyn Request> = bridges.iter().map(|bridge| bridge as &dyn Request).collect();
        let failed = route().attempt_all(&requests).unwrap();
        assert_eq!(
            failed.iter().map(|failed| failed.index).collect::<Vec<_>>(),
            (125..250).collect::<Vec<_>>()
        );
        assert!(failed.iter().all(|failed| failed.source.errno() == Some(Errno::EXIST)));
        assert_eq!(failed[0].to_string(), "cannot create bridge link `br0`");
    });
    tests.add("what_is_no_namespace_is_refused", || {
        let null = std::fs::File::open("/dev/null").unwrap();
        let error = Netlink::open_in(Protocol::Route, &[null.as_fd()]).unwrap_err();
        assert!(matches!(error, Error::Open { protocol: Protocol::Route, .. }), "{error:?}");
    });
    tests.add("many_links_are_listed_whole", || {
        let bridges: Vec<_> =
            (0..400).map(|number| NewLink::new(name(&format!("br{number}")), LinkKind::bridge())).collect();
        let requests: Vec<&dyn Request> = bridges.iter().map(|bridge| bridge as &dyn Request).collect();
        route().perform_all(&requests).unwrap();
        route().perform(&ChangeLink::loopback().up()).unwrap();
        assert_eq!(Link::list(&mut route()).unwrap().len(), 401);
    });
}
