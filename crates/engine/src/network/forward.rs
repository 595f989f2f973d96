//! Services of the host's loopback that networks reach.

use std::net::IpAddr;

use insula_net::firewall::Hook;
use insula_net::{IfName, Link};

use super::bridge::find_bridge;
use super::connect::of_link;
use super::end::Outcome;
use super::lock::NetworkLock;
use super::name::shown_name;
use super::open_site::OpenSite;
use super::pair::between;
use super::publish::{filters_bridged, listened};
use super::{BridgeName, NetworkError, NetworkStep, Networks, Site};
use crate::firewall::{Claim, Client, Firewall, FirewallError, Forward, Forwarded, Obstacle};
use crate::set::SetName;

/// Who is to reach a service of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inward {
    /// A set that is connected with the host, and nobody else.
    Set(SetName),
    /// All that is attached to a bridge.
    Bridge(BridgeName),
}

/// What is reached now.
#[derive(Debug)]
pub struct ForwardedNow {
    /// Whether that is new.
    pub outcome: Outcome,
    /// What is.
    pub forwarded: Forwarded,
    /// What others have in the packet filter that may keep packets from it all the same.
    pub obstacles: Vec<Obstacle>,
}

/// An interface of the host that a network comes by.
#[derive(Debug)]
struct Entrance {
    link: Link,
    client: Client,
    /// The network namespace at the other end, where it is that of one set.
    inside: Option<OpenSite>,
}

impl Inward {
    /// The name of the set or bridge.
    #[must_use]
    pub const fn name(&self) -> &SetName {
        match self {
            Self::Set(name) => name,
            Self::Bridge(name) => name.as_set(),
        }
    }
}

impl Networks {
    /// Lets a network reach a service at the loopback of the host, by the host's address there.
    ///
    /// # Errors
    /// [`NetworkError`]: nothing of it is left then. [`NetworkError::Shared`] for a set that only a bridge leads to: who is on it
    /// can speak for each other.
    pub fn forward(&self, to: &Inward, forward: &Forward) -> Result<ForwardedNow, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let mut host = OpenSite::open(&self.sets, &Site::Host)?;
        let Entrance { link, client, inside } = self.entrance(&mut host, to)?;
        let interface = IfName::new(&link.name).map_err(|_| NetworkError::NotReached { site: Site::Host })?;
        let is_ipv4 = forward.service.is_ipv4();
        let family = if is_ipv4 { "IPv4" } else { "IPv6" };
        let own = of_link(&host.addresses()?, link.index);
        let address: Option<IpAddr> =
            own.iter().map(|prefix| prefix.address).find(|address| address.is_ipv4() == is_ipv4);
        let address =
            address.ok_or_else(|| FirewallError::NoHostAddress { family, interface: interface.clone() })?;
        let forwarded = Forwarded { forward: forward.clone(), address, interface, client };
        if !is_ipv4 && filters_bridged(&mut host, link.index)? {
            let interface = forwarded.interface.clone();
            let wanted = Box::new(Claim::Forwarded(forwarded));
            return Err(FirewallError::LoopbackSix { wanted, interface }.into());
        }
        let mut firewall = Firewall::open()?;
        self.sweep_in(&mut firewall)?;
        if !firewall.read()?.forwarded.contains(&forwarded) {
            listened(Claim::Forwarded(forwarded.clone()), &forwarded.asks_for())?;
        }
        let was_there = firewall.forward(&forwarded, link.index, &self.steps())?;
        if let Some(inside) = &inside
            && let Err(gone) = self.is_still_there(inside)
        {
            // Who removed it has looked already for what leads there.
            let (_, _) = firewall.unforward(|one| one.is_same(&forwarded), &self.steps())?;
            return Err(gone);
        }
        let outcome = if was_there { Outcome::Found } else { Outcome::Made };
        Ok(ForwardedNow { outcome, forwarded, obstacles: firewall.obstacles(Hook::Input)? })
    }

    /// Takes back what the set or bridge of that name reaches of the host's loopback, or one of it, and ends the connections to it;
    /// what that was. The network need not be there any more.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn unforward(
        &self,
        name: &SetName,
        forward: Option<&Forward>,
    ) -> Result<Vec<Forwarded>, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let is_meant = |forwarded: &Forwarded| {
            forwarded.client.name() == name.as_str() && forward.is_none_or(|one| *one == forwarded.forward)
        };
        let (gone, ended) = Firewall::open()?.unforward(is_meant, &self.steps())?;
        ended?;
        Ok(gone)
    }

    fn entrance(&self, host: &mut OpenSite, to: &Inward) -> Result<Entrance, NetworkError> {
        match to {
            Inward::Bridge(name) => {
                let link = find_bridge(host, name)?
                    .ok_or_else(|| NetworkError::NoBridge { bridge: name.clone() })?;
                Ok(Entrance { link, client: Client::Bridge(name.clone()), inside: None })
            }
            Inward::Set(name) => {
                let site = Site::Set(name.clone());
                let mut inside = OpenSite::open(&self.sets, &site)?;
                if host.is_same(&inside) {
                    return Err(NetworkError::Same { near: site, far: Site::Host });
                }
                let ends: Vec<Link> = between(host, &mut inside)?.into_iter().map(|(link, _)| link).collect();
                if let Some(link) = ends.iter().find(|link| link.master.is_none()) {
                    let client = Client::Set { name: name.clone(), netns: inside.net.id().ino };
                    return Ok(Entrance { link: link.clone(), client, inside: Some(inside) });
                }
                let Some(master) = ends.iter().find_map(|link| link.master) else {
                    return Err(NetworkError::NotReached { site });
                };
                let links = host.links()?;
                let bridge = links.iter().find(|link| link.index == master);
                let bridge = bridge.map_or_else(|| format!("#{master}"), |link| shown_name(link).to_owned());
                Err(NetworkError::Shared { site, bridge })
            }
        }
    }
}
