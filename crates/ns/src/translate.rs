//! Process ids in and out of a PID namespace.

use std::os::fd::AsFd as _;

use insula_sys::nsfs::{self, Translation};
use rustix::io::Errno;
use rustix::process::Pid;

use crate::procfs::{ProcDir, ProcError};
use crate::{Kind, Namespace, NamespaceError, NsId};

/// Why a process id could not be translated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranslateError {
    /// Only PID namespaces have ids of their own.
    #[error("{kind}:[{}] has no process ids: it is not a pid namespace", id.ino)]
    NotPid {
        /// The kind that it is of.
        kind: Kind,
        /// The namespace that was asked.
        id: NsId,
    },
    /// The kernel would not translate.
    #[error("cannot translate process id {pid} for pid:[{}]", id.ino)]
    Translate {
        /// The id as it was given.
        pid: Pid,
        /// The namespace that was asked.
        id: NsId,
        /// What the kernel answered.
        source: Errno,
    },
    /// `/proc`, which an older kernel has to be asked through, is not there.
    #[error("cannot translate process id {pid} for pid:[{}]", id.ino)]
    Proc {
        /// The id as it was given.
        pid: Pid,
        /// The namespace that was asked.
        id: NsId,
        /// What is wrong with it.
        source: ProcError,
    },
    /// On an older kernel, the way from a process's PID namespace to the caller's could not be walked.
    #[error("cannot translate process id {pid}")]
    Walk {
        /// The id as it was given.
        pid: Pid,
        /// Where it failed.
        source: NamespaceError,
    },
}

impl Namespace {
    /// The id here of the process or thread that the caller knows as `pid`; `None` when it has none, or is gone.
    ///
    /// # Errors
    /// [`TranslateError::NotPid`] unless this is a PID namespace. Kernels before 6.11 are asked through `/proc`,
    /// which fails for what the caller may not trace.
    #[doc(alias = "NS_GET_PID_IN_PIDNS")]
    pub fn pid_inside(&self, pid: Pid) -> Result<Option<Pid>, TranslateError> {
        match self.translate(Translation::In, pid) {
            Err(TranslateError::Translate { source: Errno::NOTTY, .. }) => self.pid_inside_by_proc(pid),
            answer => answer,
        }
    }

    /// The id for the caller of the process or thread that has the id `pid` here; `None` when there is none.
    ///
    /// # Errors
    /// As [`pid_inside`](Self::pid_inside). Kernels before 6.11 need a pass over all of `/proc`, which leaves out
    /// what the caller may not trace.
    #[doc(alias = "NS_GET_PID_FROM_PIDNS")]
    pub fn pid_outside(&self, pid: Pid) -> Result<Option<Pid>, TranslateError> {
        match self.translate(Translation::Out, pid) {
            Err(TranslateError::Translate { source: Errno::NOTTY, .. }) => self.pid_outside_by_proc(pid),
            answer => answer,
        }
    }

    fn translate(&self, translation: Translation, pid: Pid) -> Result<Option<Pid>, TranslateError> {
        if self.kind() != Kind::Pid {
            return Err(TranslateError::NotPid { kind: self.kind(), id: self.id() });
        }
        match nsfs::translate(self.as_fd(), translation, pid.as_raw_nonzero().get().cast_unsigned()) {
            Ok(translated) => Ok(Pid::from_raw(translated.cast_signed())),
            Err(Errno::SRCH) => Ok(None),
            Err(source) => Err(TranslateError::Translate { pid, id: self.id(), source }),
        }
    }

    fn pid_inside_by_proc(&self, pid: Pid) -> Result<Option<Pid>, TranslateError> {
        let proc =
            ProcDir::open_own().map_err(|source| TranslateError::Proc { pid, id: self.id(), source })?;
        // The last id is the one in the process's own PID namespace, the one before it that in its parent, …
        let ids = match proc.nested_pids(pid) {
            Ok(ids) => ids,
            Err(Errno::NOENT | Errno::SRCH) => return Ok(None),
            Err(source) => return Err(TranslateError::Translate { pid, id: self.id(), source }),
        };
        let walk = |source| TranslateError::Walk { pid, source };
        let mut namespace = Some(Self::of_pid(pid, Kind::Pid).map_err(walk)?);
        for inside in ids.into_iter().rev() {
            let Some(here) = namespace else { break };
            if here.id() == self.id() {
                return Ok(Some(inside));
            }
            namespace = here.parent().map_err(walk)?;
        }
        Ok(None)
    }

    fn pid_outside_by_proc(&self, pid: Pid) -> Result<Option<Pid>, TranslateError> {
        let proc =
            ProcDir::open_own().map_err(|source| TranslateError::Proc { pid, id: self.id(), source })?;
        let pids = proc.pids().map_err(|source| TranslateError::Translate { pid, id: self.id(), source })?;
        // Those that it fails for are gone, or not the caller's to trace.
        let same = |outside: &Pid| self.pid_inside_by_proc(*outside).is_ok_and(|inside| inside == Some(pid));
        Ok(pids.into_iter().find(same))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_id_is_the_same_in_the_own_namespace_both_ways() {
        let own = Namespace::of_self(Kind::Pid).unwrap();
        let me = rustix::process::getpid();
        assert_eq!(own.pid_inside(me).unwrap(), Some(me));
        assert_eq!(own.pid_outside(me).unwrap(), Some(me));
        assert_eq!(own.pid_inside_by_proc(me).unwrap(), Some(me));
        assert_eq!(own.pid_outside_by_proc(me).unwrap(), Some(me));
        let nobody = Pid::from_raw(i32::MAX).unwrap();
        assert_eq!(own.pid_inside(nobody).unwrap(), None);
        assert_eq!(own.pid_inside_by_proc(nobody).unwrap(), None);
    }

    #[test]
    fn other_kinds_have_no_ids() {
        let net = Namespace::of_self(Kind::Net).unwrap();
        let error = net.pid_inside(rustix::process::getpid()).unwrap_err();
        assert!(matches!(error, TranslateError::NotPid { kind: Kind::Net, .. }));
    }
}
