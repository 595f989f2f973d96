//! `linux.sysctl`: only what belongs to a namespace, and to one of the container's own.

use insula_ns::Kind;

use super::{Invalid, Problem, no_nul, refuse};
use crate::spec::Spec;

/// Parameters of an IPC namespace, `ipc_namespaces(7)`, besides those below `fs.mqueue`.
const IPC: [&str; 8] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

/// The rules of runc. Whether a network namespace that is entered is the runtime's own is asked where it is opened.
pub(super) fn check(spec: &Spec) -> Result<(), Invalid> {
    for (name, value) in &spec.linux.sysctl {
        let key = format_args!("linux.sysctl.{name}");
        no_nul(key, name)?;
        no_nul(key, value)?;
        let dotted = dotted(name);
        // Between dots a `/` stands for a dot of the name itself: `net.ipv4.conf.eth0/1.forwarding`.
        if dotted.split('.').any(|part| matches!(part, "" | "/" | "//")) {
            return refuse(key, Problem::LeadsElsewhere);
        }
        let needed = match dotted.as_str() {
            "kernel.hostname" => return refuse(key, Problem::Beside { other: "hostname" }),
            "kernel.domainname" => Kind::Uts,
            ipc if IPC.contains(&ipc) || ipc.starts_with("fs.mqueue.") => Kind::Ipc,
            net if net.starts_with("net.") => Kind::Net,
            _ => return refuse(key, Problem::NotNamespaced),
        };
        if !spec.has_namespace(needed) {
            return refuse(key, Problem::NeedsNamespace { kind: needed });
        }
    }
    Ok(())
}

/// The name with dots between its parts: `sysctl(8)` takes `/` too, and which comes first is the separator.
fn dotted(name: &str) -> String {
    if name.find(['.', '/']).is_none_or(|at| name.as_bytes()[at] == b'.') {
        return name.to_owned();
    }
    let swap = |character| match character {
        '.' => '/',
        '/' => '.',
        _ => character,
    };
    name.chars().map(swap).collect()
}
