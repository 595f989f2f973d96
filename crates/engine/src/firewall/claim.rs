//! What wants ports of the host, and what stands in its way.

use std::fmt;

use super::record::{Forwarded, Published};
use super::{FirewallError, Publication, Ruleset};

/// What asks for ports of the host's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// They lead into a set.
    Published(Published),
    /// A network reaches a service of the host there.
    Forwarded(Forwarded),
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published(published) => fmt::Display::fmt(&published.publication, f),
            Self::Forwarded(forwarded) => fmt::Display::fmt(&forwarded.forward, f),
        }
    }
}

impl Claim {
    /// The verb of `insula net` that makes it: `publish` or `forward`.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Published(_) => "publish",
            Self::Forwarded(_) => "forward",
        }
    }

    /// For whom it is.
    #[must_use]
    pub fn owner(&self) -> String {
        match self {
            Self::Published(published) => published.owner(),
            Self::Forwarded(forwarded) => forwarded.client.name().to_owned(),
        }
    }

    /// The ports of the host that it takes, where it takes them.
    fn taken(&self) -> Publication {
        match self {
            Self::Published(published) => published.publication.clone(),
            Self::Forwarded(forwarded) => forwarded.asks_for(),
        }
    }

    /// Whether a packet could be meant for both.
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Forwarded(one), Self::Forwarded(other)) if one.interface != other.interface => false,
            // One that was made anew by somebody else may have the address of one that is gone.
            (Self::Forwarded(one), Self::Forwarded(other)) if one.is_same(other) => false,
            (Self::Published(one), Self::Forwarded(_)) | (Self::Forwarded(_), Self::Published(one))
                if one.publication.address.is_loopback() =>
            {
                false
            }
            _ => self.taken().overlaps(&other.taken()),
        }
    }
}

impl Ruleset {
    /// Refuses what is taken already.
    pub(super) fn refuse(&self, wanted: &Claim) -> Result<(), FirewallError> {
        let published = self.published.iter().cloned().map(Claim::Published);
        let mut all = published.chain(self.forwarded.iter().cloned().map(Claim::Forwarded));
        match all.find(|there| wanted.overlaps(there)) {
            Some(there) => {
                Err(FirewallError::Taken { wanted: Box::new(wanted.clone()), there: Box::new(there) })
            }
            None => Ok(()),
        }
    }
}
