//! Writes to `uid_map`, `gid_map` and `setgroups` (`user_namespaces(7)`), and `timens_offsets` (`time_namespaces(7)`).

use insula_ns::idmap::IdKind;
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::{Diagnosis, Evidence, apparmor, refused_by_others};

pub(super) fn map(kind: IdKind, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::INVAL => Some(
            Diagnosis::new(
                "the map is not one: its ranges overlap, have a count of 0 or go past 4294967294, or it has more than \
                 340 lines, a page of text, or more than one write",
            )
            .hint("give ranges as INSIDE:OUTSIDE:COUNT that share no id on either side"),
        ),
        Errno::PERM => map_not_permitted(kind, evidence),
        other => file(other, evidence),
    }
}

fn map_not_permitted(kind: IdKind, evidence: &Evidence) -> Option<Diagnosis> {
    if let Some(diagnosis) = apparmor(evidence) {
        return Some(diagnosis);
    }
    let (capability, name) = match kind {
        IdKind::Uid => (CapabilitySet::SETUID, "CAP_SETUID"),
        IdKind::Gid => (CapabilitySet::SETGID, "CAP_SETGID"),
    };
    if !evidence.has(capability) {
        let denied = if kind == IdKind::Gid { ", after `setgroups` is denied" } else { "" };
        return Some(
            Diagnosis::new(format!(
                "without {name} a process may map one {kind} id, its own effective one, once{denied}"
            ))
            .hint(format!(
                "map that id alone, or ids that `/etc/sub{}id` grants, which `{}` writes",
                if kind == IdKind::Uid { "u" } else { "g" },
                kind.helper()
            )),
        );
    }
    if kind == IdKind::Uid && !evidence.has(CapabilitySet::SETFCAP) {
        return Some(
            Diagnosis::new(
                "mapping user id 0 of this user namespace takes CAP_SETFCAP, which this process lacks",
            )
            .hint("map another user, or keep CAP_SETFCAP"),
        );
    }
    let partial = evidence.id_map(kind).filter(|map| map.len() < u32::MAX);
    if let Some(own) = partial {
        return Some(
            Diagnosis::new(format!(
                "the map names {kind} ids that do not exist in this user namespace, or it has been written before; \
                 there are {} here",
                own.len()
            ))
            .hint(format!("map ids of the first column of /proc/self/{}", kind.map_file())),
        );
    }
    refused_by_others(evidence).or_else(|| {
        Some(Diagnosis::new(
            "the map has been written before, or its user namespace is neither that of the writer nor a child of it",
        ))
    })
}

pub(super) fn setgroups(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::PERM => apparmor(evidence).or_else(|| {
            let outer = evidence.text("/proc/self/setgroups").is_some_and(|text| text.trim() == "deny");
            Some(if outer {
                Diagnosis::new(
                    "`setgroups` is denied in the user namespace outside, and so in every one below it",
                )
                .hint("deny it here too: `--setgroups deny`")
            } else {
                Diagnosis::new(
                    "the group map has been written, and `setgroups` can be denied only before that",
                )
            })
        }),
        Errno::INVAL => Some(Diagnosis::new("`setgroups` takes `allow` or `deny`")),
        other => file(other, evidence),
    }
}

pub(super) fn time_offsets(errno: Errno) -> Option<Diagnosis> {
    Some(match errno {
        Errno::ACCESS => Diagnosis::new(
            "a process is in the time namespace already, and the offsets can be set only before the first",
        ),
        Errno::PERM => Diagnosis::new(
            "setting offsets takes CAP_SYS_TIME in the user namespace that owns the time namespace",
        )
        .hint("create a user namespace with it, or run as root"),
        Errno::RANGE => Diagnosis::new(
            "the offset would set the clock before 0, or more than 146 years ahead of where it starts",
        )
        .hint("an offset may not be less than minus the time since boot: `cat /proc/uptime`"),
        Errno::INVAL => Diagnosis::new("an offset is whole seconds and nanoseconds below 1000000000"),
        _ => return None,
    })
}

/// What opening such a file answers.
fn file(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::ACCESS => Some(apparmor(evidence).unwrap_or_else(|| {
            Diagnosis::new(
                "these files of the process belong to root outside: it is one that may not be traced, since it ran a \
                 program that its user may not read, or changed its ids",
            )
        })),
        Errno::ROFS => Some(
            Diagnosis::new("`/proc` is mounted read-only").hint("as root: `mount -o remount,rw /proc`"),
        ),
        Errno::NOENT => Some(
            Diagnosis::new("there is no such file: `/proc` is not mounted, or the process has ended")
                .hint("as root: `mount -t proc proc /proc`"),
        ),
        _ => None,
    }
}
