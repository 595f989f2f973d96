//! Addresses.

use insula_net::{Address, AddressFlags, NewAddress, RemoveAddress};

use crate::harness::{Tests, route, sh};

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
        route().perform(&RemoveAddress { index: 1, prefix: four }).unwrap();
        assert!(!sh("ip addr show lo").contains("10.0.0.1"));
    });
}
