//! The keys that containerlab knows and that have no effect here, each with the reason.

/// Of a node, and of what it inherits from.
pub(super) const OF_NODES: [(&str, &str); 47] = [
    ("aliases", "no resolver answers for it; `insula net dns` gives a node names"),
    ("auto-remove", "a node is a set of namespaces, which no container engine or hypervisor runs"),
    ("cap-add", "nodes have the capabilities and devices of whoever makes the lab"),
    ("cap-drop", "nodes have the capabilities and devices of whoever makes the lab"),
    ("certificate", "nothing here gets certificates"),
    ("cgroup-ns", "`namespaces` says which ones a node has"),
    ("cmd", "nodes have no image that it could be about"),
    ("components", "nodes have no image that it could be about"),
    ("config", "there is no engine that configures nodes: `exec` can"),
    ("cpu", "nodes have the limits of whoever makes the lab"),
    ("cpu-set", "nodes have the limits of whoever makes the lab"),
    ("credentials", "nodes have no image that it could be about"),
    ("devices", "nodes have the capabilities and devices of whoever makes the lab"),
    ("dns", "`insula net dns` says whom a node asks"),
    ("enforce-startup-config", "nodes have no image that it could be about"),
    ("entrypoint", "nodes have no image that it could be about"),
    ("extras", "nodes have no image that it could be about"),
    ("healthcheck", "a node has no service of its own; `checks` are assertions about the lab"),
    ("image-pull-policy", "nodes have no image that it could be about"),
    ("init", "`namespaces` says which ones a node has"),
    ("kernel", "a node is a set of namespaces, which no container engine or hypervisor runs"),
    ("license", "nodes have no image that it could be about"),
    ("memory", "nodes have the limits of whoever makes the lab"),
    ("mgmt-ipv4", "a node has the addresses of its links, and no other"),
    ("mgmt-ipv6", "a node has the addresses of its links, and no other"),
    ("mgmt_ipv4", "a node has the addresses of its links, and no other"),
    ("mgmt_ipv6", "a node has the addresses of its links, and no other"),
    ("pid", "`namespaces` says which ones a node has"),
    ("position", "pictures have their own layout"),
    ("privileged", "nodes have the capabilities and devices of whoever makes the lab"),
    ("publish", "`ports` are published, on this machine"),
    ("restart-policy", "a node is a set of namespaces, which no container engine or hypervisor runs"),
    ("runtime", "a node is a set of namespaces, which no container engine or hypervisor runs"),
    ("sandbox", "a node is a set of namespaces, which no container engine or hypervisor runs"),
    ("SANs", "nothing here gets certificates"),
    ("security-opt", "nodes have the capabilities and devices of whoever makes the lab"),
    ("shm-size", "nodes have the limits of whoever makes the lab"),
    ("stages", "all nodes are there before the first command of `exec` runs"),
    ("startup-config", "nodes have no image that it could be about"),
    ("startup-delay", "all nodes are there before the first command of `exec` runs"),
    ("suppress-startup-config", "nodes have no image that it could be about"),
    ("tmpfs", "nodes have the file system of this machine"),
    ("type", "nodes have no image that it could be about"),
    ("ulimits", "nodes have the limits of whoever makes the lab"),
    ("user", "whoever makes the lab is the user in its nodes"),
    ("userns", "`namespaces` says which ones a node has"),
    ("wait-for", "all nodes are there before the first command of `exec` runs"),
];

/// Of a link: what links of other types have.
pub(super) const OF_LINKS: [(&str, &str); 10] = [
    ("endpoint", OTHER_TYPE),
    ("endpoints", OTHER_TYPE),
    ("host-interface", OTHER_TYPE),
    ("mode", OTHER_TYPE),
    ("remote", OTHER_TYPE),
    ("vni", OTHER_TYPE),
    ("dst-port", OTHER_TYPE),
    ("udp-port", OTHER_TYPE),
    ("src-port", OTHER_TYPE),
    ("parent-interface", OTHER_TYPE),
];

const OTHER_TYPE: &str = "links of this type have none";

/// All that is read of a node.
pub(super) const TAKEN: [&str; 14] = [
    "kind",
    "group",
    "image",
    "exec",
    "env",
    "env-files",
    "binds",
    "sysctls",
    "routes",
    "ports",
    "namespaces",
    "network-mode",
    "labels",
    "vars",
];

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
