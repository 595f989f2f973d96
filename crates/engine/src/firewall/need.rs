//! What has to be so in the kernel that packets find their way, beside the rules.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use insula_net::{
    DeleteRoute, IfName, Link, Netlink, NewRoute, Prefix, Protocol, Route, RouteFilter, RouteKind, Setting,
};
use rustix::io::Errno;

use super::FirewallError;

/// Something that is changed if it is not so, and given back when nothing needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A setting that is 1.
    Setting(Setting),
    /// A route to `::1` by an interface, in the table of local addresses.
    ///
    /// The kernel asks for one by the interface that a packet came in by, where IPv4 has `route_localnet`. What says `::1` on the wire is
    /// dropped before any route is asked for.
    LoopbackRoute(IfName),
}

/// How a route is described in a record, in front of its interface.
const ROUTE: &str = "local ::1 dev ";
/// The metric of such a route is this and the number of its interface; the kernel's own has 0.
const METRIC: u32 = 4096;
const ABSENT: &str = "absent";
const PRESENT: &str = "present";

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(setting) => fmt::Display::fmt(setting, f),
            Self::LoopbackRoute(interface) => write!(f, "{ROUTE}{interface}"),
        }
    }
}

impl Need {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(ROUTE) {
            Some(interface) => Some(Self::LoopbackRoute(IfName::new(interface).ok()?)),
            None => Some(Self::Setting(text.parse().ok()?)),
        }
    }

    /// What it is now; `None` if it is as it has to be.
    pub(super) fn lacking(&self) -> Result<Option<String>, FirewallError> {
        let (now, wanted) = match self {
            Self::Setting(setting) => (setting.read(&[])?, "1"),
            Self::LoopbackRoute(interface) => {
                let is_there = find(interface)?.is_some_and(|(_, there)| there);
                (if is_there { PRESENT } else { ABSENT }.to_owned(), PRESENT)
            }
        };
        Ok((now != wanted).then_some(now))
    }

    /// Makes it so.
    pub(super) fn meet(&self) -> Result<(), FirewallError> {
        match self {
            Self::Setting(setting) => Ok(setting.write(&[], "1")?),
            Self::LoopbackRoute(interface) => {
                let mut route = open()?;
                let index = Link::find(&mut route, interface.as_str()).map_err(kernel)?.index;
                match route.perform(&NewRoute::add(loopback(index))) {
                    Err(error) if error.errno() == Some(Errno::EXIST) => Ok(()),
                    made => made.map_err(kernel),
                }
            }
        }
    }

    /// Makes it what it was. What went with its interface is as good.
    pub(super) fn give_back(&self, before: &str) -> Result<(), FirewallError> {
        match self {
            Self::Setting(setting) => match setting.write(&[], before) {
                Err(insula_net::SysctlError::Write { source: Errno::NOENT, .. }) => Ok(()),
                other => Ok(other?),
            },
            Self::LoopbackRoute(interface) => match find(interface)? {
                Some((index, true)) => match open()?.perform(&DeleteRoute::exactly(loopback(index))) {
                    Err(error) if error.errno() == Some(Errno::SRCH) => Ok(()),
                    gone => gone.map_err(kernel),
                },
                _ => Ok(()),
            },
        }
    }
}

/// The number of an interface, and whether the route is there; `None` if the interface is not.
fn find(interface: &IfName) -> Result<Option<(u32, bool)>, FirewallError> {
    let mut route = open()?;
    let index = match Link::find(&mut route, interface.as_str()) {
        Ok(link) => link.index,
        Err(error) if error.errno() == Some(Errno::NODEV) => return Ok(None),
        Err(source) => return Err(kernel(source)),
    };
    let wanted = loopback(index);
    let filter = RouteFilter {
        family: Some(insula_net::Family::V6),
        table: Some(Route::LOCAL),
        ..RouteFilter::default()
    };
    let all = Route::list_where(&mut route, &filter).map_err(kernel)?;
    let is_it = |one: &Route| one.destination == wanted.destination && one.index == wanted.index;
    Ok(Some((index, all.iter().any(is_it))))
}

fn loopback(index: u32) -> Route {
    let destination = Prefix { address: IpAddr::V6(Ipv6Addr::LOCALHOST), length: 128 };
    let route = Route::to(destination).kind(RouteKind::LOCAL).table(Route::LOCAL).dev(index);
    // Two routes to one destination cannot have the same metric, whatever their interfaces.
    Route { priority: Some(METRIC.saturating_add(index)), ..route }
}

fn open() -> Result<Netlink, FirewallError> {
    Netlink::open(Protocol::Route).map_err(kernel)
}

const fn kernel(source: insula_net::Error) -> FirewallError {
    FirewallError::Kernel { source }
}
