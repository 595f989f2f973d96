//! What state an address is in.

use std::ops::BitOr;

/// `IFA_F_*`: what state an address is in, or what is asked for with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddressFlags(pub u32);

impl AddressFlags {
    /// Not the first of its network on the link; one that is temporary, for IPv6.
    pub const SECONDARY: Self = Self(libc::IFA_F_SECONDARY);
    /// No duplicate address detection, so that an IPv6 address is usable at once.
    pub const NO_DAD: Self = Self(libc::IFA_F_NODAD);
    /// Usable before duplicate address detection is done.
    pub const OPTIMISTIC: Self = Self(libc::IFA_F_OPTIMISTIC);
    /// Another host has it.
    pub const DAD_FAILED: Self = Self(libc::IFA_F_DADFAILED);
    /// The home address of a mobile node.
    pub const HOME: Self = Self(libc::IFA_F_HOMEADDRESS);
    /// No longer for new connections.
    pub const DEPRECATED: Self = Self(libc::IFA_F_DEPRECATED);
    /// Duplicate address detection goes on.
    pub const TENTATIVE: Self = Self(libc::IFA_F_TENTATIVE);
    /// Without an end.
    pub const PERMANENT: Self = Self(libc::IFA_F_PERMANENT);
    /// The kernel makes temporary addresses of it.
    pub const MANAGE_TEMPORARY: Self = Self(libc::IFA_F_MANAGETEMPADDR);
    /// No route to its network is made.
    pub const NO_PREFIX_ROUTE: Self = Self(libc::IFA_F_NOPREFIXROUTE);
    /// A multicast group, joined as long as the address is there.
    pub const MULTICAST_JOIN: Self = Self(libc::IFA_F_MCAUTOJOIN);
    /// Made from a secret: RFC 7217.
    pub const STABLE_PRIVACY: Self = Self(libc::IFA_F_STABLE_PRIVACY);

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for AddressFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
