//! A veth pair from one set to another, or to the host.

use insula_net::{Address, DeleteLink, Link, Prefix};
use rustix::io::Errno;

use super::end::{DefaultRoute, End, EndFound, Outcome, check_mtu, is_kernels, is_link_local, ways};
use super::error::There;
use super::lock::NetworkLock;
use super::name::{Chooser, Naming, hash, shown_name};
use super::occupied::occupied;
use super::open_site::{OpenSite, mark};
use super::pair::between;
use super::{Mark, MarkState, NetworkError, NetworkStep, Networks, Purpose, Site, subnet};

/// A veth pair that is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewConnection {
    /// The addresses of the first end; chosen if neither end has any.
    pub addresses: Vec<Prefix>,
    /// Those of the second; chosen in the subnets of the first.
    pub peer_addresses: Vec<Prefix>,
    /// The name of the interface at the first end: what the other end is in, if nothing is said.
    pub name: Option<String>,
    /// At the second end.
    pub peer_name: Option<String>,
    /// The largest packet, in bytes.
    pub mtu: Option<u32>,
    /// Whether the set gets a default route by way of the host.
    pub default_route: DefaultRoute,
}

/// A veth pair that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// Whether it was made now.
    pub outcome: Outcome,
    /// Its ends, in the order in which they were asked for.
    pub ends: [EndFound; 2],
}

/// A connection as the kernel has it: the interface at the first end, and at the second.
struct Pair {
    ends: [Link; 2],
    state: MarkState,
}

impl Networks {
    /// Connects two network namespaces by a veth pair: both ends up, with addresses.
    ///
    /// A pair between the two that is there already is taken if it is as asked; one with another name at the first end is
    /// another one.
    /// # Errors
    /// [`NetworkError`]: nothing of it is left then.
    pub fn connect(&self, near: &Site, far: &Site, new: &NewConnection) -> Result<Connected, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let (mut a, mut b) = self.open_both(near, far)?;
        for pair in pairs(&mut a, &mut b)? {
            if pair.state == MarkState::Incomplete {
                self.delete(&mut a, pair.ends[0].index)?;
            } else if new.name.as_ref().is_none_or(|name| is_called(&pair.ends[0], name)) {
                let ends = [EndFound::read(&mut a, &pair.ends[0])?, EndFound::read(&mut b, &pair.ends[1])?];
                return new.agrees_with(ends);
            }
        }
        let (addresses, peer_addresses) = self.choose(&mut a, &mut b, new)?;
        check_mtu(new.mtu, &addresses)?;
        check_mtu(new.mtu, &peer_addresses)?;
        let naming = |name: &Option<String>, other: &Site| match name {
            Some(name) => Naming::new(name, Chooser::User),
            None => Naming::new(other.word(), Chooser::Us),
        };
        let through = |other: &Site| (*other == Site::Host).then_some(new.default_route);
        let near_ways = ways(&addresses, &peer_addresses, through(far));
        let far_ways = ways(&peer_addresses, &addresses, through(near));
        let end = |purpose, naming, addresses, ways| End {
            naming,
            mark: Mark::of(purpose),
            addresses,
            master: None,
            ways,
        };
        let ends = (
            end(Purpose::link(near, far), naming(&new.name, far), addresses, near_ways),
            end(Purpose::link(far, near), naming(&new.peer_name, near), peer_addresses, far_ways),
        );
        // The end in the host comes first: what decides whether all is there is best found there.
        if *far == Site::Host {
            self.make_pair((&mut b, &ends.1), (&mut a, &ends.0), new.mtu)?;
        } else {
            self.make_pair((&mut a, &ends.0), (&mut b, &ends.1), new.mtu)?;
        }
        let made = pairs(&mut a, &mut b)?
            .into_iter()
            .rfind(|pair| new.name.as_ref().is_none_or(|name| is_called(&pair.ends[0], name)));
        let Some(pair) = made else {
            return Err(NetworkError::NoInterface {
                site: near.clone(),
                name: ends.0.naming.shown().to_owned(),
            });
        };
        let ends = [EndFound::read(&mut a, &pair.ends[0])?, EndFound::read(&mut b, &pair.ends[1])?];
        Ok(Connected { outcome: Outcome::Made, ends })
    }

    /// Takes away the veth pairs between two network namespaces, or the one whose interface at the first end has this name;
    /// returns the first ends of those.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn disconnect(
        &self,
        near: &Site,
        far: &Site,
        name: Option<&str>,
    ) -> Result<Vec<String>, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let (mut a, mut b) = self.open_both(near, far)?;
        let mut gone = Vec::new();
        for pair in pairs(&mut a, &mut b)? {
            if name.is_none_or(|name| is_called(&pair.ends[0], name)) {
                self.delete(&mut a, pair.ends[0].index)?;
                gone.push(shown_name(&pair.ends[0]).to_owned());
            }
        }
        Ok(gone)
    }

    pub(super) fn delete(&self, site: &mut OpenSite, index: u32) -> Result<(), NetworkError> {
        delete(site, index)?;
        self.reached(NetworkStep::Delete);
        if site.site == Site::Host { self.sweep() } else { Ok(()) }
    }

    fn open_both(&self, near: &Site, far: &Site) -> Result<(OpenSite, OpenSite), NetworkError> {
        let (a, b) = (OpenSite::open(&self.sets, near)?, OpenSite::open(&self.sets, far)?);
        if a.is_same(&b) {
            return Err(NetworkError::Same { near: near.clone(), far: far.clone() });
        }
        Ok((a, b))
    }

    /// The addresses of both ends.
    fn choose(
        &self,
        a: &mut OpenSite,
        b: &mut OpenSite,
        new: &NewConnection,
    ) -> Result<(Vec<Prefix>, Vec<Prefix>), NetworkError> {
        let (given, peer_given) = (&new.addresses, &new.peer_addresses);
        if given.is_empty() && peer_given.is_empty() {
            let mut used = occupied(a)?;
            used.extend(occupied(b)?);
            used.extend(self.occupied_by_host()?);
            let seed = hash(&format!("{}:{}", a.site.word(), b.site.word()));
            let subnet = subnet::free(&used, 30, seed).ok_or(NetworkError::NoSubnet)?;
            let (first, second) = (subnet::host(subnet, 1), subnet::host(subnet, 2));
            // The host is the one that others go through.
            return Ok(if b.site == Site::Host {
                (vec![second], vec![first])
            } else {
                (vec![first], vec![second])
            });
        }
        for (site, given) in [(&mut *a, given), (&mut *b, peer_given)] {
            let there = site.addresses()?;
            for prefix in given {
                let is_elsewhere = |address: &Address| address.prefix.address == prefix.address;
                if !is_link_local(prefix.address) && there.iter().any(is_elsewhere) {
                    return Err(NetworkError::AddressTaken { address: *prefix, by: site.site.to_string() });
                }
            }
        }
        if let Some(both) = peer_given.iter().find(|peer| given.iter().any(|own| own.address == peer.address))
        {
            return Err(NetworkError::AddressTaken { address: *both, by: a.site.to_string() });
        }
        Ok(match (given.is_empty(), peer_given.is_empty()) {
            (false, true) => (given.clone(), neighbours(given, b)?),
            (true, false) => (neighbours(peer_given, a)?, peer_given.clone()),
            _ => (given.clone(), peer_given.clone()),
        })
    }

    /// What the caller's own network namespace has addresses in and routes to, which anybody may read.
    pub(super) fn occupied_by_host(&self) -> Result<Vec<Prefix>, NetworkError> {
        occupied(&mut OpenSite::open(&self.sets, &Site::Host)?)
    }
}

/// Free addresses in the subnets of `given`, for an interface in `site`.
fn neighbours(given: &[Prefix], site: &mut OpenSite) -> Result<Vec<Prefix>, NetworkError> {
    let mut taken: Vec<_> = site.addresses()?.iter().map(|address| address.prefix.address).collect();
    taken.extend(given.iter().map(|prefix| prefix.address));
    let chosen = given.iter().map(|prefix| {
        subnet::neighbour(*prefix, &taken).ok_or(NetworkError::NoAddress { subnet: prefix.network() })
    });
    chosen.collect()
}

impl NewConnection {
    /// Whether what is there is what is wanted.
    fn agrees_with(&self, ends: [EndFound; 2]) -> Result<Connected, NetworkError> {
        let has =
            |end: &EndFound, given: &[Prefix]| given.iter().all(|prefix| end.addresses.contains(prefix));
        let agrees = has(&ends[0], &self.addresses)
            && has(&ends[1], &self.peer_addresses)
            && self.peer_name.as_ref().is_none_or(|name| ends[1].shown() == name)
            && self.mtu.is_none_or(|mtu| ends.iter().all(|end| end.mtu == mtu));
        if agrees {
            return Ok(Connected { outcome: Outcome::Found, ends });
        }
        Err(NetworkError::Different {
            there: There::Connection,
            what: format!("{} and {} are connected", ends[0].site, ends[1].site),
            found: format!("{} and {}, mtu {}", ends[0].line(), ends[1].line(), ends[0].mtu),
        })
    }
}

/// Deletes an interface, if it has not gone with its other end or with its namespace meanwhile.
pub(super) fn delete(site: &mut OpenSite, index: u32) -> Result<(), NetworkError> {
    match site.route.perform(&DeleteLink { index }) {
        Err(error) if error.errno() == Some(Errno::NODEV) => Ok(()),
        other => other.map_err(|source| site.failed(source)),
    }
}

/// Whether an interface has this name, or this alternative name.
pub(super) fn is_called(link: &Link, name: &str) -> bool {
    link.name == name || link.alternative_names.iter().any(|other| other == name)
}

/// The pairs between two sites, by the marks of both ends, or of one where the other is not marked yet.
fn pairs(a: &mut OpenSite, b: &mut OpenSite) -> Result<Vec<Pair>, NetworkError> {
    let (near, far) = (Purpose::link(&a.site, &b.site), Purpose::link(&b.site, &a.site));
    let mut found = Vec::new();
    for (link, peer) in between(a, b)? {
        let own = mark(&link).filter(|mark| mark.purpose == near);
        let other = mark(&peer).filter(|mark| mark.purpose == far);
        let states = [&own, &other].map(|mark| mark.as_ref().map(|mark| mark.state));
        let state = match states {
            [None, None] => continue,
            [Some(MarkState::Complete), Some(MarkState::Complete)] => MarkState::Complete,
            _ => MarkState::Incomplete,
        };
        found.push(Pair { ends: [link, peer], state });
    }
    Ok(found)
}

/// The addresses of an interface that others can use.
#[must_use]
pub(super) fn of_link(addresses: &[Address], index: u32) -> Vec<Prefix> {
    addresses
        .iter()
        .filter(|address| address.index == index && !is_kernels(address))
        .map(|address| address.prefix)
        .collect()
}
