//! Settings of a namespace, and interfaces of programs.

use std::os::fd::AsFd as _;

use insula_net::{NewTun, Setting, TunMode};

use crate::harness::{Tests, name, namespace, namespace_path, sh};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("setting_is_written_in_its_namespace_only", || {
        let other = namespace();
        let forward: Setting = "net.ipv4.ip_forward".parse().unwrap();
        let before = forward.read(&[]).unwrap();
        forward.write(&[other.as_fd()], "1").unwrap();
        assert_eq!(forward.read(&[other.as_fd()]).unwrap(), "1");
        assert_eq!(forward.read(&[]).unwrap(), before);
        let shown =
            sh(&format!("nsenter --net={} cat /proc/sys/net/ipv4/ip_forward", namespace_path(&other)));
        assert_eq!(shown.trim(), "1");
    });
    tests.add("setting_that_is_not_there_is_named", || {
        let setting: Setting = "net.ipv4.conf.nosuch.forwarding".parse().unwrap();
        let error = setting.write(&[], "1").unwrap_err();
        assert_eq!(error.to_string(), "cannot set `net/ipv4/conf/nosuch/forwarding` to `1`");
    });
    tests.add("tap_stays_in_the_namespace_it_was_made_for", || {
        let other = namespace();
        let tap = NewTun { owner: Some(1000), ..NewTun::new(name("tap0"), TunMode::Tap) };
        tap.create(&[other.as_fd()]).unwrap();
        let there = format!("nsenter --net={}", namespace_path(&other));
        assert!(
            sh(&format!("{there} ip -d link show tap0")).contains("tun type tap pi off"),
            "as `ip tuntap add` makes it"
        );
        assert!(!sh("ip link").contains("tap0"));
        tap.delete(&[other.as_fd()]).unwrap();
        assert!(!sh(&format!("{there} ip link")).contains("tap0"));
    });
}
