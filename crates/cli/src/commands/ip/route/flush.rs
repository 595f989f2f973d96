//! `ip route flush`.

use std::fs::OpenOptions;
use std::io::Write as _;

use insula_net::{DeleteRoute, Family, Request, Route, RouteKind};
use insula_sys::errno::sentence_of;
use rustix::io::Errno;

use super::super::{Session, Stop, Words};
use super::filter::Filter;
use super::show;
use crate::output;

/// See `ip-sysctl.rst` of the kernel: any number has it flushed.
const CACHE: &str = "/proc/sys/net/ipv4/route/flush";

/// Deletes the routes that the words describe, until there are none.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.is_empty() {
        return Err(Stop::failed("\"ip route flush\" requires arguments."));
    }
    let filter = Filter::parse(session, words)?;
    if filter.cloned && filter.family.of_ip() != Some(Family::V6) {
        flush_cache();
        if session.options.stats > 0 {
            session.page.text("*** IPv4 routing cache is flushed.\n");
        }
        return session.page.flush();
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

/// Forgets what is learned of IPv4's paths: since Linux 3.6 there is no cache of routes. As with iproute2, the command ends well also
/// where that is refused.
fn flush_cache() {
    let opened = OpenOptions::new().write(true).open(CACHE);
    let said = match opened.map(|mut file| file.write_all(b"-1")) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => format!("Cannot flush routing cache: {}\n", sentence_of(&error)),
        Err(error) => format!("Cannot open \"{CACHE}\": {}\n", sentence_of(&error)),
    };
    output::complain(&said);
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
