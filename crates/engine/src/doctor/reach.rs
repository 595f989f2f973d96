//! Why a namespace cannot be opened or entered.

use insula_ns::{Kinds, NamespaceError};
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::diagnose::{Diagnosis, Operation, diagnose};
use super::evidence::Evidence;

/// Explains an error about a namespace: `ptrace(2)`, "Ptrace access mode checking", `setns(2)`,
/// `open_by_handle_at(2)`.
#[must_use]
pub fn explain_namespace(error: &NamespaceError, evidence: &Evidence) -> Option<Diagnosis> {
    match error {
        NamespaceError::OfProcess { source, .. } => process(*source, evidence),
        NamespaceError::Handle { source: Errno::STALE, .. } => {
            Some(Diagnosis::new("no namespace has that id: it is gone, or not visible from this PID namespace"))
        }
        NamespaceError::Handle { source: Errno::PERM, .. } => Some(
            Diagnosis::new("a namespace may be opened by its id only with CAP_SYS_ADMIN in the user namespace that owns it")
                .hint("open it by a process that is in it, or run as root"),
        ),
        NamespaceError::Handle { source: Errno::BADF | Errno::OPNOTSUPP | Errno::INVAL, .. } => {
            Some(Diagnosis::new("this kernel cannot open namespaces by id"))
        }
        NamespaceError::Socket { source: Errno::PERM, .. } => Some(Diagnosis::new(
            "a socket tells its network namespace only to who has CAP_NET_ADMIN in the user namespace that owns that",
        )),
        NamespaceError::Socket { source: Errno::NOTSOCK | Errno::NOTTY, .. } => {
            Some(Diagnosis::new("that descriptor is no socket"))
        }
        NamespaceError::Enter { kind, source, .. } => {
            diagnose(&Operation::Enter { kinds: Kinds::from(*kind) }, *source, evidence)
        }
        NamespaceError::EnterProcess { kinds, source, .. } => {
            diagnose(&Operation::Enter { kinds: *kinds }, *source, evidence)
        }
        NamespaceError::NotANamespace { .. } => Some(
            Diagnosis::new("a namespace is kept by a bind mount on its file; nothing is mounted there, or not in this \
                            mount namespace")
                .hint("`insula ls --persistent` lists those that are kept"),
        ),
        _ => None,
    }
}

/// What the kernel answers to who may not look at a process.
fn process(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::SRCH | Errno::NOENT => Some(Diagnosis::new("there is no such process, or it has ended")),
        Errno::PERM | Errno::ACCESS if !evidence.has_outside(CapabilitySet::SYS_PTRACE) => Some(
            Diagnosis::new(
                "the namespaces of a process are shown to who may trace it: a process of the same user that is not \
                 protected, or one with CAP_SYS_PTRACE",
            )
            .hint("run as that user, or as root"),
        ),
        Errno::PERM | Errno::ACCESS => Some(
            Diagnosis::new(
                "the process is in a user namespace outside, where this one has no CAP_SYS_PTRACE, or a security \
                 module protects it",
            )
            .hint("run outside"),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::world::World;
    use insula_ns::{Kind, NsLink};

    #[test]
    fn who_may_not_trace_is_told_so() {
        let world = World::new();
        let error = |source| NamespaceError::OfProcess { link: NsLink::Own(Kind::Net), pid: None, source };
        let cause = |source| {
            explain_namespace(&error(source), &world.evidence()).map(|diagnosis| diagnosis.cause).unwrap()
        };
        assert!(cause(Errno::ACCESS).contains("who may trace it"));
        assert!(cause(Errno::SRCH).contains("ended"));
        world.status(u64::MAX, 0, 1);
        assert!(cause(Errno::PERM).contains("user namespace outside"));
    }

    #[test]
    fn entering_is_explained_as_setns() {
        let error = NamespaceError::EnterProcess { kinds: Kind::User.into(), pid: None, source: Errno::PERM };
        let diagnosis = explain_namespace(&error, &World::new().evidence()).unwrap();
        assert!(diagnosis.cause.contains("CAP_SYS_ADMIN in that user namespace"));
    }
}
