//! Filters of system calls and restrictions of files and ports: `seccomp(2)`, `landlock(7)`.

use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::{Diagnosis, Evidence, lacks, refused_by_others};

/// `seccomp(2)` with `SECCOMP_SET_MODE_FILTER`.
pub(super) fn install(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::ACCESS => lacks(evidence, CapabilitySet::SYS_ADMIN, "CAP_SYS_ADMIN", "a filter of system calls")
            .map(|diagnosis| {
                diagnosis.hint("forbid new privileges, which it takes instead: `--no-new-privs`")
            })
            .or_else(|| refused_by_others(evidence)),
        Errno::PERM => refused_by_others(evidence),
        Errno::INVAL => Some(
            Diagnosis::new(
                "this kernel was built without filters (CONFIG_SECCOMP_FILTER), or lacks a flag or an answer that the \
                 profile asks for",
            )
            .hint("/proc/sys/kernel/seccomp/actions_avail has the answers that it knows"),
        ),
        Errno::BUSY => Some(
            Diagnosis::new("a filter with a listener looks at this process already, and the kernel allows one")
                .hint("start it from where there is none"),
        ),
        _ => None,
    }
}

/// `landlock_restrict_self(2)`.
pub(super) fn restrict(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::PERM => {
            lacks(evidence, CapabilitySet::SYS_ADMIN, "CAP_SYS_ADMIN", "a restriction by Landlock")
                .map(|diagnosis| {
                    diagnosis.hint("forbid new privileges, which it takes instead: `--no-new-privs`")
                })
                .or_else(|| refused_by_others(evidence))
        }
        Errno::TOOBIG => Some(Diagnosis::new(
            "this process is restricted by Landlock 16 times already, and the kernel allows no more",
        )),
        _ => None,
    }
}

/// `sendmsg(2)` with `SCM_RIGHTS`.
pub(super) fn hand_over(errno: Errno) -> Option<Diagnosis> {
    match errno {
        Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN => {
            Some(Diagnosis::new("who was to have it has closed the connection"))
        }
        Errno::TOOMANYREFS => Some(Diagnosis::new(
            "this user has as many descriptors on their way as it may have open (RLIMIT_NOFILE)",
        )),
        _ => None,
    }
}
