//! One end of something: an interface with its name, its addresses and its mark.

use std::net::IpAddr;
use std::os::fd::AsFd as _;

use insula_net::{
    AddressFlags, ChangeAlternativeNames, ChangeLink, DeleteLink, Direction, Family, IfName, Link,
    NewAddress, NewLink, NewRoute, Place, Prefix, Route, RouteFilter,
};
use insula_ns::Kind;
use rustix::io::Errno;

use super::name::{Naming, full_name};
use super::open_site::OpenSite;
use super::{Mark, NetworkError, NetworkStep, Networks, Site};
use crate::firewall::Egress;
use crate::set::SetError;

/// Whether something was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Made,
    /// It was there already, as asked.
    Found,
}

/// One end of what was made or is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndFound {
    /// Where it is.
    pub site: Site,
    /// The kernel's name of the interface.
    pub name: String,
    /// Its full name, where that is longer than the kernel's can be.
    pub full_name: Option<String>,
    /// Its addresses, without those that the kernel gives to every link.
    pub addresses: Vec<Prefix>,
    /// The largest packet that it takes, in bytes.
    pub mtu: u32,
}

/// What one end is to be.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) naming: Naming,
    pub(super) mark: Mark,
    pub(super) addresses: Vec<Prefix>,
    /// The bridge that it is a port of.
    pub(super) master: Option<u32>,
    /// What is reached by way of it, beyond the networks of its addresses.
    pub(super) ways: Vec<Way>,
}

/// What is reached by way of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// An address at the other end.
    Peer(IpAddr),
    /// By this router all else, unless something else leads there already.
    Default(IpAddr),
}

/// Whether a set gets a default route by way of a new interface, if it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DefaultRoute {
    /// It does, where the host is at the other end.
    #[default]
    IfNone,
    /// It does not.
    Never,
}

/// The ways of an end with addresses `own`, whose other end has `others`; `through` says whether the world is behind that.
pub(super) fn ways(own: &[Prefix], others: &[Prefix], through: Option<DefaultRoute>) -> Vec<Way> {
    let is_near = |address: IpAddr| own.iter().any(|prefix| prefix.contains(address));
    let can_reach = |address: IpAddr| own.iter().any(|prefix| prefix.address.is_ipv4() == address.is_ipv4());
    let others = || others.iter().map(|prefix| prefix.address).filter(|address| can_reach(*address));
    let mut ways: Vec<Way> = others().filter(|address| !is_near(*address)).map(Way::Peer).collect();
    if through == Some(DefaultRoute::IfNone) {
        let gateway = |is_ipv4: bool| others().find(|address| address.is_ipv4() == is_ipv4);
        ways.extend([gateway(true), gateway(false)].into_iter().flatten().map(Way::Default));
    }
    ways
}

impl EndFound {
    /// What is there of an interface.
    pub(super) fn read(site: &mut OpenSite, link: &Link) -> Result<Self, NetworkError> {
        let addresses = site.addresses()?;
        Ok(Self {
            site: site.site.clone(),
            name: link.name.clone(),
            full_name: full_name(&link.name, &link.alternative_names).map(str::to_owned),
            addresses: addresses
                .iter()
                .filter(|address| address.index == link.index && !is_kernels(address))
                .map(|address| address.prefix)
                .collect(),
            mtu: link.mtu,
        })
    }

    /// The name that the user knows it by.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.full_name.as_deref().unwrap_or(&self.name)
    }

    /// In a line: `eth0 in `web` with 10.0.0.2/24`.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = format!("`{}` in {}", self.shown(), self.site);
        for (position, address) in self.addresses.iter().enumerate() {
            line.push_str(if position == 0 { " with " } else { ", " });
            line.push_str(&address.to_string());
        }
        line
    }
}

/// Whether the kernel made the address itself: a link-local one, about which it asks first whether another host has it.
pub(super) fn is_kernels(address: &insula_net::Address) -> bool {
    is_link_local(address.prefix.address) && !address.flags.contains(AddressFlags::NO_DAD)
}

/// Whether an address means something on one link alone: `fe80::/10`.
pub(super) const fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// The least that an interface with IPv6 takes, in bytes: RFC 8200, section 5.
const LEAST_SIX: u32 = 1280;

/// Refuses a largest packet with which the kernel has no IPv6 on an interface that is to have such an address.
pub(super) fn check_mtu(mtu: Option<u32>, addresses: &[Prefix]) -> Result<(), NetworkError> {
    match (mtu, addresses.iter().find(|prefix| prefix.address.is_ipv6())) {
        (Some(mtu), Some(address)) if mtu < LEAST_SIX => {
            Err(NetworkError::MtuTooSmall { mtu, least: LEAST_SIX, address: *address })
        }
        _ => Ok(()),
    }
}

/// A name that no interface has: 15 characters, nine of them at random.
pub(super) fn unused_name() -> Result<IfName, NetworkError> {
    let mut random = [0; 9];
    let mut filled = 0;
    while filled < random.len() {
        match rustix::rand::getrandom(&mut random[filled..], rustix::rand::GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(Errno::INTR) => {}
            Err(source) => return Err(NetworkError::Random { source }),
        }
    }
    let letters = random.map(|byte| char::from(b"abcdefghijklmnopqrstuvwxyz012345"[usize::from(byte & 31)]));
    let name = format!("insula{}", letters.iter().collect::<String>());
    Ok(IfName::new(&name).expect("fifteen plain characters"))
}

impl Networks {
    /// Whether a set has not been removed since it was opened, which waits for nobody's lock: who removes it looks afterwards for
    /// what leads to it, so what was made before this question is seen by one of the two.
    pub(super) fn is_still_there(&self, site: &OpenSite) -> Result<(), NetworkError> {
        let Site::Set(name) = &site.site else { return Ok(()) };
        let now = self.sets.find(name)?.open(Kind::Net)?;
        if now.id() == site.net.id() { Ok(()) } else { Err(SetError::Missing { name: name.clone() }.into()) }
    }

    /// Makes a veth pair between `near` and `far`, and all that belongs to its ends; the mark of the near end decides whether it
    /// is complete.
    pub(super) fn make_pair(
        &self,
        near: (&mut OpenSite, &End),
        far: (&mut OpenSite, &End),
        mtu: Option<u32>,
    ) -> Result<(), NetworkError> {
        let ((near, near_end), (far, far_end)) = (near, far);
        let draft = unused_name()?;
        let place = Place::of(far.net.as_fd()).map_err(|source| NetworkError::Random { source })?;
        let peer = NewLink::peer(draft.clone()).place(place);
        let pair = match mtu {
            Some(mtu) => NewLink::veth(draft.clone(), peer.mtu(mtu)).mtu(mtu),
            None => NewLink::veth(draft.clone(), peer),
        };
        let mark = ChangeLink::named(draft.clone()).alias(near_end.mark.incomplete().to_string());
        near.route.perform_all(&[&pair, &mark]).map_err(|failed| match failed.source.errno() {
            Some(Errno::PERM) => {
                NetworkError::Apart { near: near.site.clone(), far: far.site.clone(), source: failed.source }
            }
            _ => near.failed(failed.source),
        })?;
        self.reached(NetworkStep::Make);
        let index = near.find(draft.as_str())?.map(|link| link.index);
        let index = index.ok_or_else(|| gone(near, &draft))?;
        let made = self.finish_pair((near, near_end, index), (far, far_end), &draft);
        if made.is_err() {
            // The other end goes with it. If even that fails, its mark says that it is to go.
            let _ = near.route.perform(&DeleteLink { index });
            if near.site == Site::Host {
                let _ = self.sweep();
            }
        }
        made
    }

    fn finish_pair(
        &self,
        near: (&mut OpenSite, &End, u32),
        far: (&mut OpenSite, &End),
        draft: &IfName,
    ) -> Result<(), NetworkError> {
        let ((near, near_end, near_index), (far, far_end)) = (near, far);
        let far_index = far.find(draft.as_str())?.map(|link| link.index);
        let far_index = far_index.ok_or_else(|| gone(far, draft))?;
        far.perform(&ChangeLink::new(far_index).alias(far_end.mark.incomplete().to_string()))?;
        self.furnish(far, far_index, far_end)?;
        self.furnish(near, near_index, near_end)?;
        if near.site == Site::Host && near_end.master.is_none() {
            self.wall(near, near_index, Egress::Closed)?;
        }
        far.perform(&ChangeLink::new(far_index).alias(far_end.mark.to_string()))?;
        self.reached(NetworkStep::CompleteFar);
        near.perform(&ChangeLink::new(near_index).alias(near_end.mark.to_string()))?;
        self.reached(NetworkStep::Complete);
        self.is_still_there(near)?;
        self.is_still_there(far)
    }

    /// Gives an interface its name and its addresses, and brings it up.
    pub(super) fn furnish(&self, site: &mut OpenSite, index: u32, end: &End) -> Result<(), NetworkError> {
        name_it(site, index, &end.naming)?;
        self.reached(NetworkStep::Name);
        if let Some(full) = &end.naming.full {
            let names = vec![full.clone()];
            let added =
                site.route.perform(&ChangeAlternativeNames { index, direction: Direction::Add, names });
            match added {
                Err(error) if error.errno() == Some(Errno::EXIST) => return Err(taken(site, &end.naming)),
                other => other.map_err(|source| site.failed(source))?,
            }
        }
        self.reached(NetworkStep::NameInFull);
        for prefix in &end.addresses {
            let flags = if prefix.address.is_ipv4() { AddressFlags::default() } else { AddressFlags::NO_DAD };
            let address = NewAddress { flags, ..NewAddress::new(index, *prefix) };
            site.perform(&address)?;
        }
        self.reached(NetworkStep::Address);
        let change = ChangeLink::new(index);
        let change = end.master.map_or(change.clone(), |master| change.master(master));
        site.perform(&change.up())?;
        self.reached(NetworkStep::Up);
        for way in &end.ways {
            go(site, index, *way)?;
        }
        self.reached(NetworkStep::Route);
        Ok(())
    }
}

/// Makes the route of a way.
fn go(site: &mut OpenSite, index: u32, way: Way) -> Result<(), NetworkError> {
    let route = match way {
        Way::Peer(address) => {
            let length = if address.is_ipv4() { 32 } else { 128 };
            Route::to(Prefix { address, length })
        }
        Way::Default(gateway) => {
            let family = Family::of(gateway);
            let filter =
                RouteFilter { family: Some(family), table: Some(Route::MAIN), ..RouteFilter::default() };
            let there = match Route::list_where(&mut site.route, &filter) {
                // The table is not there yet.
                Err(error) if error.errno() == Some(Errno::NOENT) => Vec::new(),
                other => other.map_err(|source| site.failed(source))?,
            };
            if there.iter().any(Route::is_default) {
                return Ok(());
            }
            Route::default_of(family).via(gateway)
        }
    };
    site.perform(&NewRoute::add(route.dev(index)))
}

/// Renames an interface: if somebody has the name, to another one, where the user did not ask for this.
fn name_it(site: &mut OpenSite, index: u32, naming: &Naming) -> Result<(), NetworkError> {
    let rename =
        |site: &mut OpenSite, name: &IfName| site.route.perform(&ChangeLink::new(index).name(name.clone()));
    for name in naming.candidates() {
        match rename(site, &name) {
            Err(error) if error.errno() == Some(Errno::EXIST) => {}
            other => return other.map_err(|source| site.failed(source)),
        }
    }
    Err(taken(site, naming))
}

fn taken(site: &OpenSite, naming: &Naming) -> NetworkError {
    NetworkError::NameTaken { site: site.site.clone(), name: naming.shown().to_owned() }
}

fn gone(site: &OpenSite, name: &IfName) -> NetworkError {
    NetworkError::NoInterface { site: site.site.clone(), name: name.to_string() }
}
