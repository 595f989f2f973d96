//! Ports of the host that lead into sets.

use std::net::IpAddr;

use insula_net::firewall::Hook;
use insula_net::{
    Family, IfName, Link, Listener, Netlink, Protocol, Route, RouteFilter, RouteLookup, RouteProtocol,
    Setting,
};
use insula_ns::Namespace;

use super::end::{Outcome, is_link_local};
use super::lock::NetworkLock;
use super::open_site::OpenSite;
use super::pair::between;
use super::{NetworkError, NetworkStep, Networks, Site};
use crate::firewall::{
    Claim, Firewall, FirewallError, FirewallStep, HostAddress, Obstacle, Publication, Published, Ruleset,
    Target,
};

/// What is published now.
#[derive(Debug)]
pub struct PublishedNow {
    /// Whether that is new.
    pub outcome: Outcome,
    /// What is.
    pub published: Published,
    /// Why IPv6 is left out, where IPv4 was enough.
    pub left_out: Option<FirewallError>,
    /// What others have in the packet filter that may keep packets out all the same.
    pub obstacles: Vec<Obstacle>,
}

impl Networks {
    /// Publishes ports of a set on the host.
    ///
    /// # Errors
    /// [`NetworkError`]: nothing of it is left then.
    pub fn publish(&self, set: &Site, publication: &Publication) -> Result<PublishedNow, NetworkError> {
        let inside = OpenSite::open(&self.sets, set)?;
        self.publish_site(inside, publication)
    }

    /// As [`Networks::publish`], ports of a network namespace without a name; [`Networks::unpublish_nameless`] undoes it.
    ///
    /// # Errors
    /// [`NetworkError`]: nothing of it is left then.
    pub fn publish_nameless(
        &self,
        net: Namespace,
        publication: &Publication,
    ) -> Result<PublishedNow, NetworkError> {
        self.publish_site(OpenSite::of(Site::Nameless, net)?, publication)
    }

    fn publish_site(
        &self,
        mut inside: OpenSite,
        publication: &Publication,
    ) -> Result<PublishedNow, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let mut host = OpenSite::open(&self.sets, &Site::Host)?;
        if host.is_same(&inside) {
            return Err(NetworkError::Same { near: inside.site, far: Site::Host });
        }
        let mut target = target(&mut host, &mut inside)?;
        if publication.address == HostAddress::Only(std::net::Ipv6Addr::LOCALHOST.into())
            && filters_bridged(&mut host, target.index)?
        {
            let wanted = Box::new(Claim::Published(target.published(publication)));
            return Err(FirewallError::LoopbackSix { wanted, interface: target.interface }.into());
        }
        if let HostAddress::Only(address) = publication.address
            && !address.is_loopback()
            && !host.addresses()?.iter().any(|there| there.prefix.address == address)
        {
            return Err(FirewallError::NotLocal { wanted: publication.clone(), address }.into());
        }
        let mut left_out = None;
        // The host's own packets are not forwarded.
        if !publication.address.is_loopback()
            && let Some(advertised) = advertised(&mut host)?
        {
            let six = target.addresses.iter().any(IpAddr::is_ipv6);
            match publication.address.family() {
                Some(Family::V6) if six => return Err(advertised.into()),
                None if six => left_out = Some(advertised),
                _ => {}
            }
            target.addresses.retain(IpAddr::is_ipv4);
        }
        Self::check(&target, publication, left_out.as_ref())?;
        let mut firewall = Firewall::open()?;
        self.sweep_in(&mut firewall)?;
        let there = firewall.read()?;
        if !there.published.iter().any(|one| one.publication == *publication && one.netns == target.netns) {
            listened(Claim::Published(target.published(publication)), publication)?;
        }
        let (was_there, published) = firewall.publish(&target, publication, &self.steps())?;
        if let Err(gone) = self.is_still_there(&inside) {
            // Who removed it has looked already for what leads there.
            let (_, _) = firewall.unpublish(|one| one.is_same(&published), &self.steps())?;
            return Err(gone);
        }
        let outcome = if was_there { Outcome::Found } else { Outcome::Made };
        let obstacles =
            if publication.address.is_loopback() { Vec::new() } else { firewall.obstacles(Hook::Forward)? };
        Ok(PublishedNow { outcome, published, left_out, obstacles })
    }

    /// Whether there is an address to lead to.
    fn check(
        target: &Target,
        publication: &Publication,
        left_out: Option<&FirewallError>,
    ) -> Result<(), NetworkError> {
        if target.addresses.iter().any(|address| publication.wants(*address)) {
            return Ok(());
        }
        let family = match publication.address.family() {
            None if left_out.is_some() => "IPv4",
            None => "IPv4 or IPv6",
            Some(Family::V4) => "IPv4",
            Some(Family::V6) => "IPv6",
        };
        let set = target.set.as_ref().map_or_else(|| "the sandbox".to_owned(), ToString::to_string);
        Err(FirewallError::NoAddress { wanted: publication.clone(), set, family }.into())
    }

    /// Takes back what is published for a set, or one of it, and ends the connections that go through it; what that was. The set
    /// need not be there any more.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn unpublish(
        &self,
        set: &Site,
        publication: Option<&Publication>,
    ) -> Result<Vec<Published>, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let Site::Set(name) = set else { return Ok(Vec::new()) };
        let is_meant = |published: &Published| {
            published.set.as_ref() == Some(name)
                && publication.is_none_or(|one| *one == published.publication)
        };
        let (gone, ended) = Firewall::open()?.unpublish(is_meant, &self.steps())?;
        ended?;
        Ok(gone)
    }

    /// Takes back what is published for a network namespace without a name, by its inode number.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn unpublish_nameless(&self, netns: u64) -> Result<Vec<Published>, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        let is_meant = |published: &Published| published.set.is_none() && published.netns == netns;
        // Nobody is at the other end any more, so whether connections end is no matter.
        let (gone, _) = Firewall::open()?.unpublish(is_meant, &self.steps())?;
        Ok(gone)
    }

    /// What is published on the host, the networks with walls, and the settings that were changed for them.
    ///
    /// # Errors
    /// [`NetworkError`]; [`FirewallError::NotOurs`] where somebody else has a table of our name.
    pub fn ruleset(&self) -> Result<Ruleset, NetworkError> {
        Ok(Firewall::open()?.read()?)
    }

    /// As [`Networks::ruleset`], nothing where the caller may not look, or somebody else has a table of our name.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn ruleset_if_any(&self) -> Result<Ruleset, NetworkError> {
        match self.ruleset() {
            Err(NetworkError::Firewall(error)) if super::walls::is_nothing(&error) => Ok(Ruleset::default()),
            other => other,
        }
    }

    /// Tells a test which step of the packet filter was reached.
    pub(super) fn steps(&self) -> impl Fn(FirewallStep) {
        |step| {
            self.reached(match step {
                FirewallStep::Walls => NetworkStep::Walls,
                FirewallStep::Settings => NetworkStep::Settings,
                FirewallStep::Rules => NetworkStep::Rules,
                FirewallStep::Unpublished => NetworkStep::Unpublished,
                FirewallStep::GivenBack => NetworkStep::GivenBack,
            });
        }
    }
}

/// Where packets for a set are to go: by the interface of the host that has the set at its other end, or the bridge of that.
fn target(host: &mut OpenSite, inside: &mut OpenSite) -> Result<Target, NetworkError> {
    let pairs = between(host, inside)?;
    let (outer, there) = (host.links()?, inside.addresses()?);
    for (port, end) in &pairs {
        let bridge = port.master.and_then(|master| outer.iter().find(|link| link.index == master));
        let way = bridge.unwrap_or(port);
        let own = there
            .iter()
            .filter(|address| address.index == end.index && !is_link_local(address.prefix.address));
        let mut addresses = Vec::new();
        for address in own.map(|address| address.prefix.address) {
            // Root in a set gives itself what address it likes: that of another set, whose port it would open so.
            if leaves_by(host, address)? == Some(way.index) {
                addresses.push(address);
            }
        }
        let Ok(interface) = IfName::new(&way.name) else { continue };
        if !addresses.is_empty() {
            let set = match &inside.site {
                Site::Set(name) => Some(name.clone()),
                Site::Host | Site::Nameless => None,
            };
            return Ok(Target { set, netns: inside.net.id().ino, interface, index: way.index, addresses });
        }
    }
    Err(NetworkError::NotReached { site: inside.site.clone() })
}

/// The interface that packets of the host leave by for this address; `None` if none do.
fn leaves_by(host: &mut OpenSite, address: IpAddr) -> Result<Option<u32>, NetworkError> {
    match Route::get(&mut host.route, &RouteLookup::to(address)) {
        Ok(route) => Ok(route.index),
        Err(error) if error.errno().is_some() => Ok(None),
        Err(source) => Err(host.failed(source)),
    }
}

/// Whether this is a bridge, and what passes it is seen by the packet filter on the way: what that translates to ::1, be it a request
/// or an answer, is meant for ::1 before it leaves the bridge then, and dropped as it comes (`ipv6_rcv`).
pub(super) fn filters_bridged(host: &mut OpenSite, index: u32) -> Result<bool, NetworkError> {
    let bridged: Setting = "net/bridge/bridge-nf-call-ip6tables".parse().expect("the name of a setting");
    let is_bridge = |link: &Link| link.index == index && link.kind.as_deref() == Some("bridge");
    Ok(bridged.read(&[]).is_ok_and(|value| value == "1") && host.links()?.iter().any(is_bridge))
}

/// Whether letting IPv6 through would stop the host from configuring itself: an interface with `accept_ra` 1 takes no more
/// router advertisements then.
pub(super) fn advertised(host: &mut OpenSite) -> Result<Option<FirewallError>, NetworkError> {
    let forwarding: Setting = "net/ipv6/conf/all/forwarding".parse().expect("the name of a setting");
    if forwarding.read(&[]).is_ok_and(|value| value == "1") {
        return Ok(None);
    }
    let filter = RouteFilter { protocol: Some(RouteProtocol::ADVERTISEMENT), ..RouteFilter::default() };
    let routes = Route::list_where(&mut host.route, &filter).map_err(|source| host.failed(source))?;
    for link in host.links()? {
        let has_route = routes.iter().any(|route| {
            route.protocol == RouteProtocol::ADVERTISEMENT
                && (route.index == Some(link.index)
                    || route.next_hops.iter().any(|hop| hop.index == link.index))
        });
        let accepts = || {
            let setting: Setting = format!("net/ipv6/conf/{}/accept_ra", link.name).parse().ok()?;
            setting.read(&[]).ok()
        };
        if has_route && accepts().is_some_and(|value| value == "1") {
            return Ok(Some(FirewallError::Advertised { interface: link.name }));
        }
    }
    Ok(None)
}

/// Refuses what a process of the host listens for at `ports`.
pub(super) fn listened(wanted: Claim, ports: &Publication) -> Result<(), NetworkError> {
    let listed = Netlink::open(Protocol::SockDiag).and_then(|mut diag| Listener::list(&mut diag));
    let listeners = listed.map_err(|source| NetworkError::Kernel { site: Site::Host, source })?;
    match listeners.into_iter().find(|listener| ports.takes_from(listener.transport, listener.local)) {
        Some(listener) => {
            Err(FirewallError::Listened { wanted: Box::new(wanted), listener: Box::new(listener) }.into())
        }
        None => Ok(()),
    }
}
