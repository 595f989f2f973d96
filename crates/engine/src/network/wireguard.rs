//! A WireGuard interface in a set, whose encrypted packets go by the host's network.
//!
//! WireGuard sends from the network namespace that its interface was made in, wherever that goes later. So it is made in the
//! host's and moved.

use std::os::fd::AsFd as _;

use insula_net::wireguard::{Config, Configure, Device, Key, Peer};
use insula_net::{
    ChangeLink, DeleteLink, Family, IfName, Link, LinkKind, NewLink, NewRoute, Place, Prefix, Route,
};
use rustix::io::Errno;

use super::connect::is_called;
use super::dns::tunnels_of;
use super::end::{End, EndFound, Outcome, check_mtu, unused_name};
use super::error::There;
use super::lock::NetworkLock;
use super::name::{Chooser, Naming, shortened, shown_name};
use super::open_site::{OpenSite, generic_in, mark};
use super::{Mark, MarkState, NetworkError, NetworkStep, Networks, Purpose, Resolver, Site};

/// A WireGuard interface that is there.
#[derive(Debug)]
pub struct Tunnel {
    /// Whether it was made now.
    pub outcome: Outcome,
    /// The interface.
    pub end: EndFound,
    /// Why nothing that was said of names holds, where an administrator decided otherwise.
    pub unheard: Option<NetworkError>,
}

impl Networks {
    /// Makes a WireGuard interface called `name` in `set`, as `config` says: with its addresses, up, and with routes to what its
    /// peers are allowed, unless it says otherwise. Its name servers answer in the set as long as the interface is there.
    ///
    /// # Errors
    /// [`NetworkError`]: nothing of it is left then. [`NetworkError::NoType`] on a kernel without WireGuard.
    pub fn wireguard(&self, set: &Site, name: &str, config: &Config) -> Result<Tunnel, NetworkError> {
        let lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let mut host = OpenSite::open(&self.sets, &Site::Host)?;
        let mut inside = OpenSite::open(&self.sets, set)?;
        if host.is_same(&inside) {
            return Err(NetworkError::Same { near: set.clone(), far: Site::Host });
        }
        for site in [&mut host, &mut inside] {
            for link in tunnels(site, set)? {
                if mark(&link).is_some_and(|mark| mark.state == MarkState::Incomplete) {
                    self.delete(site, link.index)?;
                }
            }
        }
        if let Some(link) = inside.find(name)? {
            if mark(&link) != Some(Mark::of(purpose(set))) {
                return Err(NetworkError::NameTaken { site: set.clone(), name: name.to_owned() });
            }
            let end = agrees(&mut inside, &link, config)?;
            let unheard = self.hear(&lock, set, name, config)?;
            return Ok(Tunnel { outcome: Outcome::Found, end, unheard });
        }
        check_mtu(config.mtu, &config.addresses)?;
        let draft = unused_name()?;
        let link = NewLink::new(draft.clone(), LinkKind::WireGuard);
        let link = config.mtu.map_or(link.clone(), |mtu| link.mtu(mtu));
        let alias = ChangeLink::named(draft.clone()).alias(Mark::of(purpose(set)).incomplete().to_string());
        host.route.perform_all(&[&link, &alias]).map_err(|failed| match failed.source.errno() {
            Some(Errno::OPNOTSUPP) => {
                NetworkError::NoType { site: Site::Host, kind: "wireguard", source: failed.source }
            }
            _ => host.failed(failed.source),
        })?;
        self.reached(NetworkStep::Make);
        let made = self.move_and_finish(&lock, &mut host, &mut inside, (&draft, name), config);
        if made.is_err() {
            // It is in one of the two. If even that fails, its mark says that it is to go.
            for site in [&mut host, &mut inside] {
                if let Ok(links) = tunnels(site, set) {
                    for link in links.iter().filter(|link| is_incomplete(link)) {
                        let _ = site.route.perform(&DeleteLink { index: link.index });
                    }
                }
            }
            let _ = self.unhear(&lock, set, name);
        }
        let (end, unheard) = made?;
        Ok(Tunnel { outcome: Outcome::Made, end, unheard })
    }

    /// Has what the configuration says of names hold; why not, if an administrator decided otherwise.
    fn hear(
        &self,
        lock: &NetworkLock,
        set: &Site,
        name: &str,
        config: &Config,
    ) -> Result<Option<NetworkError>, NetworkError> {
        let Site::Set(set) = set else { return Ok(None) };
        let resolver = Resolver {
            servers: config.name_servers.clone(),
            search: config.search.clone(),
            hosts: Vec::new(),
        };
        if !resolver.asks() {
            self.clear_tunnel_resolver(lock, set, name)?;
            return Ok(None);
        }
        match self.set_tunnel_resolver(lock, set, name, resolver) {
            Err(error @ NetworkError::Decided { .. }) => Ok(Some(error)),
            heard => heard.map(|()| None),
        }
    }

    fn unhear(&self, lock: &NetworkLock, set: &Site, name: &str) -> Result<(), NetworkError> {
        match set {
            Site::Set(set) => self.clear_tunnel_resolver(lock, set, name),
            Site::Host | Site::Nameless => Ok(()),
        }
    }

    fn move_and_finish(
        &self,
        lock: &NetworkLock,
        host: &mut OpenSite,
        inside: &mut OpenSite,
        (draft, name): (&IfName, &str),
        config: &Config,
    ) -> Result<(EndFound, Option<NetworkError>), NetworkError> {
        let place = Place::of(inside.net.as_fd()).map_err(|source| NetworkError::Random { source })?;
        let index = found(host, draft.as_str())?.index;
        host.perform(&ChangeLink::new(index).place(place))?;
        let link = found(inside, draft.as_str())?;
        let mut generic = generic_in(inside)?;
        Configure::perform(&mut generic, draft, config).map_err(|source| inside.failed(source))?;
        let end = End {
            naming: Naming::new(name, Chooser::User),
            mark: Mark::of(purpose(&inside.site)),
            addresses: config.addresses.clone(),
            master: None,
            ways: Vec::new(),
        };
        self.furnish(inside, link.index, &end)?;
        if config.routes {
            for route in routes(inside, link.index, config)? {
                inside.perform(&NewRoute::add(route))?;
            }
        }
        let unheard = self.hear(lock, &inside.site.clone(), name, config)?;
        inside.perform(&ChangeLink::new(link.index).alias(end.mark.to_string()))?;
        self.reached(NetworkStep::Complete);
        let link = found(inside, name)?;
        Ok((EndFound::read(inside, &link)?, unheard))
    }

    /// Takes away the WireGuard interfaces of `set` that we made, or the one of this name, with what they said of names; returns
    /// their names.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn remove_wireguard(&self, set: &Site, name: Option<&str>) -> Result<Vec<String>, NetworkError> {
        let lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let mut inside = OpenSite::open(&self.sets, set)?;
        let mut gone = Vec::new();
        for link in tunnels(&mut inside, set)? {
            if name.is_none_or(|name| is_called(&link, name)) {
                self.delete(&mut inside, link.index)?;
                gone.push(shown_name(&link).to_owned());
            }
        }
        // Also those whose interfaces others took away.
        let Site::Set(set) = set else { return Ok(gone) };
        for interface in tunnels_of(self, set)? {
            if inside.find(&interface)?.is_none() {
                self.clear_tunnel_resolver(&lock, set, &interface)?;
            }
        }
        Ok(gone)
    }
}

fn purpose(set: &Site) -> Purpose {
    Purpose::WireGuard { set: shortened(set.word()) }
}

fn is_incomplete(link: &Link) -> bool {
    mark(link).is_some_and(|mark| mark.state == MarkState::Incomplete)
}

/// The WireGuard interfaces in `site` that we made for `set`.
fn tunnels(site: &mut OpenSite, set: &Site) -> Result<Vec<Link>, NetworkError> {
    let ours = purpose(set);
    let is_its = |link: &Link| mark(link).is_some_and(|mark| mark.purpose == ours);
    Ok(site.links()?.into_iter().filter(is_its).collect())
}

fn found(site: &mut OpenSite, name: &str) -> Result<Link, NetworkError> {
    site.find(name)?
        .ok_or_else(|| NetworkError::NoInterface { site: site.site.clone(), name: name.to_owned() })
}

/// The routes to what the peers are allowed, each once, without those that come with the addresses. Where a default route is
/// there already, ours is one to each half of all addresses: they go before it, and it stays.
fn routes(site: &mut OpenSite, index: u32, config: &Config) -> Result<Vec<Route>, NetworkError> {
    let mut wanted: Vec<Prefix> = Vec::new();
    for prefix in config.peers.iter().flat_map(|peer| &peer.allowed).map(|prefix| prefix.network()) {
        let comes_with_address = config.addresses.iter().any(|own| own.network() == prefix);
        if !comes_with_address && !wanted.contains(&prefix) {
            wanted.push(prefix);
        }
    }
    let there = Route::list(&mut site.route).map_err(|source| site.failed(source))?;
    let has_default = |family: Family| {
        there.iter().any(|route| {
            route.is_default()
                && route.table == Route::MAIN
                && Family::of(route.destination.address) == family
        })
    };
    let mut routes = Vec::new();
    for prefix in wanted {
        if prefix.length == 0 && has_default(Family::of(prefix.address)) {
            let halves =
                if prefix.address.is_ipv4() { ["0.0.0.0/1", "128.0.0.0/1"] } else { ["::/1", "8000::/1"] };
            routes.extend(halves.map(|half| Route::to(half.parse().expect("a prefix")).dev(index)));
        } else {
            routes.push(Route::to(prefix).dev(index));
        }
    }
    Ok(routes)
}

/// A private key as the kernel keeps it: with the bits that Curve25519 does not use as they have to be (RFC 7748, section 5).
fn clamped(key: &Key) -> Key {
    let mut bytes = *key.bytes();
    bytes[0] &= 0xf8;
    bytes[31] = bytes[31] & 0x7f | 0x40;
    Key::new(bytes)
}

/// Whether what is there is what is wanted. Where a peer was seen last is not asked about.
fn agrees(site: &mut OpenSite, link: &Link, config: &Config) -> Result<EndFound, NetworkError> {
    let end = EndFound::read(site, link)?;
    let mut generic = generic_in(site)?;
    let name = IfName::new(&link.name)
        .map_err(|_| NetworkError::NoInterface { site: site.site.clone(), name: link.name.clone() })?;
    let device = Device::read(&mut generic, &name).map_err(|source| site.failed(source))?;
    let key = |peer: &Peer| {
        let mut allowed = peer.allowed.clone();
        allowed.sort_unstable();
        (*peer.public_key.bytes(), peer.preshared_key.clone(), peer.keepalive, allowed)
    };
    let sorted = |mut peers: Vec<_>| {
        peers.sort_by_key(|(public, ..): &([u8; 32], _, _, _)| *public);
        peers
    };
    let is_same = device.private_key.as_ref() == Some(&clamped(&config.private_key))
        && config.listen_port.is_none_or(|port| port == device.listen_port)
        && config.fwmark == device.fwmark
        && config.mtu.is_none_or(|mtu| mtu == end.mtu)
        && config.addresses.iter().all(|prefix| end.addresses.contains(prefix))
        && sorted(device.peers.iter().map(|state| key(&state.peer)).collect())
            == sorted(config.peers.iter().map(key).collect());
    if is_same {
        return Ok(end);
    }
    Err(NetworkError::Different {
        there: There::WireGuard,
        what: format!("the WireGuard interface `{}` in {} exists", end.shown(), site.site),
        found: format!("{} and {} peers, mtu {}", end.line(), device.peers.len(), end.mtu),
    })
}
