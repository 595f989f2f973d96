//! Why packets do not go as they were to.

use std::net::IpAddr;

use insula_net::{IfName, Listener, SysctlError};

use super::{Claim, Publication};

/// Why the packet filter was not changed or read: nothing of it is left then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FirewallError {
    /// The kernel did not do something.
    #[error("in the packet filter of the host")]
    Kernel {
        /// What, and why.
        #[source]
        source: insula_net::Error,
    },
    /// What went through a port that is published no more may go on.
    #[error("it is published no more, but connections that are open stay")]
    Connections {
        /// What was not done, and why.
        #[source]
        source: insula_net::Error,
    },
    /// Somebody else has a table of our name.
    #[error("the table `inet insula` of the packet filter was not made by Insula")]
    NotOurs,
    /// A setting of the host cannot be read or changed.
    #[error(transparent)]
    Setting(#[from] SysctlError),
    /// Something else has the ports.
    #[error("cannot {} `{wanted}` for `{}`: `{there}` is {}ed for `{}`", wanted.verb(), wanted.owner(), there.verb(), there.owner())]
    Taken {
        /// What was asked for.
        wanted: Box<Claim>,
        /// What is there.
        there: Box<Claim>,
    },
    /// A process of the host listens there, and would get nothing any more.
    #[error("cannot {} `{wanted}`: a process of the host listens on {} {}", wanted.verb(), listener.transport, listener.local)]
    Listened {
        /// What was asked for.
        wanted: Box<Claim>,
        /// What is there.
        listener: Box<Listener>,
    },
    /// The host does not have the address.
    #[error("cannot publish `{wanted}`: the host does not have the address {address}")]
    NotLocal {
        /// What was asked for.
        wanted: Publication,
        /// The address.
        address: IpAddr,
    },
    /// What a bridge brings for `::1` would be dropped: answers to what is published there, requests for what is forwarded.
    #[error("cannot {} `{wanted}`: what the bridge `{interface}` brings would not get to ::1", wanted.verb())]
    LoopbackSix {
        /// What was asked for.
        wanted: Box<Claim>,
        /// The bridge.
        interface: IfName,
    },
    /// The set has no address of the family.
    #[error("cannot publish `{wanted}`: `{set}` has no {family} address that the host reaches")]
    NoAddress {
        /// What was asked for.
        wanted: Publication,
        /// For which set.
        set: String,
        /// `IPv4`, `IPv6`, or both.
        family: &'static str,
    },
    /// The host would no longer configure its own IPv6 addresses.
    #[error("cannot let IPv6 through the host: `{interface}` gets its routes by router advertisements")]
    Advertised {
        /// The interface.
        interface: String,
    },
    /// The host has no address where a network would ask for a service.
    #[error("the host has no {family} address on `{interface}`")]
    NoHostAddress {
        /// `IPv4` or `IPv6`.
        family: &'static str,
        /// The interface.
        interface: IfName,
    },
    /// A comment in the packet filter is too short for the name.
    #[error("the name `{set}` is too long for a record in the packet filter")]
    NameTooLong {
        /// The name.
        set: String,
    },
}
