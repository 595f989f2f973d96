//! What a route does with packets.

use std::fmt;

/// `RTN_*` in `linux/rtnetlink.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RouteKind(pub u8);

impl RouteKind {
    /// Any, when one is deleted or listed.
    pub const UNSPECIFIED: Self = Self(libc::RTN_UNSPEC);
    /// Sends them on.
    pub const UNICAST: Self = Self(libc::RTN_UNICAST);
    /// They are for this host.
    pub const LOCAL: Self = Self(libc::RTN_LOCAL);
    /// Sent to all on the link.
    pub const BROADCAST: Self = Self(libc::RTN_BROADCAST);
    /// For this host, as one of several.
    pub const ANYCAST: Self = Self(libc::RTN_ANYCAST);
    /// For those who listen.
    pub const MULTICAST: Self = Self(libc::RTN_MULTICAST);
    /// Drops them silently; a local sender gets `EINVAL`.
    pub const BLACKHOLE: Self = Self(libc::RTN_BLACKHOLE);
    /// Answers that the host is unreachable.
    pub const UNREACHABLE: Self = Self(libc::RTN_UNREACHABLE);
    /// Answers that it is forbidden.
    pub const PROHIBIT: Self = Self(libc::RTN_PROHIBIT);
    /// Ends the search in this table.
    pub const THROW: Self = Self(libc::RTN_THROW);
    /// Gives packets another address, which Linux has not done since 2.6.
    pub const NAT: Self = Self(libc::RTN_NAT);

    /// `ip-route(8)`'s words, by number.
    const NAMES: [&str; 12] = [
        "none",
        "unicast",
        "local",
        "broadcast",
        "anycast",
        "multicast",
        "blackhole",
        "unreachable",
        "prohibit",
        "throw",
        "nat",
        "xresolve",
    ];

    /// The kind called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let number = Self::NAMES.iter().skip(1).position(|known| *known == name)? + 1;
        u8::try_from(number).ok().map(Self)
    }
}

impl fmt::Display for RouteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.get(usize::from(self.0)) {
            Some(name) => f.pad(name),
            None => self.0.fmt(f),
        }
    }
}
