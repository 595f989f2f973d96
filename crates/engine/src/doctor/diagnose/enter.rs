//! `setns(2)`.

use insula_ns::{Kind, Kinds};
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::{Diagnosis, Evidence, lacks, refused_by_others};

pub(super) fn enter(kinds: Kinds, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::BADF => Some(Diagnosis::new("the descriptor given is not open")),
        Errno::SRCH => Some(Diagnosis::new("the process whose namespaces were to be entered has ended")),
        Errno::USERS => Some(
            Diagnosis::new("only a process with a single thread can change its time namespace")
                .hint("start a process first, which enters it"),
        ),
        Errno::INVAL => Some(invalid(kinds, evidence)),
        Errno::PERM | Errno::ACCESS => not_permitted(kinds, evidence),
        _ => None,
    }
}

fn invalid(kinds: Kinds, evidence: &Evidence) -> Diagnosis {
    if let Some(kind) = kinds.iter().find(|kind| !evidence.kernel_has(*kind)) {
        return Diagnosis::new(format!("this kernel has no {kind} namespaces"));
    }
    if kinds.contains(Kind::User) {
        let threads = evidence.process().map_or(1, |process| process.threads);
        if threads > 1 {
            return Diagnosis::new(format!(
                "this process has {threads} threads, and only a process with one can change its user namespace"
            ))
            .hint("start a process first, which enters it");
        }
        return Diagnosis::new(
            "this process is in that user namespace already, or shares its root and working directory with another \
             process",
        )
        .hint("leave the user namespace out");
    }
    if kinds.contains(Kind::Pid) {
        return Diagnosis::new(
            "that PID namespace is neither the one of this process nor inside it, and one can only go further in",
        )
        .hint("start from a process that is in an outer PID namespace");
    }
    if kinds.contains(Kind::Mnt) {
        return Diagnosis::new(
            "this process shares its root and working directory with another process or thread, and so can't change \
             its mount namespace",
        )
        .hint("start a process first, which enters it");
    }
    Diagnosis::new(format!("the descriptor given is not one of these kinds of namespace ({kinds})"))
}

fn not_permitted(kinds: Kinds, evidence: &Evidence) -> Option<Diagnosis> {
    if kinds.contains(Kind::User) {
        return Some(
            Diagnosis::new(
                "it takes CAP_SYS_ADMIN in that user namespace, which only the user who created it has, from the user \
                 namespace outside it, and root there",
            )
            .hint("run as that user (`insula ls` shows the owner), or as root"),
        );
    }
    let missing = lacks(evidence, CapabilitySet::SYS_ADMIN, "CAP_SYS_ADMIN", "entering another namespace");
    if let Some(diagnosis) = missing {
        return Some(diagnosis.hint("enter the user namespace that owns it too, or run as root"));
    }
    if kinds.contains(Kind::Mnt) && !evidence.has(CapabilitySet::SYS_CHROOT) {
        return Some(Diagnosis::new(
            "entering a mount namespace also takes CAP_SYS_CHROOT, which this process lacks",
        ));
    }
    if evidence.in_initial(Kind::User) == Some(false) {
        return Some(
            Diagnosis::new(
                "the namespace belongs to a user namespace in which this process has no CAP_SYS_ADMIN",
            )
            .hint("enter the user namespace that owns it too, or start from outside"),
        );
    }
    refused_by_others(evidence)
}
