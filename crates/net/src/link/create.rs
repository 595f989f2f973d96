//! Making an interface.

use std::fmt;
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use super::header::LinkHeader;
use super::kind::{LinkKind, Veth};
use super::request::LinkRequest;
use super::settings::LinkSettings;
use crate::name::IfName;
use crate::netlink::{Encoded, Request};
use crate::wire::Message;

/// The network namespace that an interface is to be in.
#[derive(Clone, Debug)]
pub enum Place {
    /// An open handle of it.
    Namespace(Arc<OwnedFd>),
    /// That of a process, by its id in the caller's PID namespace.
    Process(u32),
}

impl Place {
    /// The namespace that `namespace` is a handle of, which is duplicated.
    ///
    /// # Errors
    /// `EMFILE` when no descriptor is left.
    pub fn of(namespace: BorrowedFd<'_>) -> rustix::io::Result<Self> {
        let fd = rustix::io::fcntl_dupfd_cloexec(namespace, 3)?;
        Ok(Self::Namespace(Arc::new(fd)))
    }

    pub(super) fn put(&self, message: &mut Message) {
        match self {
            Self::Namespace(fd) => message.put_i32(libc::IFLA_NET_NS_FD, fd.as_raw_fd()),
            Self::Process(pid) => message.put_u32(libc::IFLA_NET_NS_PID, *pid),
        }
    }
}

/// An interface to make. The kernel takes an alias and alternative names only afterwards, by [`ChangeLink`](super::ChangeLink).
///
/// ```no_run
/// # use insula_net::{IfName, Netlink, NewLink, Place, Protocol};
/// # let blue = std::fs::File::open("/run/netns/blue")?;
/// let peer = NewLink::peer(IfName::new("eth0")?).place(Place::of(std::os::fd::AsFd::as_fd(&blue))?);
/// Netlink::open(Protocol::Route)?.perform(&NewLink::veth(IfName::new("veth0")?, peer).up())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type NewLink = LinkRequest<Creation>;

/// What is said of an interface only when it is made.
#[derive(Clone, Debug)]
pub struct Creation {
    index: u32,
    existing: Existing,
}

/// What happens to an interface of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Existing {
    Refused,
    Changed,
}

impl NewLink {
    /// One of this type.
    pub fn new(name: IfName, kind: LinkKind) -> Self {
        Self::peer(name).kind(kind)
    }

    /// One of this type, whose name the kernel chooses unless `settings` have one.
    pub fn with(kind: LinkKind, settings: LinkSettings) -> Self {
        Self::end(settings).kind(kind)
    }

    /// One end of a veth pair, to be given to [`NewLink::veth`].
    pub fn peer(name: IfName) -> Self {
        Self::end(LinkSettings { name: Some(name), ..LinkSettings::default() })
    }

    /// One end of a veth pair, whose name the kernel chooses unless `settings` have one.
    pub const fn end(settings: LinkSettings) -> Self {
        Self::of(Creation { index: 0, existing: Existing::Refused }, settings)
    }

    /// A veth pair. `peer` is made in its namespace in the same request: it never appears here, so no race can rename it.
    #[doc(alias = "VETH_INFO_PEER")]
    pub fn veth(name: IfName, peer: Self) -> Self {
        Self::new(name, LinkKind::Veth(Veth::new(peer)))
    }

    /// Makes it on the interface with this number: a VLAN, a macvlan.
    pub fn link(mut self, index: u32) -> Self {
        self.settings.link = Some(index);
        self
    }

    /// Gives it this number, from 1, in the namespace that it is made in, instead of the next one. A thousand interfaces can so
    /// be referred to before the kernel has made the first.
    pub const fn index(mut self, index: u32) -> Self {
        self.purpose.index = index;
        self
    }

    /// Changes the interface of that name, if there is one, instead of refusing.
    pub const fn or_change(mut self) -> Self {
        self.purpose.existing = Existing::Changed;
        self
    }

    pub(in crate::link) fn header(&self) -> LinkHeader {
        self.settings.header(self.purpose.index)
    }

    pub(in crate::link) fn put_attributes(&self, message: &mut Message) {
        self.settings.put(message);
        if let Some(kind) = &self.kind {
            kind.put(message);
        }
    }
}

impl fmt::Display for NewLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.as_ref().map_or("", LinkKind::name);
        match &self.settings.name {
            Some(name) => write!(f, "create {kind} link `{name}`"),
            None => write!(f, "create {kind} link"),
        }
    }
}

impl Request for NewLink {
    fn encode(&self) -> Encoded {
        let flags = match self.purpose.existing {
            Existing::Refused => libc::NLM_F_CREATE | libc::NLM_F_EXCL,
            Existing::Changed => libc::NLM_F_CREATE | libc::NLM_F_REPLACE,
        };
        let mut message = Message::new(libc::RTM_NEWLINK, flags, &self.header().bytes());
        self.put_attributes(&mut message);
        Encoded(message)
    }
}
