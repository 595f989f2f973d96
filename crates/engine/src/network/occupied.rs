//! What addresses are in use.

use insula_net::{Prefix, Route};

use super::NetworkError;
use super::open_site::OpenSite;

/// The networks that a namespace has an address in, or a route to, in any table.
pub(super) fn occupied(site: &mut OpenSite) -> Result<Vec<Prefix>, NetworkError> {
    let addresses = site.addresses()?;
    let routes = Route::list(&mut site.route).map_err(|source| site.failed(source))?;
    let reached = routes.iter().filter(|route| !route.is_default()).map(|route| route.destination);
    Ok(addresses.iter().map(|address| address.prefix.network()).chain(reached).collect())
}
