//! Why a network is not as it was to be.

use std::net::IpAddr;

use insula_net::Prefix;
use insula_net::capture::CaptureError;
use insula_ns::NamespaceError;
use rustix::io::Errno;

use super::{BridgeName, Site};
use crate::firewall::FirewallError;
use crate::set::SetError;
use crate::store::{PathError, StoreError};

/// What of a network is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// Two ends that are connected.
    Connection,
    /// A set at a bridge.
    Port,
    /// A bridge.
    Bridge,
    /// A WireGuard interface.
    WireGuard,
}

/// Why a network was not made, changed or shown: nothing half made is left then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A set cannot be found or used.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be used.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A namespace cannot be opened.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// The process that makes or holds a mount namespace could not be started.
    #[error(transparent)]
    Keeper(#[from] crate::keeper::KeeperError),
    /// It cannot be ended.
    #[error("cannot end the process that holds the mount namespace of the files in `/etc`")]
    KeeperEnd {
        /// Why.
        source: insula_ns::PidFdError,
    },
    /// The mount namespace of the files in `/etc` is gone.
    #[error("the mount namespace of `{}` is gone", path.display())]
    RoomGone {
        /// The directory of its record.
        path: std::path::PathBuf,
    },
    /// What is seen in the mount namespace of a set cannot be changed.
    #[error("cannot change what is seen of `{}` in `{name}`", path.display())]
    Inside {
        /// The set.
        name: crate::set::SetName,
        /// The file or directory.
        path: std::path::PathBuf,
        /// What the kernel answered.
        source: Errno,
    },
    /// An administrator has decided about it.
    #[error("`{}` says who answers for names in `{name}`", path.display())]
    Decided {
        /// The set.
        name: crate::set::SetName,
        /// The file.
        path: std::path::PathBuf,
    },
    /// A network namespace cannot be worked in.
    #[error("cannot change the network of {site}")]
    Enter {
        /// Whose.
        site: Site,
        /// Why.
        source: insula_net::Error,
    },
    /// The kernel did not do something.
    #[error("in {site}")]
    Kernel {
        /// In whose network namespace.
        site: Site,
        /// What, and why.
        source: insula_net::Error,
    },
    /// The two ends lie in different user namespaces of a caller who has no power over both at once.
    #[error("cannot connect {near} with {far}: they belong to different user namespaces")]
    Apart {
        /// The one end.
        near: Site,
        /// The other.
        far: Site,
        /// What was tried, and why it was refused.
        source: insula_net::Error,
    },
    /// The bridge is the host's, and the set that of somebody without power over the host's network.
    #[error("cannot attach {site} to `{bridge}`, which is a bridge of the host")]
    BridgeOfHost {
        /// The set.
        site: Site,
        /// The bridge.
        bridge: BridgeName,
        /// What was tried, and why it was refused.
        source: insula_net::Error,
    },
    /// The packet filter of the host is not as it was to be.
    #[error(transparent)]
    Firewall(#[from] FirewallError),
    /// No interface of the host leads to the set.
    #[error("no interface of the host leads to {site}, or the host reaches no address of it there")]
    NotReached {
        /// The set.
        site: Site,
    },
    /// Only a bridge leads to the set, by which others come too.
    #[error("{site} comes by the bridge `{bridge}`, as all that is attached to it does")]
    Shared {
        /// The set.
        site: Site,
        /// The bridge.
        bridge: String,
    },
    /// Both ends are the same.
    #[error("{near} and {far} have the same network namespace")]
    Same {
        /// The one end.
        near: Site,
        /// The other.
        far: Site,
    },
    /// The kernel leaves an interface where it is.
    #[error("cannot move the interface `{name}` out of {site}")]
    Immovable {
        /// Where it is.
        site: Site,
        /// Its name.
        name: String,
        /// What was tried, and what the kernel answered.
        source: insula_net::Error,
    },
    /// Somebody else's interface has the name.
    #[error("{site} has an interface `{name}` already")]
    NameTaken {
        /// Where.
        site: Site,
        /// The name.
        name: String,
    },
    /// What is there is not what is wanted.
    #[error("{what} already, but not as asked: {found}")]
    Different {
        /// What kind of thing it is.
        there: There,
        /// What is there.
        what: String,
        /// As what.
        found: String,
    },
    /// So small packets that there is no IPv6.
    #[error("with packets of {mtu} bytes an interface cannot have the address {address}: IPv6 takes {least}")]
    MtuTooSmall {
        /// The largest packet that was asked for.
        mtu: u32,
        /// The least that it can be.
        least: u32,
        /// The address that is asked for too.
        address: Prefix,
    },
    /// Somebody has the address.
    #[error("the address {address} is taken: {by} has it")]
    AddressTaken {
        /// The address.
        address: Prefix,
        /// Who has it.
        by: String,
    },
    /// An address without the length of its network, which no subnet of the bridge tells.
    #[error("no subnet of the bridge `{bridge}` has room for {address}")]
    Outside {
        /// The address.
        address: IpAddr,
        /// The bridge.
        bridge: BridgeName,
    },
    /// No free subnet is left to choose from.
    #[error("no free subnet is left to choose from")]
    NoSubnet,
    /// No free address is left in a subnet, or it has room for one only.
    #[error("no free address is left in {subnet}")]
    NoAddress {
        /// The subnet.
        subnet: Prefix,
    },
    /// The bridge has no address, so there is no subnet to choose from.
    #[error("the bridge `{bridge}` has no address, so none can be chosen for {site}")]
    BridgeWithoutAddress {
        /// The bridge.
        bridge: BridgeName,
        /// What is attached to it.
        site: Site,
    },
    /// No network namespace can be made.
    #[error("cannot make a network namespace")]
    Unshare {
        /// The kernel's reason.
        #[source]
        source: rustix::io::Errno,
    },
    /// There is no bridge of this name.
    #[error("there is no bridge `{bridge}`")]
    NoBridge {
        /// The name.
        bridge: BridgeName,
    },
    /// What has the name is an interface of another type.
    #[error("`{bridge}` in {site} is no bridge, but {kind}")]
    NotABridge {
        /// The name.
        bridge: BridgeName,
        /// Where.
        site: Site,
        /// What it is.
        kind: String,
    },
    /// A bridge that somebody else made.
    #[error("the bridge `{bridge}` was not made by Insula")]
    NotOurs {
        /// The bridge.
        bridge: BridgeName,
    },
    /// A set has the name.
    #[error("there is a set `{bridge}`, and a bridge of that name could not be told from it")]
    IsSet {
        /// The name.
        bridge: BridgeName,
    },
    /// Sets are attached to the bridge.
    #[error("the bridge `{bridge}` is in use")]
    InUse {
        /// The bridge.
        bridge: BridgeName,
        /// What is attached to it.
        attached: Vec<String>,
    },
    /// No random number.
    #[error("cannot get random bytes for a name")]
    Random {
        /// The kernel's reason.
        source: Errno,
    },
    /// There is no such interface.
    #[error("{site} has no interface `{name}`")]
    NoInterface {
        /// Where it was looked for.
        site: Site,
        /// The name.
        name: String,
    },
    /// Somebody else decides how packets leave an interface, or what becomes of those that come in.
    #[error(
        "the interface `{interface}` in {site} has a queueing discipline `{kind}` that Insula did not put there"
    )]
    QdiscTaken {
        /// Where.
        site: Site,
        /// The interface.
        interface: String,
        /// The kernel's name of the discipline.
        kind: String,
    },
    /// The kernel lacks a queueing discipline.
    #[error("in {site}: this kernel has no `{kind}`")]
    NoDiscipline {
        /// In whose network namespace.
        site: Site,
        /// The kernel's name of the discipline.
        kind: &'static str,
        /// What was tried, and what it answered.
        source: insula_net::Error,
    },
    /// The kernel lacks a type of interface.
    #[error("in {site}: this kernel has no `{kind}`")]
    NoType {
        /// In whose network namespace.
        site: Site,
        /// The kernel's name of the type.
        kind: &'static str,
        /// What was tried, and what it answered.
        source: insula_net::Error,
    },
    /// Packets cannot be seen.
    #[error("cannot capture packets in {site}")]
    Capture {
        /// In whose network namespace.
        site: Site,
        /// Why.
        source: CaptureError,
    },
    /// Nothing leads out of a set that Insula made.
    #[error("{site} has no interface that Insula made, so there is nothing to limit")]
    NothingToLimit {
        /// The set.
        site: Site,
    },
    /// It is part of what Insula made.
    #[error("the interface `{name}` in {site} is part of a network that Insula made")]
    Ours {
        /// Where.
        site: Site,
        /// The name.
        name: String,
    },
}

impl NetworkError {
    /// The kernel's error number, where it is what it gave.
    #[must_use]
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Self::Enter { source, .. }
            | Self::Kernel { source, .. }
            | Self::Apart { source, .. }
            | Self::BridgeOfHost { source, .. } => source.errno(),
            _ => None,
        }
    }
}
