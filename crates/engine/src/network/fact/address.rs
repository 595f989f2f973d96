//! An address.

use std::fmt;

use insula_net::Address;
use serde::Serialize;

use super::super::end::is_kernels;
use super::Names;

/// An address of an interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddressFact {
    /// With the length of its network.
    pub address: String,
    /// The interface.
    pub interface: String,
}

impl AddressFact {
    /// `None` for what the kernel gives to every interface.
    pub(in super::super) fn of(address: &Address, names: &Names) -> Option<Self> {
        let own = !is_kernels(address);
        own.then(|| Self { address: address.prefix.to_string(), interface: names.name(address.index) })
    }
}

impl fmt::Display for AddressFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} dev {}", self.address, self.interface)
    }
}
