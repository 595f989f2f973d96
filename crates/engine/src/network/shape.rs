//! Limits are set, taken away and read back.
//!
//! What leaves an interface is limited by its queueing discipline; what comes in, where it leaves: at the other end of a pair of
//! ours, or else behind an `ifb` of its own (see [`super::shaper`]).

use insula_net::Link;
use insula_net::traffic::{DeleteQdisc, Discipline, Handle, NewQdisc, Qdisc};
use rustix::io::Errno;

use super::connect::is_called;
use super::end::Outcome;
use super::limit::{Flow, HANDLES, Limit, LimitFound, LimitScope, is_default, is_ours, next_handle};
use super::lock::NetworkLock;
use super::name::shown_name;
use super::open_site::{OpenSite, mark};
use super::pair::between;
use super::{NetworkError, NetworkStep, Networks, Purpose, Site};

/// Limits that are as they were to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// Whether something was changed.
    pub outcome: Outcome,
    /// One for each interface and way.
    pub limits: Vec<LimitFound>,
}

/// Where packets of an interface that go one way are limited.
struct Spot {
    /// The interface of the set.
    link: Link,
    flow: Flow,
    place: SpotPlace,
    /// What was there of ours before.
    before: Option<Discipline>,
}

/// Which queueing discipline that is.
#[derive(Clone, Copy)]
enum SpotPlace {
    /// That of an interface in one of the sites.
    Root { site: usize, index: u32 },
    /// That of the interface's own `ifb` in the set.
    Shaper,
}

impl Networks {
    /// Limits what goes through interfaces of `set`, in place of the limits that we set before; with `None` those go.
    ///
    /// # Errors
    /// [`NetworkError`]: all is as it was then. [`NetworkError::QdiscTaken`] where somebody else's queueing discipline is,
    /// [`NetworkError::NoDiscipline`] on a kernel without `netem`.
    pub fn limit(
        &self,
        set: &Site,
        scope: &LimitScope,
        limit: Option<&Limit>,
    ) -> Result<Limited, NetworkError> {
        let _lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let mut sites = vec![OpenSite::open(&self.sets, set)?];
        let wanted = limit.filter(|limit| !limit.is_none()).map(Limit::discipline);
        let spots = self.spots(&mut sites, scope, wanted.is_some())?;
        if spots.is_empty() && wanted.is_some() {
            return Err(NetworkError::NothingToLimit { site: set.clone() });
        }
        let as_asked = |spot: &Spot| spot.before.as_ref().and_then(Limit::of) == limit.copied();
        let changes: Vec<&Spot> = spots.iter().filter(|spot| !as_asked(spot)).collect();
        for (done, spot) in changes.iter().enumerate() {
            if let Err(error) = self.bring(&mut sites, spot, wanted) {
                for earlier in changes[..=done].iter().rev() {
                    // What cannot be undone either is told by the error that we have.
                    let _ = self.bring(&mut sites, earlier, earlier.before);
                }
                return Err(error);
            }
            self.reached(NetworkStep::Limit);
        }
        let outcome = if changes.is_empty() { Outcome::Found } else { Outcome::Made };
        let found = |spot: &Spot| LimitFound::at(set, &spot.link, spot.flow, limit.copied());
        Ok(Limited { outcome, limits: spots.iter().map(found).collect() })
    }

    /// The limits that we set at interfaces of `set`.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn limits(&self, set: &Site) -> Result<Vec<LimitFound>, NetworkError> {
        let mut sites = vec![OpenSite::open(&self.sets, set)?];
        let mut found = Vec::new();
        for link in sites[0].links()? {
            if link.hardware == LOOPBACK || is_shaper(&link) {
                continue;
            }
            for flow in [Flow::Out, Flow::In] {
                let place = self.place(&mut sites, &link, flow)?;
                let there = before(&mut sites, &link, place)?;
                if let Some(limit) = there.as_ref().and_then(Limit::of) {
                    found.push(LimitFound::at(set, &link, flow, Some(limit)));
                }
            }
        }
        Ok(found)
    }

    /// Where all that is asked for is done. Nothing of somebody else's is there, unless nothing is to be put there.
    fn spots(
        &self,
        sites: &mut Vec<OpenSite>,
        scope: &LimitScope,
        is_put: bool,
    ) -> Result<Vec<Spot>, NetworkError> {
        let links = sites[0].links()?;
        let links: Vec<Link> = match &scope.interface {
            None => links
                .into_iter()
                .filter(|link| mark(link).is_some_and(|mark| mark.purpose.is_way()))
                .collect(),
            Some(name) => {
                let named: Vec<Link> = links.into_iter().filter(|link| is_called(link, name)).collect();
                if named.is_empty() {
                    return Err(NetworkError::NoInterface {
                        site: sites[0].site.clone(),
                        name: name.clone(),
                    });
                }
                named
            }
        };
        let mut spots = Vec::new();
        for link in links {
            for flow in &scope.flows {
                let place = self.place(sites, &link, *flow)?;
                if is_put {
                    spare_strangers(sites, &link, place)?;
                }
                let before = before(sites, &link, place)?;
                if is_put || before.is_some() {
                    spots.push(Spot { link: link.clone(), flow: *flow, place, before });
                }
            }
        }
        Ok(spots)
    }

    /// Where packets of `link`, an interface in the first of `sites`, are limited.
    fn place(&self, sites: &mut Vec<OpenSite>, link: &Link, flow: Flow) -> Result<SpotPlace, NetworkError> {
        if flow == Flow::Out {
            return Ok(SpotPlace::Root { site: 0, index: link.index });
        }
        let Some(there) = other_end(link) else { return Ok(SpotPlace::Shaper) };
        let site = match sites.iter().position(|site| site.site == there) {
            Some(site) => site,
            // A set that is gone, or that the caller has no power over: then it is done on this side.
            None => match OpenSite::open(&self.sets, &there) {
                Ok(open) => {
                    sites.push(open);
                    sites.len() - 1
                }
                Err(_) => return Ok(SpotPlace::Shaper),
            },
        };
        let Some((own, others)) = sites.split_first_mut().filter(|_| site > 0) else {
            return Ok(SpotPlace::Shaper);
        };
        let peer = between(own, &mut others[site - 1])?
            .into_iter()
            .find(|(here, peer)| here.index == link.index && mark(peer).is_some());
        Ok(peer.map_or(SpotPlace::Shaper, |(_, peer)| SpotPlace::Root { site, index: peer.index }))
    }

    /// Brings a spot to what is wanted there, whatever is there of ours.
    fn bring(
        &self,
        sites: &mut [OpenSite],
        spot: &Spot,
        wanted: Option<Discipline>,
    ) -> Result<(), NetworkError> {
        match spot.place {
            SpotPlace::Root { site, index } => set_root(&mut sites[site], index, wanted),
            SpotPlace::Shaper => match wanted {
                Some(discipline) => self.put_shaper(&mut sites[0], &spot.link, discipline),
                None => self.take_shaper(&mut sites[0], spot.link.index),
            },
        }
    }
}

impl LimitFound {
    fn at(site: &Site, link: &Link, flow: Flow, limit: Option<Limit>) -> Self {
        let interface = shown_name(link).to_owned();
        Self { site: site.clone(), interface, flow, limit }
    }
}

/// Where the other end of an interface of ours is.
fn other_end(link: &Link) -> Option<Site> {
    if link.kind.as_deref() != Some("veth") {
        return None;
    }
    match mark(link)?.purpose {
        // A name that was shortened is no set's.
        Purpose::Link { there, .. } => there.parse().ok(),
        Purpose::Port { .. } => Some(Site::Host),
        _ => None,
    }
}

fn is_shaper(link: &Link) -> bool {
    mark(link).is_some_and(|mark| matches!(mark.purpose, Purpose::Shaper { .. }))
}

/// `ARPHRD_LOOPBACK`.
const LOOPBACK: u16 = 772;

/// What there is of ours at a spot.
fn before(sites: &mut [OpenSite], link: &Link, place: SpotPlace) -> Result<Option<Discipline>, NetworkError> {
    let (site, index) = match place {
        SpotPlace::Root { site, index } => (&mut sites[site], Some(index)),
        SpotPlace::Shaper => {
            let shaper = super::shaper::find(&mut sites[0], link.index)?;
            (&mut sites[0], shaper.map(|shaper| shaper.index))
        }
    };
    let Some(index) = index else { return Ok(None) };
    Ok(root(site, index)?.filter(is_ours).and_then(|qdisc| qdisc.discipline))
}

/// That nobody else has put something where ours is to be.
fn spare_strangers(sites: &mut [OpenSite], link: &Link, place: SpotPlace) -> Result<(), NetworkError> {
    let (site, index) = match place {
        SpotPlace::Root { site, index } => (&mut sites[site], index),
        SpotPlace::Shaper => {
            if super::shaper::find(&mut sites[0], link.index)?.is_some() {
                return Ok(());
            }
            (&mut sites[0], link.index)
        }
    };
    let is_inward = matches!(place, SpotPlace::Shaper);
    let there = qdiscs(site)?.into_iter().find(|qdisc| {
        let parent = if is_inward { Handle::INGRESS } else { Handle::ROOT };
        qdisc.index == index && qdisc.parent == parent && !is_default(qdisc) && !is_ours(qdisc)
    });
    let Some(qdisc) = there else { return Ok(()) };
    let name = site.links()?.into_iter().find(|link| link.index == index).map(|link| link.name);
    Err(NetworkError::QdiscTaken {
        site: site.site.clone(),
        interface: name.unwrap_or_default(),
        kind: qdisc.kind,
    })
}

/// What packets leave an interface by.
fn root(site: &mut OpenSite, index: u32) -> Result<Option<Qdisc>, NetworkError> {
    Ok(qdiscs(site)?.into_iter().find(|qdisc| qdisc.index == index && qdisc.parent == Handle::ROOT))
}

fn qdiscs(site: &mut OpenSite) -> Result<Vec<Qdisc>, NetworkError> {
    Qdisc::list(&mut site.route).map_err(|source| site.failed(source))
}

/// Has packets leave an interface by `wanted`, or as the kernel does by default.
pub(super) fn set_root(
    site: &mut OpenSite,
    index: u32,
    wanted: Option<Discipline>,
) -> Result<(), NetworkError> {
    let there = root(site, index)?.filter(is_ours);
    let Some(discipline) = wanted else {
        if there.is_none() {
            return Ok(());
        }
        return match site.route.perform(&DeleteQdisc { index, parent: Handle::ROOT }) {
            Err(error) if matches!(error.errno(), Some(Errno::NOENT | Errno::NODEV)) => Ok(()),
            other => other.map_err(|source| site.failed(source)),
        };
    };
    // What waits in one that is exchanged is lost.
    let is_there = there.as_ref().and_then(|qdisc| qdisc.discipline.as_ref()).and_then(Limit::of);
    if is_there.is_some() && is_there == Limit::of(&discipline) {
        return Ok(());
    }
    let new = NewQdisc { handle: next_handle(there.as_ref()), ..NewQdisc::new(index, discipline) };
    let mut put = site.route.perform(&new);
    // Kernels since 2025 have no `netem` that duplicates beside another one on an interface, not even for the moment of the exchange.
    if let (Err(error), Some(old)) = (&put, there.as_ref().and_then(|qdisc| qdisc.discipline))
        && error.errno() == Some(Errno::INVAL)
    {
        let delete = DeleteQdisc { index, parent: Handle::ROOT };
        put = site.route.perform_all(&[&delete, &new]).map_err(|failed| failed.source);
        if put.is_err() {
            let back = NewQdisc { handle: HANDLES[0], ..NewQdisc::new(index, old) };
            // What cannot be undone either is told by the error that we have.
            let _ = site.route.perform(&back);
        }
    }
    put.map_err(|source| match source.errno() {
        // The kernel has none of this kind, nor a module.
        Some(Errno::NOENT) => {
            NetworkError::NoDiscipline { site: site.site.clone(), kind: discipline.name(), source }
        }
        _ => site.failed(source),
    })
}
