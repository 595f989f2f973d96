//! Names of the machine, ids of the process, and links: what is set up inside new namespaces.

use insula_ns::idmap::IdKind;
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::{Diagnosis, Evidence, apparmor, lacks, refused_by_others};

/// `sethostname(2)`, `setdomainname(2)`.
pub(super) fn name(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::INVAL | Errno::NAMETOOLONG => {
            Some(Diagnosis::new("the name is longer than 64 bytes").hint("give a shorter one"))
        }
        Errno::PERM | Errno::ACCESS => {
            Some(denied(evidence, CapabilitySet::SYS_ADMIN, "CAP_SYS_ADMIN", "UTS"))
        }
        _ => None,
    }
}

/// Netlink or `SIOCSIFFLAGS`: `netdevice(7)`.
pub(super) fn link_up(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::PERM | Errno::ACCESS => {
            Some(denied(evidence, CapabilitySet::NET_ADMIN, "CAP_NET_ADMIN", "network"))
        }
        Errno::NODEV => Some(Diagnosis::new("there is no such interface in that network namespace")),
        Errno::AFNOSUPPORT => Some(Diagnosis::new("this kernel was built without IPv4 (CONFIG_INET)")),
        _ => None,
    }
}

fn denied(evidence: &Evidence, capability: CapabilitySet, name: &str, kind: &str) -> Diagnosis {
    if let Some(diagnosis) = apparmor(evidence) {
        return diagnosis;
    }
    if !evidence.has(capability) {
        return Diagnosis::new(format!(
            "it takes {name} in the user namespace that owns the {kind} namespace, which this process lacks"
        ))
        .hint("create the two together, or run as root");
    }
    refused_by_others(evidence).unwrap_or_else(|| {
        Diagnosis::new(format!(
            "the {kind} namespace belongs to a user namespace outside, where this process has no {name}"
        ))
        .hint(format!("create a new {kind} namespace with it"))
    })
}

/// `setresuid(2)`, `setresgid(2)`.
pub(super) fn id(kind: IdKind, id: u32, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::INVAL => Some(
            Diagnosis::new(format!("{kind} id {id} does not exist in the user namespace"))
                .hint(format!("map it: `--map-{kind}s {id}:OUTSIDE:1`")),
        ),
        Errno::PERM => {
            let (capability, name) = match kind {
                IdKind::Uid => (CapabilitySet::SETUID, "CAP_SETUID"),
                IdKind::Gid => (CapabilitySet::SETGID, "CAP_SETGID"),
            };
            apparmor(evidence)
                .or_else(|| {
                    lacks(evidence, capability, name, &format!("changing to {kind} id {id}"))
                        .map(|diagnosis| diagnosis.hint("create a user namespace with a map that has it"))
                })
                .or_else(|| refused_by_others(evidence))
        }
        Errno::AGAIN => Some(
            Diagnosis::new(format!("user {id} has as many processes as allowed (RLIMIT_NPROC)"))
                .hint("end some, or raise the limit: `ulimit -u`"),
        ),
        _ => None,
    }
}

/// `setgroups(2)`.
pub(super) fn groups(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::INVAL => Some(
            Diagnosis::new("there are more than 65536 groups, or one does not exist in the user namespace")
                .hint("map them: `--map-groups`"),
        ),
        Errno::PERM => {
            Some(if evidence.text("/proc/self/setgroups").is_some_and(|text| text.trim() == "deny") {
                Diagnosis::new("`setgroups` is denied in this user namespace (/proc/self/setgroups)")
                    .hint("keep the groups as they are, or start from outside")
            } else if evidence.has(CapabilitySet::SETGID) {
                Diagnosis::new(
                    "`setgroups` is denied in the new user namespace, or its group map is not written yet",
                )
                .hint(
                    "map the groups as root or through `newgidmap`: `--map auto`, of `unshare` `--map-auto`",
                )
            } else {
                Diagnosis::new("changing groups takes CAP_SETGID, which this process lacks").hint(
                    "create a user namespace with granted groups: `--map auto`, of `unshare` `--map-auto`",
                )
            })
        }
        _ => None,
    }
}
