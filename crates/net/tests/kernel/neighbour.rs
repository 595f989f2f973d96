//! Neighbours.

use insula_net::{
    ChangeLink, DeleteNeighbour, Link, Neighbour, NeighbourFilter, NeighbourFlags, NewLink, NewNeighbour,
    Verb,
};
use rustix::io::Errno;

use crate::harness::{Tests, name, route, sh};

fn wired() -> u32 {
    route().perform(&NewLink::veth(name("a"), NewLink::peer(name("b"))).up()).unwrap();
    route().perform(&ChangeLink::named(name("b")).up()).unwrap();
    Link::find(&mut route(), "a").unwrap().index
}

pub(crate) fn add(tests: &mut Tests) {
    tests.add("neighbours_come_and_go", || {
        let index = wired();
        let hardware = "02:00:00:00:00:05".parse().unwrap();
        let four = Neighbour::permanent(index, "10.0.0.4".parse().unwrap(), hardware);
        route().perform(&NewNeighbour::add(four.clone())).unwrap();
        assert_eq!(sh("ip neigh show dev a").trim(), "10.0.0.4 lladdr 02:00:00:00:00:05 PERMANENT");
        let error = route().perform(&NewNeighbour::add(four.clone())).unwrap_err();
        assert_eq!(error.errno(), Some(Errno::EXIST));
        let other = Neighbour { hardware: Some("02:00:00:00:00:06".parse().unwrap()), ..four.clone() };
        route().perform(&NewNeighbour { neighbour: other, verb: Verb::Replace }).unwrap();
        let filter = NeighbourFilter { index: Some(index), ..NeighbourFilter::default() };
        let listed = Neighbour::list(&mut route(), &filter).unwrap();
        let found = listed.iter().find(|found| found.address == four.address).unwrap();
        assert_eq!(found.hardware.as_ref().unwrap().to_string(), "02:00:00:00:00:06");
        let flags = NeighbourFlags::default();
        assert_eq!(
            &Neighbour::get(&mut route(), index, four.address, flags).unwrap().hardware,
            &found.hardware
        );
        route().perform(&DeleteNeighbour { neighbour: four.clone() }).unwrap();
        assert_eq!(sh("ip neigh show dev a nud permanent"), "");
        let error = route().perform(&DeleteNeighbour { neighbour: four }).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot delete neighbour `10.0.0.4` on link {index}"));
    });
    tests.add("proxies_are_listed_apart", || {
        let index = wired();
        let proxy = Neighbour::proxy(index, "10.0.0.5".parse().unwrap());
        route().perform(&NewNeighbour::add(proxy.clone())).unwrap();
        assert_eq!(sh("ip neigh show proxy").trim(), "10.0.0.5 dev a proxy");
        let filter = NeighbourFilter { flags: NeighbourFlags::PROXY, ..NeighbourFilter::default() };
        let listed = Neighbour::list(&mut route(), &filter).unwrap();
        assert_eq!(listed.iter().map(|found| found.address).collect::<Vec<_>>(), [proxy.address]);
        route().perform(&DeleteNeighbour { neighbour: proxy }).unwrap();
        assert_eq!(sh("ip neigh show proxy"), "");
    });
}
