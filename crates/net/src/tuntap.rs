//! Interfaces whose other end is a program: see the kernel's `networking/tuntap.rst` and `ip-tuntap(8)`.

use std::fmt;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use insula_sys::{elsewhere, tun};
use rustix::io::Errno;

use crate::name::IfName;

/// What passes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunMode {
    /// IP packets: `IFF_TUN`.
    Tun,
    /// Ethernet frames: `IFF_TAP`.
    Tap,
}

impl fmt::Display for TunMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tun => "tun",
            Self::Tap => "tap",
        })
    }
}

/// An interface to make, which stays until it is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct NewTun {
    /// Its name.
    pub name: IfName,
    /// What passes through.
    pub mode: TunMode,
    /// The user who may open its other end; none: whoever has `CAP_NET_ADMIN`.
    pub owner: Option<u32>,
    /// The group who may.
    pub group: Option<u32>,
    /// `IFF_*` besides the mode: [`NewTun::PACKET_INFORMATION`] and the like.
    pub flags: u16,
}

/// Why it was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TunError {
    /// No `/dev/net/tun`.
    #[error("cannot open `/dev/net/tun`")]
    Open {
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// The kernel does not make it.
    #[error("cannot create {mode} link `{name}`")]
    Create {
        /// What passes through.
        mode: TunMode,
        /// Its name.
        name: IfName,
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// The kernel does not delete it.
    #[error("cannot delete {mode} link `{name}`")]
    Delete {
        /// What passes through.
        mode: TunMode,
        /// Its name.
        name: IfName,
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
}

const IFF_TUN: u16 = 1;
const IFF_TAP: u16 = 2;
const IFF_NO_PI: u16 = 0x1000;

impl NewTun {
    /// Each packet comes with four bytes that say what it is; otherwise it comes alone.
    pub const PACKET_INFORMATION: u16 = IFF_NO_PI;
    /// Headers of `virtio_net` before each packet: `IFF_VNET_HDR`.
    pub const VNET_HEADER: u16 = 0x4000;
    /// Several programs may open it, each with a queue of its own: `IFF_MULTI_QUEUE`.
    pub const MULTI_QUEUE: u16 = 0x100;

    /// One of this name.
    pub const fn new(name: IfName, mode: TunMode) -> Self {
        Self { name, mode, owner: None, group: None, flags: 0 }
    }

    /// Makes it in the network namespace that is the last of `namespaces`, or here if there is none.
    ///
    /// # Errors
    /// [`TunError`]; nothing is left then.
    pub fn create(&self, namespaces: &[BorrowedFd<'_>]) -> Result<(), TunError> {
        let failed = |source| TunError::Create { mode: self.mode, name: self.name.clone(), source };
        let tun = self.take(namespaces, failed)?;
        let tun = tun.as_fd();
        self.owner.map_or(Ok(()), |owner| tun::set_owner(tun, owner)).map_err(failed)?;
        self.group.map_or(Ok(()), |group| tun::set_group(tun, group)).map_err(failed)?;
        tun::keep(tun).map_err(failed)
    }

    /// Deletes the interface that has this name and mode.
    ///
    /// # Errors
    /// [`TunError`].
    pub fn delete(&self, namespaces: &[BorrowedFd<'_>]) -> Result<(), TunError> {
        let failed = |source| TunError::Delete { mode: self.mode, name: self.name.clone(), source };
        let tun = self.take(namespaces, failed)?;
        tun::let_go(tun.as_fd()).map_err(failed)
    }

    /// Holds the interface, which is made if it is not there.
    fn take(
        &self,
        namespaces: &[BorrowedFd<'_>],
        failed: impl Fn(Errno) -> TunError,
    ) -> Result<OwnedFd, TunError> {
        let tun = elsewhere::open(namespaces, rustix::fs::CWD, c"/dev/net/tun", libc::O_RDWR)
            .map_err(|source| TunError::Open { source })?;
        let mode = match self.mode {
            TunMode::Tun => IFF_TUN,
            TunMode::Tap => IFF_TAP,
        };
        // The kernel's flag is that there is none.
        let flags = mode | self.flags ^ IFF_NO_PI;
        tun::set_interface(tun.as_fd(), self.name.as_str(), flags).map_err(failed)?;
        Ok(tun)
    }
}
