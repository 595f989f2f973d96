//! The types of interfaces that can be made.

use super::veth::Veth;
use crate::wire::Message;

/// `NLA_F_NESTED`.
const NESTED: u16 = 0x8000;

/// What type of interface to make: `IFLA_INFO_KIND` and its data. See `ip-link(8)`, TYPES.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LinkKind {
    /// A pair of Ethernet interfaces: what goes in at one comes out at the other. See `veth(4)`.
    Veth(Veth),
    /// An Ethernet bridge.
    Bridge,
    /// An interface that swallows what is sent to it.
    Dummy,
}

impl LinkKind {
    /// The kernel's name of the type.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Veth(..) => "veth",
            Self::Bridge => "bridge",
            Self::Dummy => "dummy",
        }
    }

    pub(super) fn put(&self, message: &mut Message) {
        message.nest(libc::IFLA_LINKINFO | NESTED, |info| {
            info.put_str(libc::IFLA_INFO_KIND, self.name());
            match self {
                Self::Veth(veth) => info.nest(libc::IFLA_INFO_DATA | NESTED, |data| veth.put(data)),
                Self::Bridge | Self::Dummy => {}
            }
        });
    }
}
