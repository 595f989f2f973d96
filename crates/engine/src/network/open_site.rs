//! A network namespace that is worked in.

use std::os::fd::AsFd as _;

use insula_net::{Address, Link, Netlink, Protocol, Request};
use insula_ns::{Kind, Namespace};
use rustix::io::Errno;

use super::{Mark, NetworkError, Site};
use crate::set::Sets;

/// A network namespace with a socket in it.
#[derive(Debug)]
pub(super) struct OpenSite {
    pub(super) site: Site,
    pub(super) net: Namespace,
    pub(super) route: Netlink,
}

impl OpenSite {
    /// Opens one by its name.
    pub(super) fn open(sets: &Sets, site: &Site) -> Result<Self, NetworkError> {
        match site {
            Site::Set(name) => Self::of(site.clone(), sets.find(name)?.open(Kind::Net)?),
            Site::Host | Site::Nameless => Self::of(Site::Host, Namespace::of_self(Kind::Net)?),
        }
    }

    /// Opens the namespace `net`.
    pub(super) fn of(site: Site, net: Namespace) -> Result<Self, NetworkError> {
        let opened = match site {
            Site::Host => Netlink::open(Protocol::Route),
            _ => open_in(Protocol::Route, &net),
        };
        match opened {
            Ok(route) => Ok(Self { site, net, route }),
            Err(source) => Err(NetworkError::Enter { site, source }),
        }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.net.id() == other.net.id()
    }

    pub(super) fn failed(&self, source: insula_net::Error) -> NetworkError {
        NetworkError::Kernel { site: self.site.clone(), source }
    }

    pub(super) fn links(&mut self) -> Result<Vec<Link>, NetworkError> {
        Link::list(&mut self.route).map_err(|source| self.failed(source))
    }

    /// The interface of that name; `None` if there is none.
    pub(super) fn find(&mut self, name: &str) -> Result<Option<Link>, NetworkError> {
        match Link::find(&mut self.route, name) {
            Ok(link) => Ok(Some(link)),
            Err(error) if error.errno() == Some(Errno::NODEV) => Ok(None),
            Err(source) => Err(self.failed(source)),
        }
    }

    pub(super) fn addresses(&mut self) -> Result<Vec<Address>, NetworkError> {
        Address::list(&mut self.route).map_err(|source| self.failed(source))
    }

    pub(super) fn perform(&mut self, request: &dyn Request) -> Result<(), NetworkError> {
        self.route.perform(request).map_err(|source| self.failed(source))
    }

    /// All of them, in one system call; the error is the first.
    pub(super) fn perform_all(&mut self, requests: &[&dyn Request]) -> Result<(), NetworkError> {
        self.route.perform_all(requests).map_err(|failed| self.failed(failed.source))
    }
}

/// The mark of an interface, if it is ours.
///
/// An alias alone proves nothing: hardware comes back from a set with the one that root in there gave it. What is no interface of the
/// type that we would have made was not made by us.
pub(super) fn mark(link: &Link) -> Option<Mark> {
    Mark::parse(link.alias.as_deref()?).filter(|mark| link.kind.as_deref() == Some(mark.purpose.link_kind()))
}

/// A socket for families with names, such as WireGuard's, in the same network namespace.
pub(super) fn generic_in(site: &OpenSite) -> Result<Netlink, NetworkError> {
    open_in(Protocol::Generic, &site.net)
        .map_err(|source| NetworkError::Enter { site: site.site.clone(), source })
}

/// A socket in `net`. Who has no power over it from where they are has it in the user namespace that owns it.
fn open_in(protocol: Protocol, net: &Namespace) -> Result<Netlink, insula_net::Error> {
    match Netlink::open_in(protocol, &[net.as_fd()]) {
        Err(error) if error.errno() == Some(Errno::PERM) => match net.owner() {
            Ok(Some(user)) => Netlink::open_in(protocol, &[user.as_fd(), net.as_fd()]),
            _ => Err(error),
        },
        other => other,
    }
}
