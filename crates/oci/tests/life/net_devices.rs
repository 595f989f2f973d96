//! `config-linux.md`, "Network Devices": interfaces move in from the runtime's network namespace, one that a test makes.
#![expect(clippy::disallowed_methods, reason = "the network is that of iproute2, not ours")]

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::panic::resume_unwind;
use std::process::{Command, Stdio};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde_json::json;

use crate::bundle::Home;

/// A new network namespace, which lives as long as this handle, or what is in it.
fn namespace() -> File {
    let mut child = Command::new("unshare")
        .args(["--net", "sh", "-c", "echo; read end"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It is there when the shell says so.
    child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    let net = File::open(format!("/proc/{}/ns/net", child.id())).unwrap();
    drop(child.stdin.take());
    child.wait().unwrap();
    net
}

fn enter(net: &File) {
    move_into_link_name_space(net.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
}

/// Runs the test on a thread whose network namespace has a veth pair, `outer` with addresses, and `peer`.
fn with_interfaces(test: fn(Home)) {
    if !rustix::process::geteuid().is_root() {
        // Whoever has no rights over the runtime's own namespace has nothing to give.
        let mut home = Home::new();
        home.config["linux"]["netDevices"] = json!({"lo": {"name": "lan"}});
        let error = home.refusal("one");
        assert!(error.starts_with("cannot move network interface `lo` into the container"), "{error}");
        return;
    }
    let inside = move || {
        enter(&namespace());
        sh("ip link add outer mtu 1400 type veth peer peer && ip link set outer up && ip link set peer up
            ip addr add 10.1.2.3/24 broadcast 10.1.2.255 dev outer && ip addr add 10.1.3.4/32 dev outer
            ip addr add 10.9.9.9/24 valid_lft 600 preferred_lft 600 dev outer
            ip addr add 10.8.8.8/24 scope link dev outer && ip addr add 2001:db8::5/64 nodad dev outer");
        test(Home::new());
    };
    std::thread::spawn(inside).join().unwrap_or_else(|panic| resume_unwind(panic));
}

/// What a shell command prints; it must succeed.
fn sh(script: &str) -> String {
    let output = Command::new("sh").args(["-ec", script]).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What lasts of `outer`'s addresses, and whether it is up, where `ip` is run.
const LASTING: [&str; 4] = [
    "10.1.2.3/24 brd 10.1.2.255 scope global",
    "10.1.3.4/32 scope global",
    "2001:db8::5/64 scope global",
    "UP",
];

#[test]
fn interface_moves_in_with_its_addresses_under_another_name() {
    with_interfaces(|mut home| {
        home.config["linux"]["netDevices"] = json!({"outer": {"name": "lan"}});
        // Parameters are set when it is there.
        home.config["linux"]["sysctl"] = json!({"net.ipv4.conf.lan.rp_filter": "2"});
        let (text, status) = home.run("ip addr show lan; cat /proc/sys/net/ipv4/conf/lan/rp_filter");
        assert!(status.success(), "{text}");
        for part in LASTING {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains("mtu 1400") && text.ends_with("\n2\n"), "{text}");
        for passing in ["10.9.9.9", "10.8.8.8"] {
            assert!(!text.contains(passing), "{text}");
        }
    });
}

#[test]
fn interface_of_a_container_that_was_not_made_is_where_it_was() {
    with_interfaces(|mut home| {
        home.config["linux"]["netDevices"] = json!({"outer": {"name": "lan"}});
        home.config["hooks"] = json!({"createRuntime": [{"path": "/bin/false"}]});
        assert!(home.refusal("one").contains("hook `/bin/false`"));
        let text = sh("ip addr show outer");
        for part in LASTING {
            assert!(text.contains(part), "{part}: {text}");
        }
    });
}

#[test]
fn name_that_is_taken_inside_is_refused_and_a_free_number_is_found() {
    with_interfaces(|mut home| {
        let inside = namespace();
        let number = inside.as_raw_fd();
        sh(&format!("ip link add eth0 netns /proc/{}/fd/{number} type veth peer far", std::process::id()));
        let path = format!("/proc/{}/fd/{number}", std::process::id());
        home.config["linux"]["namespaces"][1] = json!({"type": "network", "path": path});
        home.config["linux"]["netDevices"] = json!({"peer": {"name": "lan"}, "outer": {"name": "eth0"}});
        let error = home.refusal("one");
        assert_eq!(
            error,
            "cannot move network interface `outer` into the container: the container's network namespace has an \
             interface `eth0` already"
        );
        sh("ip link show peer && ip addr show outer | grep -q 10.1.2.3/24");
        home.config["linux"]["netDevices"] = json!({"outer": {"name": "eth%d"}, "peer": {"name": "eth1"}});
        let (text, _) = home.run("ip addr show eth2");
        assert!(text.contains("10.1.2.3/24"), "{text}");
    });
}

#[test]
fn interface_that_there_is_not_is_told_by_its_name() {
    with_interfaces(|mut home| {
        home.config["linux"]["netDevices"] = json!({"outer": {}, "nosuch": {}});
        let error = home.refusal("one");
        assert!(error.starts_with("cannot move network interface `nosuch` into the container: "), "{error}");
        sh("ip addr show outer | grep -q 10.1.2.3/24");
    });
}
