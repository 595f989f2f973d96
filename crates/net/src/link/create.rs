//! Making an interface.

use std::fmt;
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use super::hardware::HardwareAddress;
use super::header::LinkHeader;
use super::kind::LinkKind;
use super::veth::Veth;
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
#[derive(Clone, Debug)]
#[must_use]
pub struct NewLink {
    name: Option<IfName>,
    kind: Option<LinkKind>,
    place: Option<Place>,
    address: Option<HardwareAddress>,
    mtu: Option<u32>,
    master: Option<u32>,
    index: u32,
    up: bool,
}

impl NewLink {
    /// One of this type.
    pub fn new(name: IfName, kind: LinkKind) -> Self {
        Self { kind: Some(kind), ..Self::peer(name) }
    }

    /// One end of a veth pair, to be given to [`NewLink::veth`].
    pub const fn peer(name: IfName) -> Self {
        Self {
            name: Some(name),
            kind: None,
            place: None,
            address: None,
            mtu: None,
            master: None,
            index: 0,
            up: false,
        }
    }

    /// A veth pair. `peer` is made in its namespace in the same request: it never appears here, so no race can rename it.
    #[doc(alias = "VETH_INFO_PEER")]
    pub fn veth(name: IfName, peer: Self) -> Self {
        Self::new(name, LinkKind::Veth(Veth::new(peer)))
    }

    /// Makes it in another network namespace than that of the socket.
    pub fn place(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Gives it a link-layer address instead of a random one.
    pub fn address(self, address: HardwareAddress) -> Self {
        Self { address: Some(address), ..self }
    }

    /// The largest packet that it takes, in bytes.
    pub fn mtu(self, mtu: u32) -> Self {
        Self { mtu: Some(mtu), ..self }
    }

    /// Makes it a port of the bridge, bond or VRF with this number.
    pub fn master(self, index: u32) -> Self {
        Self { master: Some(index), ..self }
    }

    /// Gives it this number instead of the next free one, so that what comes later in a batch can speak of it. At most 2^31 - 1;
    /// the kernel answers `EEXIST` or `EBUSY` if another interface there has it.
    pub fn index(self, index: u32) -> Self {
        Self { index, ..self }
    }

    /// Brings it up at once. Not the peer of a veth pair: the kernel answers `ENOTCONN`, as the pair is not whole yet.
    pub fn up(self) -> Self {
        Self { up: true, ..self }
    }

    pub(super) fn header(&self) -> LinkHeader {
        let header = LinkHeader { index: self.index, ..LinkHeader::default() };
        if self.up { header.up(true) } else { header }
    }

    pub(super) fn put_attributes(&self, message: &mut Message) {
        if let Some(name) = &self.name {
            message.put_str(libc::IFLA_IFNAME, name.as_str());
        }
        if let Some(address) = &self.address {
            message.put(libc::IFLA_ADDRESS, address.bytes());
        }
        if let Some(mtu) = self.mtu {
            message.put_u32(libc::IFLA_MTU, mtu);
        }
        if let Some(master) = self.master {
            message.put_u32(libc::IFLA_MASTER, master);
        }
        if let Some(place) = &self.place {
            place.put(message);
        }
        if let Some(kind) = &self.kind {
            kind.put(message);
        }
    }
}

impl fmt::Display for NewLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.as_ref().map_or("", LinkKind::name);
        match &self.name {
            Some(name) => write!(f, "create {kind} link `{name}`"),
            None => write!(f, "create {kind} link"),
        }
    }
}

impl Request for NewLink {
    fn encode(&self) -> Encoded {
        let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
        let mut message = Message::new(libc::RTM_NEWLINK, flags, &self.header().bytes());
        self.put_attributes(&mut message);
        Encoded(message)
    }
}
