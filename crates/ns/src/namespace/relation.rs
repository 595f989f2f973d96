//! What a namespace hangs on: its owner, its parent and who made it.

use std::fmt;
use std::os::fd::{AsFd as _, OwnedFd};

use insula_sys::nsfs;
use rustix::io::Errno;

use super::{Namespace, NamespaceError};
use crate::Kind;

/// A namespace that another one leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The user namespace whose capabilities govern it.
    Owner,
    /// The namespace of the same kind that it was made in.
    Parent,
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "owning user namespace",
            Self::Parent => "parent",
        })
    }
}

impl Namespace {
    /// The user namespace that owns it; `None` when that lies outside the caller's own, or for the initial one.
    ///
    /// The owner of a user namespace is its parent.
    /// # Errors
    /// [`NamespaceError::Related`] when the kernel answers anything else.
    #[doc(alias = "NS_GET_USERNS")]
    pub fn owner(&self) -> Result<Option<Self>, NamespaceError> {
        self.related(Relation::Owner, nsfs::owner(self.fd.as_fd()))
            .map(|fd| fd.map(|fd| Self { fd, kind: Kind::User }))
    }

    /// The parent of a user or PID namespace; `None` when that lies outside the caller's own, when there is none,
    /// and for the other kinds, which have no parents.
    ///
    /// # Errors
    /// [`NamespaceError::Related`] when the kernel answers anything else.
    #[doc(alias = "NS_GET_PARENT")]
    pub fn parent(&self) -> Result<Option<Self>, NamespaceError> {
        if !matches!(self.kind, Kind::User | Kind::Pid) {
            return Ok(None);
        }
        self.related(Relation::Parent, nsfs::parent(self.fd.as_fd()))
            .map(|fd| fd.map(|fd| Self { fd, kind: self.kind }))
    }

    fn related(
        &self,
        relation: Relation,
        answer: Result<OwnedFd, Errno>,
    ) -> Result<Option<OwnedFd>, NamespaceError> {
        match answer {
            Ok(fd) => Ok(Some(fd)),
            Err(Errno::PERM) => Ok(None),
            Err(source) => Err(NamespaceError::Related { relation, kind: self.kind, id: self.id(), source }),
        }
    }

    /// The uid of who made a user namespace, as the caller's own maps it (65534 where it doesn't).
    ///
    /// Of the other kinds the kernel keeps only the [`owner`](Self::owner): `None`.
    /// # Errors
    /// [`NamespaceError::Creator`] when the kernel answers anything else.
    #[doc(alias = "NS_GET_OWNER_UID")]
    pub fn owner_uid(&self) -> Result<Option<u32>, NamespaceError> {
        if self.kind != Kind::User {
            return Ok(None);
        }
        nsfs::owner_uid(self.fd.as_fd()).map(Some).map_err(|source| NamespaceError::Creator {
            kind: self.kind,
            id: self.id(),
            source,
        })
    }
}
