//! What can be heard of.

/// `RTNLGRP_*` in `linux/rtnetlink.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each says its name")]
pub enum Group {
    Link,
    Neighbour,
    Ipv4Address,
    Ipv6Address,
    Ipv4Route,
    Ipv6Route,
    Ipv4Rule,
    Ipv6Rule,
    /// What routers advertise.
    Ipv6Prefix,
    /// Settings of interfaces: forwarding and the like.
    Ipv4Netconf,
    Ipv6Netconf,
    /// Numbers of network namespaces.
    NetnsId,
    /// Next hop objects.
    NextHop,
}

impl Group {
    /// All that is told as an [`super::Event`].
    pub const ALL: [Self; 12] = [
        Self::Link,
        Self::Neighbour,
        Self::Ipv4Address,
        Self::Ipv6Address,
        Self::Ipv4Route,
        Self::Ipv6Route,
        Self::Ipv4Rule,
        Self::Ipv6Rule,
        Self::Ipv4Netconf,
        Self::Ipv6Netconf,
        Self::NetnsId,
        Self::NextHop,
    ];

    pub(super) const fn number(self) -> u32 {
        match self {
            Self::Link => libc::RTNLGRP_LINK,
            Self::Neighbour => libc::RTNLGRP_NEIGH,
            Self::Ipv4Address => libc::RTNLGRP_IPV4_IFADDR,
            Self::Ipv6Address => libc::RTNLGRP_IPV6_IFADDR,
            Self::Ipv4Route => libc::RTNLGRP_IPV4_ROUTE,
            Self::Ipv6Route => libc::RTNLGRP_IPV6_ROUTE,
            Self::Ipv4Rule => libc::RTNLGRP_IPV4_RULE,
            Self::Ipv6Rule => libc::RTNLGRP_IPV6_RULE,
            Self::Ipv6Prefix => libc::RTNLGRP_IPV6_PREFIX,
            Self::Ipv4Netconf => libc::RTNLGRP_IPV4_NETCONF,
            Self::Ipv6Netconf => libc::RTNLGRP_IPV6_NETCONF,
            Self::NetnsId => libc::RTNLGRP_NSID,
            // `RTNLGRP_NEXTHOP`.
            Self::NextHop => 32,
        }
    }
}
