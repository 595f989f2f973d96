//! Making, changing and deleting routes.

use std::fmt;

use super::{Route, RouteKind, RouteProtocol};
use crate::address::Prefix;
use crate::netlink::{Encoded, Request};
use crate::scope::Scope;
use crate::verb::Verb;

/// A route to make.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewRoute {
    /// What it is to be.
    pub route: Route,
    /// What happens when it is there already.
    pub verb: Verb,
}

impl NewRoute {
    /// `route`, which is not there yet.
    pub const fn add(route: Route) -> Self {
        Self { route, verb: Verb::Add }
    }

    /// `route`, instead of another one to there.
    pub const fn replace(route: Route) -> Self {
        Self { route, verb: Verb::Replace }
    }
}

impl fmt::Display for NewRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} route `{}`", self.verb, self.route)
    }
}

impl Request for NewRoute {
    fn encode(&self) -> Encoded {
        Encoded(self.route.message(libc::RTM_NEWROUTE, self.verb.flags()))
    }
}

/// A route to delete: the first one that `route` describes.
#[derive(Clone, Debug)]
#[must_use]
pub struct DeleteRoute {
    /// What it is like.
    pub route: Route,
}

impl DeleteRoute {
    /// Exactly this one.
    pub const fn exactly(route: Route) -> Self {
        Self { route }
    }

    /// Any to `destination` in the main table, whatever its way, kind, scope and maker.
    pub fn to(destination: Prefix) -> Self {
        let route = Route {
            kind: RouteKind::UNSPECIFIED,
            protocol: RouteProtocol::UNSPECIFIED,
            scope: Scope::NOWHERE,
            ..Route::to(destination)
        };
        Self { route }
    }
}

impl fmt::Display for DeleteRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete route `{}`", self.route)
    }
}

impl Request for DeleteRoute {
    fn encode(&self) -> Encoded {
        // What the kernel answers about a route is not part of what it is.
        let answered = libc::RTM_F_CLONED | libc::RTM_F_NOTIFY;
        let route = Route { flags: self.route.flags & !answered, ..self.route.clone() };
        Encoded(route.message(libc::RTM_DELROUTE, 0))
    }
}
