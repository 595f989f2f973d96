//! How far an address or a route reaches.

use std::fmt;

/// `RT_SCOPE_*` in `linux/rtnetlink.h`. Any number below 200 may be given a meaning of one's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(pub u8);

impl Scope {
    /// Everywhere: `RT_SCOPE_UNIVERSE`.
    pub const GLOBAL: Self = Self(libc::RT_SCOPE_UNIVERSE);
    /// Within the site.
    pub const SITE: Self = Self(libc::RT_SCOPE_SITE);
    /// On this link.
    pub const LINK: Self = Self(libc::RT_SCOPE_LINK);
    /// On this host.
    pub const HOST: Self = Self(libc::RT_SCOPE_HOST);
    /// What is not there; when routes are deleted, any.
    pub const NOWHERE: Self = Self(libc::RT_SCOPE_NOWHERE);
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match *self {
            Self::GLOBAL => "global",
            Self::SITE => "site",
            Self::LINK => "link",
            Self::HOST => "host",
            Self::NOWHERE => "nowhere",
            Self(number) => return number.fmt(f),
        })
    }
}
