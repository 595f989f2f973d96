//! What a file asserts about its lab.

use std::net::IpAddr;
use std::time::Duration;

use super::topology::NodeIndex;

/// One assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The line that it is in.
    pub line: usize,
    /// The node that asks.
    pub from: NodeIndex,
    /// The node that is asked, if the file names one.
    pub to_node: Option<NodeIndex>,
    /// Its address.
    pub to: IpAddr,
    /// How it is asked.
    pub probe: Probe,
    /// What has to come of it.
    pub expect: Expect,
    /// How long an answer may take.
    pub timeout: Duration,
}

/// How a node asks another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// An ICMP or ICMPv6 echo request.
    Echo,
    /// A UDP datagram to a port. Any answer counts, but not that the port is closed.
    Udp(u16),
    /// A TCP connection to a port.
    Tcp(u16),
}

/// What has to come of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// An answer.
    Reachable,
    /// No answer, in the whole time, of several tries.
    Unreachable,
    /// An answer, on its way there and back not faster and not slower than this.
    Delay {
        /// The shortest time.
        least: Duration,
        /// The longest time.
        most: Duration,
    },
    /// An answer, by way of these addresses of routers, in this order.
    Path(Vec<Hop>),
}

/// A router on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// A node, by whichever of its addresses.
    Node(NodeIndex),
    /// An address.
    Address(IpAddr),
}
