//! What came with tunnels of names: it holds as long as their interfaces are there.

use super::super::lock::NetworkLock;
use super::super::open_site::OpenSite;
use super::super::{NetworkError, Networks, Site};
use super::{Resolver, decided, valid};
use crate::set::SetName;

impl Networks {
    /// Has what came with the tunnel `interface` hold in a set; refused where an administrator decided otherwise.
    pub(in super::super) fn set_tunnel_resolver(
        &self,
        lock: &NetworkLock,
        set: &SetName,
        interface: &str,
        resolver: Resolver,
    ) -> Result<(), NetworkError> {
        decided(set, &resolver)?;
        let set = self.sets.find(set)?;
        self.change_answers(lock.dir(), &set, |answers| {
            answers.tunnels.insert(interface.to_owned(), resolver);
        })
    }

    /// Has what came with a tunnel hold no more.
    pub(in super::super) fn clear_tunnel_resolver(
        &self,
        lock: &NetworkLock,
        set: &SetName,
        interface: &str,
    ) -> Result<(), NetworkError> {
        if !tunnels_of(self, set)?.iter().any(|tunnel| tunnel == interface) {
            return Ok(());
        }
        let set = self.sets.find(set)?;
        self.change_answers(lock.dir(), &set, |answers| {
            answers.tunnels.remove(interface);
        })
    }
}

/// The interfaces that something of names in a set came with, whether they are there or not.
pub(in super::super) fn tunnels_of(networks: &Networks, set: &SetName) -> Result<Vec<String>, NetworkError> {
    let Some(all) = networks.all()? else { return Ok(Vec::new()) };
    let found = valid(&all, &networks.sets.find(set)?)?;
    Ok(found.map(|(_, record)| record.answers.tunnels.into_keys().collect()).unwrap_or_default())
}

/// Those of them that are not there any more, of all sets.
pub(in super::super) fn stale_tunnels(networks: &Networks) -> Result<Vec<(SetName, String)>, NetworkError> {
    let Some(all) = networks.all()? else { return Ok(Vec::new()) };
    let mut stale = Vec::new();
    for name in all.names()? {
        let Ok(name) = SetName::from_os(&name) else { continue };
        if networks.sets.find(&name).is_err() {
            continue;
        }
        let tunnels = tunnels_of(networks, &name)?;
        if tunnels.is_empty() {
            continue;
        }
        let mut inside = OpenSite::open(&networks.sets, &Site::Set(name.clone()))?;
        for interface in tunnels {
            if inside.find(&interface)?.is_none() {
                stale.push((name.clone(), interface));
            }
        }
    }
    Ok(stale)
}
