//! WireGuard: two namespaces talk over an encrypted line.

use std::os::fd::AsFd as _;

use insula_net::wireguard::{Config, Configure, Device};
use insula_net::{Netlink, Protocol};

use crate::harness::{Tests, name, namespace, namespace_path, sh};

/// Made for this test.
const KEYS: [(&str, &str); 2] = [
    ("wKFyi16nLohdA/c9dau+ZKOB6n4fCESsyekQ9qfBzm8=", "wurHBkZ4qT+mA+WXVu8tqklN3v7HXU/hSUOQXip1L3c="),
    ("SFM6eMdirwVTzcoiEI4GxZcxlqUnmgxdv2OK3pmZZUM=", "1oUI5j+TfIvae0f7vNELFNSEiKiDpMEAygab527HzRk="),
];

fn config(own: usize, port: u16, other: usize, allowed: &str, endpoint: &str) -> Config {
    let text = format!(
        "[Interface]\nPrivateKey = {}\nListenPort = {port}\n[Peer]\nPublicKey = {}\nAllowedIPs = {allowed}\n{endpoint}",
        KEYS[own].0, KEYS[other].1
    );
    text.parse().unwrap()
}

pub(crate) fn add(tests: &mut Tests) {
    tests.add_where("ip link add wg0 type wireguard", "two_namespaces_talk_over_an_encrypted_line", || {
        let other = namespace();
        let path = namespace_path(&other);
        let there = format!("nsenter --net={path}");
        // The encrypted packets go by the loopback of this namespace; the interface is moved away afterwards.
        sh("ip link set lo up; ip link add wg0 type wireguard; ip link add wg1 type wireguard");
        let mut generic = Netlink::open(Protocol::Generic).unwrap();
        let here = config(0, 51820, 1, "10.9.0.2/32", "");
        Configure::perform(&mut generic, &name("wg0"), &here).unwrap();
        let far = config(1, 51821, 0, "10.9.0.1/32", "Endpoint = 127.0.0.1:51820\nPersistentKeepalive = 1\n");
        Configure::perform(&mut generic, &name("wg1"), &far).unwrap();
        sh("ip addr add 10.9.0.1/24 dev wg0; ip link set wg0 up");
        sh(&format!("ip link set wg1 netns {path}"));
        sh(&format!("{there} ip addr add 10.9.0.2/24 dev wg1; {there} ip link set wg1 up"));
        sh(&format!("{there} ping -c 1 -W 5 10.9.0.1"));
        let mut inside = Netlink::open_in(Protocol::Generic, &[other.as_fd()]).unwrap();
        let device = Device::read(&mut inside, &name("wg1")).unwrap();
        assert_eq!(device.listen_port, 51821);
        assert_eq!(device.public_key, Some(KEYS[1].1.parse().unwrap()));
        assert_eq!(device.peers[0].peer, far.peers[0]);
        assert!(device.peers[0].last_handshake.is_some() && device.peers[0].received > 0);
    });
    tests.add("missing_interface_is_named", || {
        let error = Device::read(&mut Netlink::open(Protocol::Generic).unwrap(), &name("wg7")).unwrap_err();
        assert!(
            matches!(
                error.to_string().as_str(),
                "cannot read WireGuard link `wg7`" | "cannot find `wireguard` in this kernel"
            ),
            "{error}"
        );
    });
}
