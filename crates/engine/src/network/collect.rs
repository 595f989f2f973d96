//! What interrupted commands left of networks.

use std::fmt;

use insula_net::Link;
use insula_ns::Kind;

use super::connect::delete;
use super::lock::{DIRECTORY, NetworkLock};
use super::name::shown_name;
use super::open_site::{OpenSite, mark};
use super::{BridgeName, Mark, MarkState, NetworkError, NetworkStep, Networks, Purpose, Site};
use crate::set::{Disposal, SetError, SetName};
use crate::store::{Store, StoreError};

/// An interface that is left of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkGarbage {
    /// Where it is.
    pub site: Site,
    /// Its name; empty for the files of a set.
    pub interface: String,
    /// Why it is to go.
    pub why: NetworkRemnant,
}

/// Why an interface is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetworkRemnant {
    /// Whoever made it, or took it away, was interrupted.
    Incomplete,
    /// It was on its way to another network namespace, and goes back.
    Unsettled,
    /// The set at the other end was removed, and something else keeps its network namespace.
    SetGone,
    /// The bridge at the other end is gone.
    BridgeGone,
    /// What came in at another interface passed it, and that is gone.
    InterfaceGone,
    /// What came with a tunnel of names, and the tunnel is gone.
    TunnelGone,
    /// The files in `/etc` of a set that is gone, or that were not made to an end.
    FilesLeft,
}

impl fmt::Display for NetworkRemnant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Incomplete => "its making or removal was interrupted",
            Self::SetGone => "the set at its other end was removed",
            Self::FilesLeft => "the set whose files they are was removed",
            Self::Unsettled => "the move was interrupted",
            Self::TunnelGone => "the tunnel that it came with is gone",
            Self::BridgeGone => "the bridge that it was a port of is gone",
            Self::InterfaceGone => "the interface whose incoming packets it limited is gone",
        })
    }
}

/// What a collection found.
#[derive(Debug, Default)]
pub struct NetworksCollected {
    /// What was removed, or would be.
    pub garbage: Vec<NetworkGarbage>,
    /// What was published or had walls, and leads to nothing, in words.
    pub firewall: Vec<String>,
    /// Why something else could not be judged or removed.
    pub failures: Vec<NetworkError>,
}

impl Networks {
    pub(super) fn store(&self) -> Result<&Store, StoreError> {
        self.sets.own_store()
    }

    /// Takes away what interrupted commands left of networks, and what leads to sets that are gone.
    ///
    /// Whatever has no mark of ours stays.
    /// # Errors
    /// [`NetworkError`] when nothing can be looked at.
    pub fn collect(&self, disposal: Disposal) -> Result<NetworksCollected, NetworkError> {
        let store = self.store()?;
        let dir = store.find()?.map(|root| root.find_dir(DIRECTORY)).transpose()?.flatten();
        // Nothing is made for a look, or where there is nothing to do.
        let is_free = match &dir {
            Some(dir) => dir.try_lock()?,
            None => true,
        };
        let was_there = dir.is_some();
        drop(dir);
        if disposal == Disposal::DryRun {
            // What somebody is making right now is not known to be garbage.
            return if is_free { self.look_over(None) } else { Ok(NetworksCollected::default()) };
        }
        if is_free && !was_there {
            let found = self.look_over(None)?;
            if found.garbage.is_empty() && found.firewall.is_empty() {
                return Ok(found);
            }
        }
        let lock = NetworkLock::take(store)?;
        self.look_over(Some(&lock))
    }

    /// Nothing is removed without the lock.
    fn look_over(&self, lock: Option<&NetworkLock>) -> Result<NetworksCollected, NetworkError> {
        let disposal = if lock.is_some() { Disposal::Remove } else { Disposal::DryRun };
        let mut collected = NetworksCollected::default();
        if let Some((site, interface)) = self.unsettled()? {
            match lock.map_or(Ok(()), |lock| self.give_back(lock)) {
                Ok(()) => {
                    let why = NetworkRemnant::Unsettled;
                    collected.garbage.push(NetworkGarbage { site, interface, why });
                }
                Err(error) => collected.failures.push(error),
            }
        }
        let mut sites = vec![Site::Host];
        let listing = self.sets.list()?;
        collected.failures.extend(listing.unreadable.into_iter().map(NetworkError::from));
        let with_net = listing.sets.iter().filter(|set| set.kinds().contains(Kind::Net));
        sites.extend(with_net.map(|set| Site::Set(set.name().clone())));
        for site in sites {
            let looked = OpenSite::open(&self.sets, &site)
                .and_then(|mut open| self.collect_in(&mut open, disposal, &mut collected));
            match looked {
                // One that is being removed, or has lost its namespace, has nothing that would not go with it.
                Ok(()) | Err(NetworkError::Set(_)) => {}
                Err(error) => collected.failures.push(error),
            }
        }
        match self.collect_firewall(disposal) {
            Ok(gone) => collected.firewall = gone,
            Err(error) => collected.failures.push(error),
        }
        self.collect_answers(lock, &mut collected)?;
        Ok(collected)
    }

    /// What is left of names in sets.
    fn collect_answers(
        &self,
        lock: Option<&NetworkLock>,
        collected: &mut NetworksCollected,
    ) -> Result<(), NetworkError> {
        for (name, interface) in super::dns::stale_tunnels(self)? {
            if let Some(lock) = lock
                && let Err(error) = self.clear_tunnel_resolver(lock, &name, &interface)
            {
                collected.failures.push(error);
                continue;
            }
            let (site, why) = (Site::Set(name), NetworkRemnant::TunnelGone);
            collected.garbage.push(NetworkGarbage { site, interface, why });
        }
        for name in super::dns::orphans(self)? {
            if lock.is_some()
                && let Err(error) = super::dns::forget_locked(self, &name)
            {
                collected.failures.push(error);
                continue;
            }
            let (site, why) = (Site::Set(name), NetworkRemnant::FilesLeft);
            collected.garbage.push(NetworkGarbage { site, interface: String::new(), why });
        }
        Ok(())
    }

    fn collect_in(
        &self,
        site: &mut OpenSite,
        disposal: Disposal,
        collected: &mut NetworksCollected,
    ) -> Result<(), NetworkError> {
        let links = site.links()?;
        let indexes: Vec<u32> = links.iter().map(|link| link.index).collect();
        for link in links {
            let Some(mark) = mark(&link) else { continue };
            let Some(why) = self.judge(&link, &mark, &indexes) else { continue };
            if disposal == Disposal::Remove
                && let Err(error) = self.take(site, &link, &mark)
            {
                collected.failures.push(error);
                continue;
            }
            collected.garbage.push(NetworkGarbage { site: site.site.clone(), interface: link.name, why });
        }
        Ok(())
    }

    fn judge(&self, link: &Link, mark: &Mark, there: &[u32]) -> Option<NetworkRemnant> {
        if mark.state == MarkState::Incomplete {
            return Some(NetworkRemnant::Incomplete);
        }
        match &mark.purpose {
            Purpose::Link { there, .. } if &**there != Site::Host.word() => self.set_gone(there),
            Purpose::PortOf { .. } if link.master.is_none() => Some(NetworkRemnant::BridgeGone),
            Purpose::PortOf { set, .. } if !set.is_empty() => self.set_gone(set),
            Purpose::Shaper { of } if !there.contains(of) => Some(NetworkRemnant::InterfaceGone),
            _ => None,
        }
    }

    /// Whether it is certain that there is no set of this name any more. One whose name was shortened is not looked for.
    pub(super) fn set_gone(&self, name: &str) -> Option<NetworkRemnant> {
        let name: SetName = name.parse().ok().filter(|_| !name.contains('~'))?;
        matches!(self.sets.find(&name), Err(SetError::Missing { .. })).then_some(NetworkRemnant::SetGone)
    }

    fn take(&self, site: &mut OpenSite, link: &Link, mark: &Mark) -> Result<(), NetworkError> {
        // Its other end may have gone with another one just now.
        let name = shown_name(link);
        if site.find(&link.name)?.is_none() {
            return Ok(());
        }
        match &mark.purpose {
            Purpose::Bridge { .. } => match name.parse::<BridgeName>() {
                Ok(name) => self.take_bridge(site, &name, link),
                Err(_) => self.take_link(site, link),
            },
            Purpose::Shaper { of } => self.take_shaper(site, *of),
            _ => self.take_link(site, link),
        }
    }

    /// The rules that led to it stay until the packet filter is looked over, which tells of each.
    fn take_link(&self, site: &mut OpenSite, link: &Link) -> Result<(), NetworkError> {
        delete(site, link.index)?;
        self.reached(NetworkStep::Delete);
        Ok(())
    }
}
