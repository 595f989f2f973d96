//! The network that `mgmt-net` stands for.

use insula_net::Prefix;

use super::interface::InterfaceName;

/// The management network: a bridge in the network namespace that the lab is made from.
///
/// One of that name that is there already is taken as it is, and stays; else it is made, and goes with the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Management {
    /// The bridge.
    pub bridge: InterfaceName,
    /// Its addresses, if the lab makes it.
    pub addresses: Vec<Prefix>,
}
