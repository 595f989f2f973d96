//! Sets as ports of bridges.

use std::net::IpAddr;

use insula_net::{Link, Prefix};
use insula_ns::Namespace;

use super::bridge::{find_bridge, ports_of};
use super::connect::of_link;
use super::end::{DefaultRoute, End, EndFound, Outcome, Way, check_mtu, ways};
use super::error::There;
use super::lock::NetworkLock;
use super::name::{Chooser, Naming};
use super::open_site::{OpenSite, mark};
use super::pair::between;
use super::{BridgeName, Mark, MarkState, NetworkError, NetworkStep, Networks, Purpose, Site, subnet};
use crate::set::SetName;

/// An address that a set is to have at a bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortAddress {
    /// In a network of this length.
    In(Prefix),
    /// In that subnet of the bridge which it belongs to.
    Alone(IpAddr),
}

impl PortAddress {
    /// With the length of its network, one of these if it was not given; an address that is in none of them, or is that of
    /// one itself, as the error.
    fn among(self, subnets: &[Prefix]) -> Result<Prefix, IpAddr> {
        let address = match self {
            Self::In(prefix) => return Ok(prefix),
            Self::Alone(address) => address,
        };
        let has_room = |subnet: &&Prefix| {
            let of_all = [Some(subnet.network().address), subnet.broadcast()];
            subnet.contains(address) && !of_all.contains(&Some(address))
        };
        let subnet = subnets.iter().find(has_room).ok_or(address)?;
        Ok(Prefix { address, length: subnet.length })
    }

    /// Whether `prefix` is what was asked for.
    fn is(self, prefix: Prefix) -> bool {
        match self {
            Self::In(asked) => asked == prefix,
            Self::Alone(address) => address == prefix.address,
        }
    }
}

/// What attaches a set to a bridge, and is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPort {
    /// The addresses of the set; one in each subnet of the bridge if there are none.
    pub addresses: Vec<PortAddress>,
    /// The name of the interface in the set: that of the bridge, if nothing is said.
    pub name: Option<String>,
    /// The largest packet, in bytes: that of the bridge, if nothing is said.
    pub mtu: Option<u32>,
    /// Whether the set gets a default route by way of the bridge's address.
    pub default_route: DefaultRoute,
}

/// What attaches a set to a bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Whether it was made now.
    pub outcome: Outcome,
    /// The interface in the set.
    pub end: EndFound,
    /// The port of the bridge.
    pub port: EndFound,
}

impl Networks {
    /// Attaches a set to a bridge: a veth pair of which one end is a port of the bridge, and the other is in the set, both up.
    ///
    /// The bridge may be anybody's; it is not changed.
    /// # Errors
    /// [`NetworkError`]: nothing of it is left then.
    pub fn attach(&self, set: &Site, bridge: &BridgeName, new: &NewPort) -> Result<Attached, NetworkError> {
        let inside = OpenSite::open(&self.sets, set)?;
        self.attach_site(inside, bridge, new)
    }

    /// As [`Networks::attach`], a network namespace without a name: what attaches it goes with it.
    ///
    /// # Errors
    /// [`NetworkError`]: nothing of it is left then.
    pub fn attach_nameless(
        &self,
        net: Namespace,
        bridge: &BridgeName,
        new: &NewPort,
    ) -> Result<Attached, NetworkError> {
        self.attach_site(OpenSite::of(Site::Nameless, net)?, bridge, new)
    }

    fn attach_site(
        &self,
        mut inside: OpenSite,
        name: &BridgeName,
        new: &NewPort,
    ) -> Result<Attached, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let mut host = OpenSite::open(&self.sets, &Site::Host)?;
        let bridge =
            find_bridge(&mut host, name)?.ok_or_else(|| NetworkError::NoBridge { bridge: name.clone() })?;
        if host.is_same(&inside) {
            return Err(NetworkError::Same { near: inside.site, far: Site::Host });
        }
        for (end, port, state) in attachments(&mut host, &mut inside, name)? {
            if state == MarkState::Complete {
                let found = EndFound::read(&mut inside, &end)?;
                return new.agrees_with(name, found, EndFound::read(&mut host, &port)?);
            }
            self.delete(&mut host, port.index)?;
        }
        let addresses = self.addresses_at(&mut host, &mut inside, (name, &bridge), &new.addresses)?;
        let port = End {
            naming: Naming::new(&port_name(&inside.site, name), Chooser::Us),
            mark: Mark::of(Purpose::port_of(name, &inside.site)),
            addresses: Vec::new(),
            master: Some(bridge.index),
            ways: Vec::new(),
        };
        let naming = match &new.name {
            Some(name) => Naming::new(name, Chooser::User),
            None => Naming::new(name.as_str(), Chooser::Us),
        };
        let gateways = of_link(&host.addresses()?, bridge.index);
        let ways = ways(&addresses, &gateways, Some(new.default_route))
            .into_iter()
            .filter(|way| matches!(way, Way::Default(gateway) if addresses.iter().any(|own| own.contains(*gateway))))
            .collect();
        let mark_inside = Mark::of(Purpose::port(&inside.site, name));
        let end = End { naming, mark: mark_inside, addresses, master: None, ways };
        let mtu = new.mtu.unwrap_or(bridge.mtu);
        check_mtu(Some(mtu), &end.addresses)?;
        self.make_pair((&mut host, &port), (&mut inside, &end), Some(mtu)).map_err(|error| match error {
            NetworkError::Apart { far: site, source, .. } => {
                NetworkError::BridgeOfHost { site, bridge: name.clone(), source }
            }
            other => other,
        })?;
        let found = attachments(&mut host, &mut inside, name)?.pop();
        let (end, port, _) = found
            .ok_or_else(|| NetworkError::NoInterface { site: inside.site.clone(), name: name.to_string() })?;
        let end = EndFound::read(&mut inside, &end)?;
        Ok(Attached { outcome: Outcome::Made, end, port: EndFound::read(&mut host, &port)? })
    }

    /// Takes a set off a bridge; whether it was on it.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn detach(&self, set: &Site, bridge: &BridgeName) -> Result<bool, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let mut host = OpenSite::open(&self.sets, &Site::Host)?;
        let mut inside = OpenSite::open(&self.sets, set)?;
        let found = attachments(&mut host, &mut inside, bridge)?;
        for (_, port, _) in &found {
            self.delete(&mut host, port.index)?;
        }
        Ok(!found.is_empty())
    }

    /// The addresses that a set is to have at a bridge: those given, if nobody there has them, or free ones.
    fn addresses_at(
        &self,
        host: &mut OpenSite,
        inside: &mut OpenSite,
        (name, bridge): (&BridgeName, &Link),
        given: &[PortAddress],
    ) -> Result<Vec<Prefix>, NetworkError> {
        let own = of_link(&host.addresses()?, bridge.index);
        let given = given.iter().map(|address| address.among(&own)).collect::<Result<Vec<_>, _>>();
        let given = given.map_err(|address| NetworkError::Outside { address, bridge: name.clone() })?;
        let mut taken: Vec<(IpAddr, String)> =
            own.iter().map(|prefix| (prefix.address, format!("the bridge `{name}`"))).collect();
        let there = inside.addresses()?;
        taken.extend(there.iter().map(|address| (address.prefix.address, inside.site.to_string())));
        for port in ports_of(host, bridge)? {
            let Some(Purpose::PortOf { set, .. }) = mark(&port).map(|mark| mark.purpose) else { continue };
            taken
                .extend(self.addresses_behind(&set).into_iter().map(|address| (address, format!("`{set}`"))));
        }
        for prefix in &given {
            if let Some((_, by)) = taken.iter().find(|(address, _)| *address == prefix.address) {
                return Err(NetworkError::AddressTaken { address: *prefix, by: by.clone() });
            }
        }
        if !given.is_empty() {
            return Ok(given);
        }
        if own.is_empty() {
            return Err(NetworkError::BridgeWithoutAddress {
                bridge: name.clone(),
                site: inside.site.clone(),
            });
        }
        let taken: Vec<IpAddr> = taken.into_iter().map(|(address, _)| address).collect();
        let chosen = own.iter().map(|prefix| {
            subnet::neighbour(*prefix, &taken).ok_or(NetworkError::NoAddress { subnet: prefix.network() })
        });
        chosen.collect()
    }

    /// The addresses of a set; none if it is not there or does not tell.
    fn addresses_behind(&self, set: &str) -> Vec<IpAddr> {
        let addresses = || {
            let set: SetName = set.parse().ok()?;
            let mut site = OpenSite::open(&self.sets, &Site::Set(set)).ok()?;
            site.addresses().ok()
        };
        addresses().unwrap_or_default().iter().map(|address| address.prefix.address).collect()
    }
}

impl NewPort {
    fn agrees_with(
        &self,
        bridge: &BridgeName,
        end: EndFound,
        port: EndFound,
    ) -> Result<Attached, NetworkError> {
        let agrees = self.addresses.iter().all(|asked| end.addresses.iter().any(|prefix| asked.is(*prefix)))
            && self.name.as_ref().is_none_or(|name| end.shown() == name)
            && self.mtu.is_none_or(|mtu| mtu == end.mtu);
        if agrees {
            return Ok(Attached { outcome: Outcome::Found, end, port });
        }
        Err(NetworkError::Different {
            there: There::Port,
            what: format!("{} is attached to `{bridge}`", end.site),
            found: format!("{}, mtu {}", end.line(), end.mtu),
        })
    }
}

/// What the port is called in the host.
fn port_name(site: &Site, bridge: &BridgeName) -> String {
    match site {
        Site::Nameless => format!("{bridge}-{}", std::process::id()),
        _ => format!("{}-{bridge}", site.word()),
    }
}

/// The pairs that attach a namespace to a bridge: the end in it, and the port.
fn attachments(
    host: &mut OpenSite,
    inside: &mut OpenSite,
    bridge: &BridgeName,
) -> Result<Vec<(Link, Link, MarkState)>, NetworkError> {
    let (outer, inner) = (Purpose::port_of(bridge, &inside.site), Purpose::port(&inside.site, bridge));
    let mut found = Vec::new();
    for (port, end) in between(host, inside)? {
        let Some(mark_outside) = mark(&port).filter(|mark| mark.purpose == outer) else { continue };
        let inside_complete = mark(&end).is_some_and(|mark| mark == Mark::of(inner.clone()));
        let state = if inside_complete { mark_outside.state } else { MarkState::Incomplete };
        found.push((end, port, state));
    }
    Ok(found)
}
