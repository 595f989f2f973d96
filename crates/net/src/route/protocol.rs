//! Who made a route.

use std::fmt;

/// `RTPROT_*` in `linux/rtnetlink.h`: the kernel, an administrator, or a routing daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RouteProtocol(pub u8);

impl RouteProtocol {
    /// Any, when one is deleted or listed.
    pub const UNSPECIFIED: Self = Self(libc::RTPROT_UNSPEC);
    /// By an ICMP redirect.
    pub const REDIRECT: Self = Self(libc::RTPROT_REDIRECT);
    /// By the kernel, as an address was given.
    pub const KERNEL: Self = Self(libc::RTPROT_KERNEL);
    /// While booting; `ip route add` says this.
    pub const BOOT: Self = Self(libc::RTPROT_BOOT);
    /// By an administrator, to override a routing daemon.
    pub const STATIC: Self = Self(libc::RTPROT_STATIC);
    /// By a router's advertisement.
    pub const ADVERTISEMENT: Self = Self(9);
}

impl fmt::Display for RouteProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match *self {
            Self::REDIRECT => "redirect",
            Self::KERNEL => "kernel",
            Self::BOOT => "boot",
            Self::STATIC => "static",
            Self::ADVERTISEMENT => "ra",
            Self(number) => return number.fmt(f),
        })
    }
}
