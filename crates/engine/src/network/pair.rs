//! Pairs of interfaces between two network namespaces, as the kernel has them.

use std::os::fd::AsFd as _;

use insula_net::{Link, NetnsId};

use super::NetworkError;
use super::open_site::OpenSite;

/// Each pair of which one end is in `a` and the other in `b`, in that order; the pairs by their numbers in `b`.
///
/// The number that an end has for the other one means something in the other's namespace alone, and whoever is root in a set chooses
/// the numbers there, and the alias. So the namespaces have to name each other too (`IFLA_LINK_NETNSID`): that only the kernel says.
pub(super) fn between(a: &mut OpenSite, b: &mut OpenSite) -> Result<Vec<(Link, Link)>, NetworkError> {
    // A namespace has no number in another one before a link is told of whose other end is there.
    let (in_a, in_b) = (a.links()?, b.links()?);
    let (Some(b_in_a), Some(a_in_b)) = (number(a, b)?, number(b, a)?) else { return Ok(Vec::new()) };
    let leads = |from: &Link, to: &Link, number: u32| {
        from.link == Some(to.index) && from.link_netnsid == Some(number.cast_signed())
    };
    let find =
        |there: &Link| in_a.iter().find(|here| leads(here, there, b_in_a) && leads(there, here, a_in_b));
    Ok(in_b.iter().filter_map(|there| Some((find(there)?.clone(), there.clone()))).collect())
}

/// What `site` calls the network namespace of `other`.
fn number(site: &mut OpenSite, other: &OpenSite) -> Result<Option<u32>, NetworkError> {
    NetnsId::of(&mut site.route, other.net.as_fd()).map_err(|source| site.failed(source))
}
