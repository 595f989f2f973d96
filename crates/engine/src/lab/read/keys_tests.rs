//! What is said of the keys that containerlab has.

use super::super::super::problem::FileError;
use super::super::Topology;

const PAIR: &str = "name: t\ntopology:\n  nodes: {a: , b: }\n  links:\n";

fn read(text: &str) -> Result<Vec<String>, FileError> {
    let (_, warnings) = Topology::read(text.as_bytes(), &|_| None)?;
    Ok(warnings.iter().map(ToString::to_string).collect())
}

fn problem(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

/// What is said of a key, in a file that has nothing else worth a word: nothing, or why it has no effect.
fn said_of(key: &str, text: &str) -> Option<String> {
    let warnings = read(text).unwrap_or_else(|problem| panic!("{key}: {problem}"));
    match &warnings[..] {
        [] => None,
        [warning] => {
            let reason = warning.split_once(" has no effect: ").unwrap_or_else(|| panic!("{key}: {warning}"));
            assert!(
                reason.0.ends_with(&format!("`{key}` in node `a`")) || !reason.0.contains("node"),
                "{warning}"
            );
            Some(reason.1.to_owned())
        }
        several => panic!("{key}: {several:?}"),
    }
}

/// All keys of `clab.schema.json` and of the documentation of nodes.
#[test]
fn every_key_that_containerlab_has_for_nodes_is_heeded_or_told_with_the_reason() {
    let heeded = [
        ("kind", "linux"),
        ("group", "g"),
        ("exec", "['true']"),
        ("binds", "['/a:/b']"),
        ("env", "{A: 1}"),
        ("env-files", "[x]"),
        ("sysctls", "{net.ipv4.ip_forward: 1}"),
        ("network-mode", "none"),
        ("labels", "{a: b}"),
        ("ports", "['80:80']"),
    ];
    let told = [
        "SANs",
        "aliases",
        "auto-remove",
        "cap-add",
        "certificate",
        "cmd",
        "components",
        "config",
        "cpu",
        "cpu-set",
        "credentials",
        "devices",
        "dns",
        "enforce-startup-config",
        "entrypoint",
        "extras",
        "healthcheck",
        "image-pull-policy",
        "kernel",
        "license",
        "memory",
        "mgmt-ipv4",
        "mgmt-ipv6",
        "mgmt_ipv4",
        "mgmt_ipv6",
        "position",
        "privileged",
        "publish",
        "restart-policy",
        "runtime",
        "sandbox",
        "shm-size",
        "stages",
        "startup-config",
        "startup-delay",
        "suppress-startup-config",
        "tmpfs",
        "type",
        "ulimits",
        "user",
        "wait-for",
    ];
    let links = "  links: [{endpoints: ['a:e', 'host:x']}]\n";
    let node = |key: &str, value: &str| {
        format!("name: t\ntopology:\n  nodes:\n    a:\n      {key}: {value}\n{links}")
    };
    for (key, value) in heeded {
        assert_eq!(said_of(key, &node(key, value)), None, "{key}");
    }
    for key in told {
        assert!(said_of(key, &node(key, "{a: b}")).is_some(), "{key}");
        // It is told where it stands, not once for each node that inherits it.
        for above in ["defaults", "kinds", "groups"] {
            let value = if above == "defaults" {
                format!("{{{key}: x}}")
            } else {
                format!("{{linux: {{{key}: x}}}}")
            };
            let text =
                format!("name: t\ntopology:\n  {above}: {value}\n  nodes: {{a: {{group: linux}}, b: }}\n");
            assert!(said_of(key, &text).is_some(), "{above} {key}");
        }
    }
    // And these two would be something else than what the file says.
    assert!(problem(&node("image", "x")).contains("has an image"));
    assert!(problem(&node("kind", "nokia_srlinux")).contains("is of kind"));
}

#[test]
fn every_other_key_that_containerlab_has_is_heeded_or_told_with_the_reason() {
    let links = [
        ("veth", "endpoints: ['a:e', 'b:e'], mtu: 1500, vars: {a: b}, labels: {a: b}"),
        (
            "veth",
            "endpoints: [{node: a, interface: e, mac: '02:00:00:00:00:01', ipv4: 10.0.0.1/8, ipv6: 'fd00::1/64', vars: {a: [b]}}, {node: b, interface: e}]",
        ),
        ("host", "endpoint: {node: a, interface: e}, host-interface: x"),
        ("mgmt-net", "endpoint: {node: a, interface: e}, host-interface: x"),
        ("macvlan", "endpoint: {node: a, interface: e}, host-interface: x, mode: bridge"),
        ("dummy", "endpoint: {node: a, interface: e}"),
        ("vxlan", "endpoint: {node: a, interface: e}, remote: 192.0.2.1, vni: 7, dst-port: 1, src-port: 2"),
        (
            "vxlan",
            "endpoint: {node: a, interface: e}, remote: 192.0.2.1, vni: 7, udp-port: 1, parent-interface: x",
        ),
        (
            "vxlan-stitch",
            "endpoint: {node: a, interface: e}, remote: 192.0.2.1, vni: 7, dst-port: 1, src-port: 2",
        ),
    ];
    for (kind, rest) in links {
        assert_eq!(said_of(kind, &format!("{PAIR}    - {{type: {kind}, {rest}}}\n")), None, "{kind} {rest}");
    }
    // What another type has is told, and harmless.
    let other =
        said_of("host-interface", &format!("{PAIR}    - {{endpoints: ['a:e', 'b:e'], host-interface: x}}\n"));
    assert_eq!(other.as_deref(), Some("links of this type have none"));
    let management = "    - {endpoints: ['a:e', 'mgmt-net:x']}\n";
    for (key, value, heeded) in [
        ("bridge", "x", true),
        ("ipv4-subnet", "10.0.0.0/8", true),
        ("ipv6-subnet", "auto", true),
        ("ipv4-subnet: 10.0.0.0/8, ipv4-gw", "10.0.0.9", true),
        ("ipv6-subnet: 'fd00::/8', ipv6-gw", "'fd00::9'", true),
        ("mtu", "1400", true),
        ("network", "x", false),
        ("ipv4-range", "x", false),
        ("ipv6-range", "x", false),
        ("external-access", "false", false),
        ("driver-opts", "{}", false),
    ] {
        let text = format!("{PAIR}{management}mgmt: {{{key}: {value}}}\n");
        assert_eq!(said_of(key, &text).is_none(), heeded, "{key}");
    }
    for (key, value, heeded) in [
        ("prefix", "x", true),
        ("settings", "{}", false),
        ("debug", "true", false),
        ("runtime", "docker", false),
        ("mgmt", "{network: x}", false),
    ] {
        assert_eq!(
            said_of(key, &format!("{PAIR}    - {{endpoints: ['a:e', 'b:e']}}\n{key}: {value}\n")).is_none(),
            heeded,
            "{key}"
        );
    }
}
