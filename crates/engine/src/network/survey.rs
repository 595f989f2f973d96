//! What networks there are.

use insula_net::{Address, Link, Prefix};
use insula_ns::Kind;

use super::connect::of_link;
use super::open_site::{OpenSite, mark};
use super::{Mark, NetworkError, Networks, Site};
use crate::set::Set;

/// All network namespaces with names, and what is in them.
#[derive(Debug, Default)]
pub struct Survey {
    /// The host, then the sets by name.
    pub sites: Vec<SiteFound>,
    /// What could not be looked at.
    pub unreadable: Vec<NetworkError>,
}

/// A network namespace and its interfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFound {
    /// Which.
    pub site: Site,
    /// Its interfaces, in the kernel's order.
    pub links: Vec<LinkFound>,
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFound {
    /// As the kernel describes it.
    pub link: Link,
    /// Its addresses, without those that the kernel gives to every link.
    pub addresses: Vec<Prefix>,
    /// What it is for, if we made it.
    pub mark: Option<Mark>,
}

impl Networks {
    /// Looks at the host and at every set that has a network namespace.
    ///
    /// # Errors
    /// [`NetworkError`] when the sets cannot be listed, or the host not be looked at.
    pub fn survey(&self) -> Result<Survey, NetworkError> {
        let mut survey = Survey { sites: vec![self.look_at(&Site::Host)?], unreadable: Vec::new() };
        let listing = self.sets.list()?;
        survey.unreadable.extend(listing.unreadable.into_iter().map(NetworkError::from));
        let has_net = |set: &&Set| set.kinds().contains(Kind::Net);
        for set in listing.sets.iter().filter(has_net) {
            match self.look_at(&Site::Set(set.name().clone())) {
                Ok(found) => survey.sites.push(found),
                Err(error) => survey.unreadable.push(error),
            }
        }
        Ok(survey)
    }

    /// Looks at one network namespace.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn look_at(&self, site: &Site) -> Result<SiteFound, NetworkError> {
        let mut open = OpenSite::open(&self.sets, site)?;
        let addresses = open.addresses()?;
        let links = open.links()?.into_iter().map(|link| LinkFound::of(link, &addresses)).collect();
        Ok(SiteFound { site: site.clone(), links })
    }
}

impl LinkFound {
    fn of(link: Link, addresses: &[Address]) -> Self {
        Self { addresses: of_link(addresses, link.index), mark: mark(&link), link }
    }
}
