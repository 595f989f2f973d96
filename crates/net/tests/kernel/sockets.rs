//! Sockets that listen.

use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsFd as _;

use insula_net::{ChangeLink, Listener, Netlink, Protocol, Transport};

use crate::harness::{Tests, namespace, route};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("listening_ports_are_found_in_their_namespace", || {
        route().perform(&ChangeLink::loopback().up()).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("[::1]:0").unwrap();
        let list = Listener::list(&mut Netlink::open(Protocol::SockDiag).unwrap()).unwrap();
        let found: Vec<_> = list.iter().map(|one| (one.transport, one.local)).collect();
        let expected =
            [(Transport::Tcp, tcp.local_addr().unwrap()), (Transport::Udp, udp.local_addr().unwrap())];
        assert_eq!(found, expected);
        let inode = rustix::fs::fstat(&tcp).unwrap().st_ino;
        assert_eq!((u64::from(list[0].inode), list[0].uid), (inode, 0));
        let other = namespace();
        let mut there = Netlink::open_in(Protocol::SockDiag, &[other.as_fd()]).unwrap();
        assert_eq!(Listener::list(&mut there).unwrap(), []);
    });
}
