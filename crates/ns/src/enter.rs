//! Moving the calling thread into namespaces: `setns(2)`.

use std::os::fd::AsFd;

use rustix::thread::{LinkNameSpaceType, ThreadNameSpaceType};

use crate::pidfd::pid_of;
use crate::{Kind, Kinds, Namespace, NamespaceError};

impl Namespace {
    /// Moves the calling thread into it; of a PID or time namespace, only the children that it makes from then on.
    ///
    /// # Errors
    /// [`NamespaceError::Enter`], as `setns(2)` says.
    #[doc(alias = "setns")]
    pub fn enter(&self) -> Result<(), NamespaceError> {
        rustix::thread::move_into_link_name_space(self.as_fd(), Some(link_type(self.kind())))
            .map_err(|source| NamespaceError::Enter { kind: self.kind(), id: self.id(), source })
    }
}

/// Moves the calling thread into the namespaces of the given kinds of a process, all or none.
///
/// # Errors
/// [`NamespaceError::EnterProcess`], as `setns(2)` says; `EINVAL` on a kernel before 5.8.
#[doc(alias = "setns")]
pub fn enter_process(process: impl AsFd, kinds: Kinds) -> Result<(), NamespaceError> {
    let process = process.as_fd();
    let types = ThreadNameSpaceType::from_bits_retain(kinds.clone_flags());
    rustix::thread::move_into_thread_name_spaces(process, types)
        .map_err(|source| NamespaceError::EnterProcess { kinds, pid: pid_of(process).ok().flatten(), source })
}

const fn link_type(kind: Kind) -> LinkNameSpaceType {
    match kind {
        Kind::Cgroup => LinkNameSpaceType::ControlGroup,
        Kind::Ipc => LinkNameSpaceType::InterProcessCommunication,
        Kind::Mnt => LinkNameSpaceType::Mount,
        Kind::Net => LinkNameSpaceType::Network,
        Kind::Pid => LinkNameSpaceType::ProcessID,
        Kind::Time => LinkNameSpaceType::Time,
        Kind::User => LinkNameSpaceType::User,
        Kind::Uts => LinkNameSpaceType::HostNameAndNISDomainName,
    }
}
