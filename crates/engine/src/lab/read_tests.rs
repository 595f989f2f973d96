//! Tests of reading files.

use std::net::IpAddr;
use std::time::Duration;

use insula_ns::{Kind, Kinds};
use proptest::prelude::*;

use super::super::bind::Access;
use super::super::check::{Expect, Hop, Probe};
use super::super::topology::{MacvlanMode, Tunnel, Wire};
use super::*;

fn read(text: &str) -> Result<(Topology, Vec<String>), String> {
    let lookup = |name: &str| (name == "NODES").then(|| "2".to_owned());
    let read = Topology::read(text.as_bytes(), &lookup).map_err(|error| error.to_string())?;
    Ok((read.0, read.1.iter().map(ToString::to_string).collect()))
}

fn topology(text: &str) -> Topology {
    let (topology, warnings) = read(text).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    topology
}

fn problem(text: &str) -> String {
    read(text).unwrap_err()
}

const PAIR: &str = "name: t\ntopology:\n  nodes: {a: , b: }\n  links:\n";

#[test]
fn smallest_lab_has_nodes_without_words() {
    let lab = topology("name: t\ntopology:\n  nodes:\n    a:\n    b: {kind: linux}\n");
    assert_eq!(lab.nodes.len(), 2);
    assert_eq!(lab.set_name(&lab.nodes[0]).as_str(), "t-a");
    assert_eq!(lab.nodes[0].kinds, Kind::Net | Kind::Uts | Kind::Mnt | Kind::Pid);
}

#[test]
fn node_inherits_from_its_group_its_kind_and_the_defaults() {
    let lab = topology(
        "name: t\ntopology:
  defaults: {kind: linux, env: {A: d, B: d, C: d, D: d}, exec: [one]}
  kinds: {linux: {env: {B: k, C: k, D: k}, exec: [two], binds: ['/a:/x', '/b:/y']}}
  groups: {g: {env: {C: g, D: g}, sysctls: {net.ipv4.ip_forward: 1}}}
  nodes: {n: {group: g, env: {D: n}, exec: ['three \"four five\"'], binds: ['/c:/x:ro']}}\n",
    );
    let node = &lab.nodes[0];
    let shown: Vec<_> = node.environment.iter().map(|(name, value)| format!("{name}{value}")).collect();
    assert_eq!(shown, ["Ad", "Bk", "Cg", "Dn"]);
    assert_eq!(node.exec, [vec!["one"], vec!["two"], vec!["three", "four five"]]);
    assert_eq!(node.binds.len(), 2);
    assert_eq!((node.binds[1].source.to_str(), node.binds[1].access), (Some("/c"), Access::ReadOnly));
    assert_eq!(node.sysctls, [("net.ipv4.ip_forward".parse().unwrap(), "1".to_owned())]);
}

#[test]
fn brief_links_have_addresses_and_other_ends() {
    let lab = topology(&format!(
        "{PAIR}    - endpoints: ['a:eth1', 'b:eth1']
      addr: [10.0.0.1/24, 10.0.0.2/24]
      ipv6: ['2001:db8::1/64', '']
      mtu: 1400
    - endpoints: ['a:eth2', 'host:lab-a']
    - endpoints: ['dummy', 'a:eth3']
    - endpoints: ['b:eth2', 'macvlan:eno1']\n"
    ));
    let Wire::Veth(first, second) = &lab.links[0].wire else { panic!() };
    assert_eq!(
        first.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["10.0.0.1/24", "2001:db8::1/64"]
    );
    assert_eq!(second.addresses.len(), 1);
    assert_eq!((lab.links[0].mtu, lab.links[1].mtu, lab.links[3].mtu), (Some(1400), Some(9500), None));
    assert!(matches!(&lab.links[1].wire, Wire::Veth(_, end) if end.at == At::Host));
    assert!(matches!(&lab.links[2].wire, Wire::Dummy(end) if end.interface.as_str() == "eth3"));
    assert!(matches!(&lab.links[3].wire, Wire::Macvlan { mode: MacvlanMode::Bridge, .. }));
    assert!(lab.touches_host());
}

#[test]
fn extended_links_say_more() {
    let lab = topology(&format!(
        "{PAIR}    - type: veth
      impairments: {{delay: 10ms, rate: 10mbit}}
      endpoints:
        - {{node: a, interface: ethernet-1/1, mac: '02:00:00:00:00:01', addr: [10.0.0.1/24, 'fd00::1/64']}}
        - {{node: b, interface: eth1, ipv4: 10.0.0.2/24, impairments: {{loss: 1%}}}}
    - {{type: host, endpoint: {{node: a, interface: eth2}}, host-interface: x}}
    - {{type: vxlan, endpoint: {{node: a, interface: eth3}}, remote: 192.0.2.1, vni: 100, udp-port: 4789}}
    - {{type: macvlan, endpoint: 'b:eth9', host-interface: eno1, mode: private}}
    - {{type: dummy, endpoint: {{node: b, interface: eth3}}}}
    - {{type: vxlan, endpoint: 'b:eth4', remote: 192.0.2.1, vni: 101}}\n"
    ));
    let Wire::Veth(first, second) = &lab.links[0].wire else { panic!() };
    assert_eq!(first.mac, "02:00:00:00:00:01".parse().ok());
    assert_eq!(first.addresses.len(), 2);
    assert_eq!(first.impairments.delay, Some(Duration::from_millis(10)));
    assert_eq!((second.impairments.delay, second.impairments.loss), (None, "1%".parse().ok()));
    assert!(matches!(
        &lab.links[2].wire,
        Wire::Vxlan { tunnel: Tunnel { vni: 100, port: 4789, parent: None, .. }, .. }
    ));
    assert!(matches!(&lab.links[3].wire, Wire::Macvlan { mode: MacvlanMode::Private, .. }));
    assert!(matches!(&lab.links[4].wire, Wire::Dummy(_)));
    // containerlab's port, so that a lab of it can be at the other end.
    assert!(matches!(&lab.links[5].wire, Wire::Vxlan { tunnel: Tunnel { vni: 101, port: 14789, .. }, .. }));
}

#[test]
fn variables_are_put_into_values() {
    let text = "name: ${LAB:=t}\ntopology:\n  nodes: {a: {env: {N: '${NODES}', M: '$${NODES}'}}}\n";
    let lab = topology(text);
    assert_eq!((lab.name.as_str(), lab.nodes[0].environment["N"].as_str()), ("t", "2"));
    assert_eq!(lab.nodes[0].environment["M"], "${NODES}");
    assert_eq!(
        problem("name: t\ntopology:\n  nodes:\n    a: {env: {X: '${NONE}'}}\n"),
        "4:18: the variable `NONE` is not set, and there is no default: `${NONE:=DEFAULT}`"
    );
}

#[test]
fn keys_without_effect_are_named_with_their_lines() {
    let (_, warnings) = read(
        "name: t\nmgmt: {network: x}\nfoo: 1\ntopology:\n  defaults: {memory: 1G}\n  nodes:\n    a:\n      startup-config: x\n      adress: 1\n  links:\n    - {type: dummy, endpoint: {node: a, interface: e, ad: 1}, bar: 2}\n",
    )
    .unwrap();
    assert_eq!(
        warnings,
        [
            "2:1: `mgmt` in the file has no effect: no link leads to `mgmt-net`",
            "3:1: unknown key `foo` in the file",
            "5:14: `memory` in `defaults` has no effect: nodes have the limits of whoever makes the lab",
            "8:7: `startup-config` in node `a` has no effect: nodes have no image that it could be about",
            "9:7: unknown key `adress` in node `a`",
            "11:55: unknown key `ad` in the endpoint in line 11",
            "11:63: unknown key `bar` in the link in line 11",
        ]
    );
}

#[test]
fn image_and_other_kinds_are_refused_with_the_reason() {
    assert_eq!(
        problem("name: t\ntopology:\n  nodes:\n    a:\n      image: alpine\n"),
        "5:14: node `a` has an image, and nodes run on the file system of this machine: images come with a later version"
    );
    let kind = problem("name: t\ntopology:\n  nodes:\n    a: {kind: nokia_srlinux}\n");
    assert!(kind.starts_with("4:15: node `a` is of kind `nokia_srlinux`"), "{kind}");
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (links, expected) in [
        ("    - endpoints: ['a:eth1']", "5:18: a link has two endpoints, and this one has 1"),
        (
            "    - endpoints: ['a:eth1', 'c:eth1']",
            "5:29: the link ends in node `c`, which is not among the nodes",
        ),
        ("    - endpoints: ['a:eth1', 'b']", "5:29: `b` is no endpoint: it is `NODE:INTERFACE`"),
        ("    - endpoints: ['host:x', 'host:y']", "5:1: neither end of the link is in a node of the lab"),
        (
            "    - endpoints: ['a:e', 'b:e']\n    - endpoints: ['b:e', 'a:f']",
            "6:1: interface `e` of `b` is an end of two links: the other is in line 5",
        ),
        (
            "    - endpoints: ['a:e', 'a:e']",
            "5:1: interface `e` of `a` is an end of two links: the other is in line 5",
        ),
        (
            "    - {endpoints: ['a:e', 'b:e'], mtu: 60}",
            "5:40: `60` is nothing that `mtu` can be: a number of bytes from 68 to 65535",
        ),
        (
            "    - {type: macvtap, endpoint: 'a:e'}",
            "5:14: `macvtap` is no type of links: these are veth, host, mgmt-net, macvlan, vxlan, vxlan-stitch, dummy",
        ),
        ("    - {type: host, endpoint: 'a:e'}", "5:7: the link in line 5 has no `host-interface`"),
        (
            "    - {endpoints: ['a:e', 'b:e'], addr: [10.0.0.1]}",
            "5:42: `10.0.0.1` is nothing that `addr` can be: an address with the length of its prefix, such as `10.0.0.1/24` or `2001:db8::1/64`",
        ),
        (
            "    - {endpoints: ['a:e', 'b:e'], impairments: {jitter: 1ms}}",
            "5:48: `jitter` needs `delay` beside it",
        ),
        ("    - 7", "5:7: `links` must be a mapping, and is a text"),
    ] {
        assert_eq!(problem(&format!("{PAIR}{links}\n")), expected, "{links}");
    }
    assert_eq!(problem("topology: {}\n"), "1:1: the file has no `name`");
    assert_eq!(problem("name: t\n"), "1:1: the file has no `topology`");
    assert_eq!(
        problem("name: a/b\ntopology: {}\n"),
        "1:7: the name of the lab: `a/b` cannot be a name: it contains `/` or `:`"
    );
    assert!(problem("name: t\ntopology: {nodes: {host: }}\n").contains("no node can be called `host`"));
    assert!(problem("name: t\ntopology: {nodes: {'a/b': }}\n").contains("cannot be the name of a node"));
}

#[test]
fn ports_of_bridges_have_no_addresses() {
    let text = "name: t\ntopology:\n  nodes: {a: , br: {kind: bridge}}\n  links:\n    - {endpoints: ['a:e', 'br:a'], addr: [10.0.0.1/8, 10.0.0.2/8]}\n";
    assert_eq!(problem(text), "5:1: `a` is a port of bridge `br`, and ports have no addresses");
    let lab = topology(&text.replace(", 10.0.0.2/8", ""));
    assert_eq!((lab.nodes[1].role, lab.nodes[1].kinds), (Role::Bridge, Kind::Net.into()));
}

#[test]
fn bridge_of_the_host_is_asked_for_by_name() {
    let lab = topology(
        "name: t\ntopology:\n  nodes: {a: , br: {kind: bridge, network-mode: host}}\n  links:\n    - endpoints: ['a:e', 'br:lab-a']\n",
    );
    assert_eq!(lab.nodes[1].role, Role::HostBridge);
    assert!(lab.touches_host());
}

#[test]
fn host_can_be_a_node() {
    let text = "name: t\ntopology:\n  defaults: {namespaces: net, sysctls: {net.ipv4.ip_forward: 1}}\n  nodes:\n    a:\n    h:\n      kind: host\n      exec: [true]\n      env: {A: b}\n  links:\n    - {endpoints: ['a:e', 'h:x'], addr: [10.0.0.1/24, 10.0.0.2/24]}\n";
    let lab = topology(text);
    let host = &lab.nodes[1];
    assert_eq!((host.role, host.kinds, host.sysctls.len()), (Role::Host, Kinds::NONE, 0));
    assert_eq!((host.exec.len(), host.environment.len()), (1, 1));
    assert!(lab.touches_host());
    assert_eq!(lab.owner("10.0.0.2".parse().unwrap()), lab.find("h"));
    // There is one host, whatever it is called.
    let twice = format!("{text}    - endpoints: ['a:f', 'host:x']\n");
    assert_eq!(
        problem(&twice),
        "12:1: interface `x` of `host` is an end of two links: the other is in line 11"
    );
    let outside = text.replace("'a:e'", "'host:e'");
    assert_eq!(problem(&outside), "11:1: neither end of the link is in a node of the lab");
}

#[test]
fn stitched_tunnel_has_two_interfaces_at_the_host() {
    let link = "type: vxlan-stitch, endpoint: {node: a, interface: eth1}, remote: 192.0.2.9, vni: 7, dst-port: 4789, src-port: 5000, parent-interface: up0";
    let lab = topology(&format!("{PAIR}    - {{{link}}}\n"));
    let Wire::VxlanStitch { outer, mouth, tunnel, .. } = &lab.links[0].wire else { panic!() };
    assert_eq!((outer.interface.as_str(), mouth.interface.as_str()), ("ve-t-a_eth1", "vx-t-a_eth1"));
    assert_eq!((tunnel.port, tunnel.source_port, lab.links[0].mtu), (4789, Some(5000), Some(1450)));
    assert_eq!(lab.links[0].parent().unwrap().as_str(), "up0");
    assert!(lab.touches_host());
    let lab = topology(&format!("{PAIR}    - {{{}}}\n", link.replace("192.0.2.9", "'fd00::9'")));
    assert_eq!(lab.links[0].mtu, Some(1430));
    for (from, to, expected) in [
        ("vni: 7", "vni: 16777216", "`16777216` is nothing that `vni` can be"),
        ("vni: 7, ", "", "the link in line 5 has no `vni`"),
        ("5000", "65536", "`65536` is nothing that `src-port` can be"),
        ("node: a", "node: host", "neither end of the link is in a node of the lab"),
    ] {
        let problem = problem(&format!("{PAIR}    - {{{}}}\n", link.replace(from, to)));
        assert!(problem.contains(expected), "{problem}");
    }
}

#[test]
fn management_network_is_a_bridge_that_links_lead_to() {
    let text = "name: t\nmgmt: {bridge: br9, ipv4-subnet: 172.20.20.0/24, ipv6-subnet: 'fd00:20::/64', ipv6-gw: 'fd00:20::9', network: x, mtu: 1400}\ntopology:\n  nodes: {a: , b: }\n  links:\n    - endpoints: ['a:e', 'mgmt-net:t-a']\n    - {type: mgmt-net, endpoint: {node: b, interface: e, addr: 172.20.20.2/24}, host-interface: t-b}\n";
    let (lab, warnings) = read(text).unwrap();
    assert_eq!(
        warnings,
        [
            "2:102: `network` in `mgmt` has no effect: the management network of a lab is a bridge: `bridge` names it"
        ]
    );
    let own = lab.management.unwrap();
    assert_eq!((own.bridge.as_str(), lab.links[0].mtu), ("br9", Some(1400)));
    assert_eq!(
        own.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["172.20.20.1/24", "fd00:20::9/64"]
    );
    for link in &lab.links {
        assert!(matches!(&link.wire, Wire::Veth(_, end) if end.at == At::Management));
    }
    let lab = topology(&text.replace(text.lines().nth(1).unwrap(), ""));
    assert_eq!(lab.management.unwrap().bridge.as_str(), "mgmt-t");
    for (from, to, expected) in [
        (
            "172.20.20.0/24",
            "172.20.20.0",
            "`172.20.20.0` is nothing that `ipv4-subnet` can be: a network such as",
        ),
        (
            "fd00:20::9",
            "fd00:21::9",
            "`fd00:21::9` is nothing that `ipv6-gw` can be: an address in the network beside it",
        ),
        ("fd00:20::/64", "auto", "`ipv6-gw` needs `ipv6-subnet` beside it"),
        ("br9", "lo", "`lo` cannot be the name of an interface"),
        ("['a:e', 'mgmt-net:t-a']", "['mgmt-net:e', 'mgmt-net:t-a']", "neither end of the link is in a node"),
        (
            "'mgmt-net:t-a']",
            "{node: mgmt-net, interface: t-a, addr: 10.0.0.1/8}]",
            "`t-a` is a port of bridge `mgmt-net`",
        ),
    ] {
        let problem = problem(&text.replace(from, to));
        assert!(problem.contains(expected), "{expected}: {problem}");
    }
}

#[test]
fn what_a_bridge_and_the_host_do_not_have_is_told() {
    let (lab, warnings) = read(
        "name: t\ntopology:\n  nodes:\n    a: {kind: bridge, binds: ['/a:/b'], env: {A: b}, sysctls: {net.ipv4.ip_forward: 1}}\n    h: {kind: host, routes: default via 10.0.0.1, sysctls: {net.ipv4.ip_forward: 1}, ports: ['1:1']}\n",
    )
    .unwrap();
    assert_eq!(
        warnings,
        [
            "4:23: `binds` in node `a` has no effect: a bridge has none",
            "5:21: `routes` in node `h` has no effect: a lab changes nothing of the host but interfaces",
            "5:51: `sysctls` in node `h` has no effect: a lab changes nothing of the host but interfaces",
            "5:86: `ports` in node `h` has no effect: a lab changes nothing of the host but interfaces",
        ]
    );
    let [bridge, host] = &lab.nodes[..] else { panic!() };
    assert_eq!((bridge.binds.len(), bridge.sysctls.len(), bridge.environment.len()), (0, 1, 1));
    assert_eq!((host.routes.len(), host.sysctls.len(), host.ports.len()), (0, 0, 0));
}

#[test]
fn network_of_a_machine_is_its_own() {
    let (lab, warnings) = read(
        "name: t\ntopology:\n  defaults: {network-mode: none}\n  nodes: {a: , b: {kind: linux}, c: {kind: bridge}}\n",
    )
    .unwrap();
    assert_eq!(
        lab.nodes.iter().map(|node| node.role).collect::<Vec<_>>(),
        [Role::Linux, Role::Linux, Role::Bridge]
    );
    assert!(warnings.is_empty(), "{warnings:?}");
    for mode in ["host", "container:b"] {
        assert_eq!(
            problem(&format!("name: t\ntopology:\n  nodes: {{a: {{network-mode: '{mode}'}}, b: }}\n")),
            format!(
                "3:29: `{mode}` is nothing that `network-mode` can be: `none`: the network of a node of kind `linux` is its own"
            )
        );
    }
}

#[test]
fn node_can_have_fewer_namespaces() {
    let lab = topology(
        "name: t\ntopology:\n  defaults: {namespaces: net}\n  nodes: {a: , b: {namespaces: [net, uts]}}\n",
    );
    assert_eq!((lab.nodes[0].kinds, lab.nodes[1].kinds), (Kind::Net.into(), Kind::Net | Kind::Uts));
    assert!(problem("name: t\ntopology:\n  nodes: {a: {namespaces: uts}}\n").contains("needs net among its"));
    assert!(problem("name: t\ntopology:\n  nodes: {a: {namespaces: user}}\n").contains("`user` is nothing"));
    assert!(
        problem("name: t\ntopology:\n  nodes: {a: {namespaces: net, binds: ['/a:/b']}}\n")
            .contains("needs mnt")
    );
}

#[test]
fn routes_are_read() {
    let text = "name: t\ntopology:\n  nodes:\n    a: {routes: default dev eth1}\n";
    assert_eq!(problem(text), "4:1: node `a` has a route through `eth1`, and no link ends there");
    let lab = topology(
        "name: t\ntopology:\n  nodes: {a: {routes: [default via 10.0.0.1, 10.1.0.0/16 dev eth1, 'fd00::/8 via fe80::1 dev eth1']}}\n  links: [{endpoints: ['a:eth1', 'dummy']}]\n",
    );
    let routes = &lab.nodes[0].routes;
    assert_eq!((routes[0].to, routes[0].via), (None, "10.0.0.1".parse().ok()));
    assert_eq!(routes[1].to.unwrap().to_string(), "10.1.0.0/16");
    assert_eq!(routes[2].interface.as_ref().unwrap().as_str(), "eth1");
    for wrong in ["default", "10.0.0.0/33 via 10.0.0.1", "default via x", "default via 10.0.0.1 metric"] {
        assert!(
            problem(&format!("name: t\ntopology:\n  nodes: {{a: {{routes: {wrong}}}}}\n"))
                .contains("`routes`"),
            "{wrong}"
        );
    }
}

#[test]
fn checks_find_their_addresses() {
    let lab = topology(&format!(
        "{PAIR}    - {{endpoints: ['a:e', 'b:e'], addr: [10.0.0.1/24, 10.0.0.2/24]}}
    - {{endpoints: ['b:f', dummy], addr: [10.9.0.2/32]}}
checks:
  - reachable: {{from: a, to: b}}
  - unreachable: {{from: [a, b], to: 10.9.0.2, protocol: tcp, port: 80, timeout: 200ms}}
  - delay: {{from: a, to: b, within: [1ms, 20ms]}}
  - path: {{from: a, to: 192.0.2.1, via: [b, 192.0.2.9]}}\n"
    ));
    assert_eq!(lab.checks.len(), 5);
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    assert_eq!((lab.checks[0].to, lab.checks[0].to_node), (address("10.0.0.2"), lab.find("b")));
    assert_eq!((lab.checks[2].probe, &lab.checks[2].expect), (Probe::Tcp(80), &Expect::Unreachable));
    assert_eq!(lab.checks[2].timeout, Duration::from_millis(200));
    let via = vec![Hop::Node(lab.find("b").unwrap()), Hop::Address(address("192.0.2.9"))];
    assert_eq!(lab.checks[4].expect, Expect::Path(via));
    assert_eq!(lab.checks[4].to_node, None);
}

#[test]
fn checks_that_cannot_be_made_are_refused() {
    for (check, expected) in [
        ("reachable: {from: a}", "has no `to`"),
        ("reachable: {from: a, to: b}", "which has no address"),
        ("reachable: {from: c, to: b}", "not among the nodes"),
        ("ping: {from: a, to: b}", "reachable, unreachable, delay, path"),
        ("delay: {from: a, to: 10.0.0.1}", "has no `within`"),
        ("delay: {from: a, to: 10.0.0.1, within: 1}", "a time such as"),
        ("reachable: {from: a, to: 10.0.0.1, protocol: tcp}", "needs `port` beside it"),
        ("reachable: {from: a, to: 10.0.0.1, port: 0}", "a port from 1 to 65535"),
    ] {
        let text = format!("name: t\ntopology:\n  nodes: {{a: , b: }}\nchecks:\n  - {check}\n");
        assert!(problem(&text).contains(expected), "{check}: {}", problem(&text));
    }
}

#[test]
fn names_are_made_as_the_prefix_says() {
    for (prefix, name) in
        [("", "t-a"), ("prefix: clab\n", "clab-t-a"), ("prefix: ''\n", "a"), ("prefix: __lab-name\n", "t-a")]
    {
        let lab = topology(&format!("name: t\n{prefix}topology:\n  nodes: {{a: }}\n"));
        assert_eq!(lab.set_name(&lab.nodes[0]).as_str(), name);
    }
}

proptest! {
    #[test]
    fn any_file_of_these_words_is_read_or_refused(words in prop::collection::vec(
        "name|prefix|topology|nodes|links|checks|defaults|kinds|kind|linux|bridge|endpoints|endpoint|type|veth|vxlan|dummy|host|addr|10.0.0.1/24|mtu|9000|exec|env|a:eth1|from|to|reachable|: |: |: |\n|\n  |\n    |- |, |\\[|\\]|\\{|\\}|a|b|\\$\\{A:=b\\}|'", 0..40))
    {
        let _ = read(&words.concat());
    }

    #[test]
    fn any_number_of_nodes_in_a_row_is_read(count in 1_usize..40) {
        let nodes = (0..count).map(|n| format!("    n{n}:\n")).collect::<Vec<_>>().concat();
        let links = (1..count).map(|n| format!("    - endpoints: ['n{}:r', 'n{n}:l']\n", n - 1)).collect::<Vec<_>>().concat();
        let lab = read(&format!("name: t\ntopology:\n  nodes:\n{nodes}  links:\n{links}")).unwrap().0;
        prop_assert_eq!((lab.nodes.len(), lab.links.len()), (count, count - 1));
    }
}
