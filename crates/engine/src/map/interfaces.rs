//! The interfaces of network namespaces, as the kernel tells of them.

use std::collections::{HashMap, HashSet};
use std::os::fd::AsFd as _;

use insula_net::{Link, Netlink, NetnsId, Protocol};
use insula_ns::{Kind, Namespace, NamespaceError, Snapshot};

use super::{Address, Interface, InterfaceKind};

/// Why the interfaces of a network namespace are not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InterfacesError {
    /// It cannot be opened.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// It does not answer.
    #[error(transparent)]
    Netlink(#[from] insula_net::Error),
}

/// A network namespace that is asked.
struct Asked {
    namespace: Namespace,
    route: Netlink,
    links: Vec<Link>,
    addresses: Vec<insula_net::Address>,
}

/// The interfaces of the network namespaces at `places` in the snapshot, in that order.
pub(super) fn read(snapshot: &Snapshot, places: &[usize]) -> Vec<Result<Vec<Interface>, InterfacesError>> {
    let mut asked: Vec<Result<Asked, InterfacesError>> =
        places.iter().map(|&place| Asked::open(snapshot, place)).collect();
    let peers = peers(&mut asked);
    let interfaces = |(place, asked): (usize, Result<Asked, InterfacesError>)| {
        let asked = asked?;
        let of = |link: &Link| asked.interface(place, link, &peers);
        Ok(asked.links.iter().map(of).collect())
    };
    asked.into_iter().enumerate().map(interfaces).collect()
}

impl Asked {
    fn open(snapshot: &Snapshot, place: usize) -> Result<Self, InterfacesError> {
        let namespace = snapshot.open(place)?;
        let own = Namespace::of_self(Kind::Net)?;
        let mut route = if namespace.id() == own.id() {
            Netlink::open(Protocol::Route)?
        } else {
            Self::socket_in(&namespace)?
        };
        let mut links = Link::list(&mut route)?;
        links.sort_by_key(|link| link.index);
        let addresses = insula_net::Address::list(&mut route)?;
        Ok(Self { namespace, route, links, addresses })
    }

    /// A socket in another namespace; whoever may not enter that from where he is may perhaps by way of its owner.
    fn socket_in(namespace: &Namespace) -> Result<Netlink, InterfacesError> {
        let refused = match Netlink::open_in(Protocol::Route, &[namespace.as_fd()]) {
            Ok(route) => return Ok(route),
            Err(error) => error,
        };
        let own = Namespace::of_self(Kind::User)?.id();
        match namespace.owner()?.filter(|owner| owner.id() != own) {
            Some(owner) => Ok(Netlink::open_in(Protocol::Route, &[owner.as_fd(), namespace.as_fd()])?),
            None => Err(refused.into()),
        }
    }

    fn interface(&self, place: usize, link: &Link, peers: &HashMap<(usize, i32), usize>) -> Interface {
        let kind = match link.kind.as_deref() {
            Some("veth") => InterfaceKind::Veth,
            Some("bridge") => InterfaceKind::Bridge,
            Some(kind) => InterfaceKind::Other(kind.to_owned()),
            None if link.hardware == loopback() => InterfaceKind::Loopback,
            None => InterfaceKind::Device,
        };
        let there = match link.link_netnsid {
            None => Some(place),
            Some(number) => peers.get(&(place, number)).copied(),
        };
        let of_it = self.addresses.iter().filter(|address| address.index == link.index);
        Interface {
            index: link.index,
            name: link.name.clone(),
            alternative_names: link.alternative_names.clone(),
            kind,
            up: link.is_up() && link.has_carrier(),
            addresses: of_it
                .map(|address| Address { ip: address.prefix.address, prefix: address.prefix.length })
                .collect(),
            master: link.master,
            peer: link
                .link
                .filter(|_| link.link_netnsid.is_some() || has_lower(link))
                .map(|index| (there, index)),
        }
    }
}

/// `ARPHRD_LOOPBACK` in `linux/if_arp.h`.
const fn loopback() -> u16 {
    772
}

/// Whether its `IFLA_LINK` is another interface, not itself as of most.
fn has_lower(link: &Link) -> bool {
    link.link != Some(link.index)
}

/// An interface whose other end is in another namespace.
struct Away {
    index: u32,
    /// The number of the other end, and of the namespace that this is in.
    to: u32,
    number: i32,
    is_pair: bool,
}

impl Away {
    fn of(link: &Link) -> Option<Self> {
        let is_pair = link.kind.as_deref() == Some("veth");
        Some(Self { index: link.index, to: link.link?, number: link.link_netnsid?, is_pair })
    }
}

/// What each namespace's numbers of others stand for, by place.
///
/// The kernel tells the number of a namespace, not the namespace of a number; those that fit are asked for, each once.
fn peers(asked: &mut [Result<Asked, InterfacesError>]) -> HashMap<(usize, i32), usize> {
    let numbered = numbered(asked);
    let mut known = HashMap::new();
    let mut tried = HashSet::new();
    for place in 0..asked.len() {
        let Ok(here) = &asked[place] else { continue };
        for away in here.links.iter().filter_map(Away::of).collect::<Vec<_>>() {
            if known.contains_key(&(place, away.number)) {
                continue;
            }
            for (other, back) in numbered.get(&away.to).into_iter().flatten() {
                let fits = !away.is_pair || back.is_some_and(|(index, _)| index == away.index);
                if *other == place || !fits || !tried.insert((place, *other)) {
                    continue;
                }
                let Ok([Ok(here), Ok(there)]) = asked.get_disjoint_mut([place, *other]) else { continue };
                let number_of = NetnsId::of(&mut here.route, there.namespace.as_fd());
                let Some(is) = number_of.ok().flatten().and_then(|is| i32::try_from(is).ok()) else {
                    continue;
                };
                known.insert((place, is), *other);
                if is == away.number {
                    // The other end of a pair leads back.
                    if let (true, Some((_, Some(number)))) = (away.is_pair, *back) {
                        known.entry((*other, number)).or_insert(place);
                    }
                    break;
                }
            }
        }
    }
    known
}

/// Where there are interfaces of each number: the place, and the interface that it leads to with the number of its namespace.
type Numbered = HashMap<u32, Vec<(usize, Option<(u32, Option<i32>)>)>>;

fn numbered(asked: &[Result<Asked, InterfacesError>]) -> Numbered {
    let mut numbered = Numbered::new();
    for (place, asked) in asked.iter().enumerate() {
        for link in asked.iter().flat_map(|asked| &asked.links) {
            let leads = link.link.map(|index| (index, link.link_netnsid));
            numbered.entry(link.index).or_default().push((place, leads));
        }
    }
    numbered
}
