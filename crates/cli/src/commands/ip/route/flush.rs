//! `ip route flush`.

use insula_net::{DeleteRoute, Request, Route, RouteKind};
use rustix::io::Errno;

use super::super::{Session, Stop, Words};
use super::filter::Filter;
use super::show;

/// Deletes the routes that the words describe, until there are none.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.is_empty() {
        return Err(Stop::failed("\"ip route flush\" requires arguments."));
    }
    let filter = Filter::parse(session, words)?;
    if filter.cloned {
        // Since Linux 3.6 there is no cache of IPv4 routes; what is learned of paths ends with this.
        let path = "/proc/sys/net/ipv4/route/flush";
        return std::fs::write(path, "-1\n")
            .map_err(|error| Stop::failed(format!("Cannot flush routing cache: {error}")));
    }
    let loops = session.options.loops;
    let (mut round, mut left) = (0, 0);
    while loops == 0 || round < loops {
        let mut all = show::list(session, &filter).map_err(|stop| stop.then("Flush terminated"))?;
        all.retain(|route| !is_last_resort(route));
        if all.is_empty() {
            return session.flushed(round);
        }
        round += 1;
        left = all.len();
        if session.options.stats > 1 {
            for route in &all {
                session.with_page(|session, page| {
                    page.object(|page| show::route(session, page, route, &filter));
                });
            }
        }
        remove(session, &all)?;
        if session.options.stats > 0 {
            session.page.text(format_args!("\n*** Round {round}, deleting {left} entries ***\n"));
        }
    }
    Err(Stop::failed(format!("*** Flush not completed after {loops} rounds, {left} entries remain ***")))
}

/// IPv6's own route for what there is no route for, in old kernels.
fn is_last_resort(route: &Route) -> bool {
    route.destination.address.is_ipv6()
        && route.is_default()
        && route.kind == RouteKind::UNREACHABLE
        && route.priority == Some(u32::MAX)
}

/// Deletes `all`. With a route another one may go by itself.
fn remove(session: &mut Session, all: &[Route]) -> Result<(), Stop> {
    let requests: Vec<_> = all.iter().cloned().map(DeleteRoute::exactly).collect();
    let requests: Vec<&dyn Request> = requests.iter().map(|request| request as &dyn Request).collect();
    match session.route()?.perform_all(&requests) {
        Err(failed) if failed.source.errno() != Some(Errno::SRCH) => Err(failed.source.into()),
        _ => Ok(()),
    }
}
