//! Bridges of the host.

use insula_net::{ChangeLink, DeleteLink, IfName, Link, LinkKind, NewLink, Prefix};

use super::connect::delete;
use super::end::{End, EndFound, Outcome, check_mtu, unused_name};
use super::error::There;
use super::lock::NetworkLock;
use super::name::{Chooser, Naming, hash};
use super::occupied::occupied;
use super::open_site::{OpenSite, mark};
use super::{BridgeName, Mark, MarkState, NetworkError, NetworkStep, Networks, Purpose, Site, subnet};
use crate::firewall::Egress;
use crate::set::SetError;

/// A bridge that is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewBridge {
    /// Its addresses; one in a free subnet of 254 if there are none.
    pub addresses: Vec<Prefix>,
    /// The largest packet, in bytes.
    pub mtu: Option<u32>,
    /// Whether packets get out of it past the host.
    pub egress: Egress,
}

/// A bridge that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgeMade {
    /// Whether it was made now.
    pub outcome: Outcome,
    /// The bridge as an interface of the host.
    pub end: EndFound,
}

/// What becomes of what is attached to a bridge that is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Nothing: if there is anything, the bridge stays.
    Spare,
    /// It is detached.
    Detach,
}

impl Networks {
    /// Makes a bridge in the caller's network namespace: up, with an address.
    ///
    /// # Errors
    /// [`NetworkError`]: nothing of it is left then.
    pub fn bridge(&self, name: &BridgeName, new: &NewBridge) -> Result<BridgeMade, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let mut host = OpenSite::open(&self.sets, &Site::Host)?;
        if let Some(found) = host.find(name.as_str())? {
            match mark(&found) {
                Some(mark) if mark.purpose == Purpose::bridge(name) => {
                    if mark.state == MarkState::Complete {
                        self.has_walls(&found, new.egress)?;
                        return new.agrees_with(name, EndFound::read(&mut host, &found)?);
                    }
                }
                _ => return Err(NetworkError::NameTaken { site: Site::Host, name: name.to_string() }),
            }
        }
        match self.sets.find(name.as_set()) {
            Err(SetError::Missing { .. }) => {}
            Ok(_) => return Err(NetworkError::IsSet { bridge: name.clone() }),
            Err(error) => return Err(error.into()),
        }
        for link in host.links()? {
            if mark(&link).is_some_and(|mark| mark == Mark::of(Purpose::bridge(name)).incomplete()) {
                self.take_bridge(&mut host, name, &link)?;
            }
        }
        self.make_bridge(&mut host, name, new)
    }

    /// Whether the host has a bridge of this name, whoever made it.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn has_bridge(&self, name: &BridgeName) -> Result<bool, NetworkError> {
        let found = OpenSite::open(&self.sets, &Site::Host)?.find(name.as_str())?;
        Ok(found.is_some_and(|link| link.kind.as_deref() == Some("bridge")))
    }

    fn make_bridge(
        &self,
        host: &mut OpenSite,
        name: &BridgeName,
        new: &NewBridge,
    ) -> Result<BridgeMade, NetworkError> {
        let addresses = if new.addresses.is_empty() {
            let free =
                subnet::free(&occupied(host)?, 24, hash(name.as_str())).ok_or(NetworkError::NoSubnet)?;
            vec![subnet::host(free, 1)]
        } else {
            new.addresses.clone()
        };
        check_mtu(new.mtu, &addresses)?;
        let there = host.addresses()?;
        for prefix in &addresses {
            if there.iter().any(|address| address.prefix.address == prefix.address) {
                return Err(NetworkError::AddressTaken { address: *prefix, by: Site::Host.to_string() });
            }
        }
        let end = End {
            naming: Naming::new(name.as_str(), Chooser::User),
            mark: Mark::of(Purpose::bridge(name)),
            addresses,
            master: None,
            ways: Vec::new(),
        };
        let draft = unused_name()?;
        let link = NewLink::new(draft.clone(), LinkKind::Bridge(Box::default()));
        let link = new.mtu.map_or(link.clone(), |mtu| link.mtu(mtu));
        let alias = ChangeLink::named(draft.clone()).alias(end.mark.incomplete().to_string());
        host.perform_all(&[&link, &alias])?;
        self.reached(NetworkStep::Make);
        let index = index_of(host, &draft)?;
        let made = self.furnish(host, index, &end).and_then(|()| {
            self.wall(host, index, new.egress)?;
            host.perform(&ChangeLink::new(index).alias(end.mark.to_string()))?;
            self.reached(NetworkStep::Complete);
            host.find(name.as_str())?.ok_or_else(|| NetworkError::NoBridge { bridge: name.clone() })
        });
        match made {
            Ok(link) => Ok(BridgeMade { outcome: Outcome::Made, end: EndFound::read(host, &link)? }),
            Err(error) => {
                let _ = host.route.perform(&DeleteLink { index });
                let _ = self.sweep();
                Err(error)
            }
        }
    }

    /// Removes a bridge; whether there was one.
    ///
    /// # Errors
    /// [`NetworkError::InUse`] if something is attached and to be spared, [`NetworkError::NotOurs`] if somebody else made it.
    pub fn remove_bridge(&self, name: &BridgeName, ports: Ports) -> Result<bool, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let mut host = OpenSite::open(&self.sets, &Site::Host)?;
        let Some(bridge) = find_bridge(&mut host, name)? else { return Ok(false) };
        if !is_ours(&bridge, name) {
            return Err(NetworkError::NotOurs { bridge: name.clone() });
        }
        let attached: Vec<String> = ports_of(&mut host, &bridge)?.iter().map(what_is_attached).collect();
        if ports == Ports::Spare && !attached.is_empty() {
            return Err(NetworkError::InUse { bridge: name.clone(), attached });
        }
        self.take_bridge(&mut host, name, &bridge)?;
        Ok(true)
    }

    /// Takes away a bridge of ours with what attaches sets to it; ports that somebody else gave it stay, without it.
    pub(super) fn take_bridge(
        &self,
        host: &mut OpenSite,
        name: &BridgeName,
        bridge: &Link,
    ) -> Result<(), NetworkError> {
        let incomplete = Mark::of(Purpose::bridge(name)).incomplete();
        host.perform(&ChangeLink::new(bridge.index).alias(incomplete.to_string()))?;
        self.reached(NetworkStep::Condemn);
        for port in ports_of(host, bridge)? {
            if matches!(mark(&port), Some(Mark { purpose: Purpose::PortOf { .. }, .. })) {
                delete(host, port.index)?;
                self.reached(NetworkStep::Detach);
            }
        }
        self.delete(host, bridge.index)
    }
}

impl NewBridge {
    fn agrees_with(&self, name: &BridgeName, end: EndFound) -> Result<BridgeMade, NetworkError> {
        let agrees = self.addresses.iter().all(|prefix| end.addresses.contains(prefix))
            && self.mtu.is_none_or(|mtu| mtu == end.mtu);
        if agrees {
            return Ok(BridgeMade { outcome: Outcome::Found, end });
        }
        Err(NetworkError::Different {
            there: There::Bridge,
            what: format!("the bridge `{name}` exists"),
            found: format!("{}, mtu {}", end.line(), end.mtu),
        })
    }
}

/// The bridge of that name, be it ours or somebody else's; `None` if there is no such interface.
pub(super) fn find_bridge(host: &mut OpenSite, name: &BridgeName) -> Result<Option<Link>, NetworkError> {
    let Some(link) = host.find(name.as_str())? else { return Ok(None) };
    if link.kind.as_deref() == Some("bridge") {
        return Ok(Some(link));
    }
    let kind = match link.kind {
        Some(kind) => format!("a link of type {kind}"),
        None => "a link of the hardware".to_owned(),
    };
    Err(NetworkError::NotABridge { bridge: name.clone(), site: host.site.clone(), kind })
}

fn is_ours(link: &Link, name: &BridgeName) -> bool {
    mark(link).is_some_and(|mark| mark.purpose == Purpose::bridge(name))
}

/// The interfaces that are ports of a bridge.
pub(super) fn ports_of(host: &mut OpenSite, bridge: &Link) -> Result<Vec<Link>, NetworkError> {
    Ok(host.links()?.into_iter().filter(|link| link.master == Some(bridge.index)).collect())
}

fn what_is_attached(port: &Link) -> String {
    match mark(port).map(|mark| mark.purpose) {
        Some(Purpose::PortOf { set, .. }) if !set.is_empty() => format!("set `{set}`"),
        Some(Purpose::PortOf { .. }) => "a sandbox".to_owned(),
        _ => format!("interface `{}`", port.name),
    }
}

/// The number of an interface that was just made.
fn index_of(site: &mut OpenSite, name: &IfName) -> Result<u32, NetworkError> {
    site.find(name.as_str())?
        .map(|link| link.index)
        .ok_or_else(|| NetworkError::NoInterface { site: site.site.clone(), name: name.to_string() })
}
