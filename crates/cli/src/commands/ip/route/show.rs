//! `ip route list`, and how one route is shown.

use insula_net::{
    Family, NextHop, NextHopObject, Prefix, Route, RouteCache, RouteKind, RouteProtocol, Scope,
};
use rustix::io::Errno;

use super::super::catalog::Catalog;
use super::super::color::Color;
use super::super::inet::{Host, family_name};
use super::super::page::Page;
use super::super::{Session, Stop, Words, nexthop};
use super::filter::{CLONED, Filter};
use super::metrics;

/// Shows the routes that the words ask for.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(session, words)?;
    let routes = list(session, &filter).map_err(|stop| stop.then("Dump terminated"))?;
    session.show(|session, page| {
        for one in &routes {
            page.object(|page| route(session, page, one, &filter));
        }
        Ok(())
    })
}

/// The routes that `filter` wants.
pub(super) fn list(session: &mut Session, filter: &Filter) -> Result<Vec<Route>, Stop> {
    let listed = Route::list_where(session.route()?, &filter.of_kernel());
    let routes = unless_missing(listed, filter)?;
    Ok(routes.into_iter().filter(|route| filter.accepts(route)).collect())
}

/// The main table is made with its first route; no other one is asked for without being named.
pub(super) fn unless_missing<T: Default>(
    listed: Result<T, insula_net::Error>,
    filter: &Filter,
) -> Result<T, Stop> {
    match listed {
        Err(error) if error.errno() == Some(Errno::NOENT) && filter.table == Some(Route::MAIN) => {
            Ok(T::default())
        }
        listed => Ok(listed?),
    }
}

/// `RTNH_F_*` and `RTM_F_NOTIFY`, in the order in which they are shown.
const FLAGS: &[(u32, &str)] = &[
    (1, "dead"),
    (4, "onlink"),
    (2, "pervasive"),
    (8, "offload"),
    (64, "trap"),
    (0x100, "notify"),
    (16, "linkdown"),
    (32, "unresolved"),
    (0x4000, "rt_offload"),
    (0x8000, "rt_trap"),
    (0x2000_0000, "rt_offload_failed"),
];

/// `RTCF_*` in `linux/in_route.h`: what the answer about a single destination is.
const CACHE_FLAGS: &[(u32, &str)] = &[
    (0x8000_0000, "local"),
    (0x2000_0000, "mc"),
    (0x1000_0000, "brd"),
    (0x0800_0000, "dst-nat"),
    (0x0080_0000, "src-nat"),
    (0x0040_0000, "masq"),
    (0x0002_0000, "dst-direct"),
    (0x0400_0000, "src-direct"),
    (0x0004_0000, "redirected"),
    (0x0100_0000, "redirect"),
    (0x0020_0000, "fastroute"),
    (0x0001_0000, "notify"),
    (0x0008_0000, "proxy"),
];

/// Shows one route, without what `filter` says already.
pub(in super::super) fn route(session: &mut Session, page: &mut Page, route: &Route, filter: &Filter) {
    let details = session.options.details;
    let cloned = route.flags & CLONED != 0;
    if route.kind != RouteKind::UNICAST || details {
        let kind = if session.options.numeric { route.kind.0.to_string() } else { route.kind.to_string() };
        page.field("type", &kind, format_args!("{kind} "));
    }
    destination(page, route);
    if let Some(source) = route.source {
        let text = prefix(source);
        page.text("from ");
        page.colored(color(source.address), "from", &text, format_args!("{text} "));
    }
    if let Some(wrapped) = &route.encapsulation {
        encapsulation(page, wrapped.kind);
    }
    if route.tos != 0 && filter.tos.is_none() {
        let tos = service(session, route.tos);
        page.field("tos", &tos, format_args!("tos {tos} "));
    }
    if let Some(id) = route.next_hop_id {
        page.field("nhid", id, format_args!("nhid {id} "));
    }
    if filter.via.is_none()
        || route.gateway.is_some_and(|gateway| gateway.is_ipv6() != route.destination.address.is_ipv6())
    {
        gateway(page, route.family(), route.gateway);
    }
    if let Some(index) = route.index.filter(|_| filter.outgoing.is_none()) {
        let name = session.name(index);
        page.text("dev ");
        page.colored(Color::Interface, "dev", &name, format_args!("{name} "));
    }
    if route.table != 0 && (route.table != Route::MAIN || details) && filter.table.is_none() {
        let table = session.named(Catalog::Tables, route.table);
        page.field("table", &table, format_args!("table {table} "));
    }
    if !cloned && (route.protocol != RouteProtocol::BOOT || details) && filter.protocol.is_none() {
        let protocol = session.named(Catalog::Protocols, route.protocol.0.into());
        page.field("protocol", &protocol, format_args!("proto {protocol} "));
    }
    if !cloned && (route.scope != Scope::GLOBAL || details) && filter.scope.is_none() {
        let scope = session.named(Catalog::Scopes, route.scope.0.into());
        page.field("scope", &scope, format_args!("scope {scope} "));
    }
    if let Some(source) = route.preferred_source.filter(|_| filter.source.is_none()) {
        let host = Host(source).to_string();
        page.text("src ");
        page.colored(color(source), "prefsrc", &host, format_args!("{host} "));
    }
    if let Some(priority) = route.priority.filter(|_| filter.metric.is_none()) {
        page.field("metric", priority, format_args!("metric {priority} "));
    }
    flags(page, route.flags);
    if let Some(mark) = route.mark.filter(|mark| *mark != 0) {
        if mark >= 16 {
            let text = format!("{mark:#x}");
            page.field("mark", &text, format_args!("mark {text} "));
        } else {
            page.field("mark", mark, format_args!("mark {mark} "));
        }
    }
    if let Some(realm) = route.realm.filter(|_| filter.realm.is_none_or(|(_, mask)| mask != u32::MAX)) {
        realms(session, page, realm);
    }
    if let Some(uid) = route.uid {
        page.field("uid", uid, format_args!("uid {uid} "));
    }
    if cloned && route.destination.address.is_ipv4() {
        cache_flags(page, route.flags);
    }
    if let Some(cache) = route.cache.filter(|_| cloned || route.destination.address.is_ipv6()) {
        age(session, page, &cache);
    }
    metrics::show(page, &route.metrics);
    if let Some(index) = route.incoming.filter(|_| filter.incoming.is_none()) {
        let name = session.name(index);
        page.text("iif ");
        page.colored(Color::Interface, "iif", &name, format_args!("{name} "));
    }
    if let Some(preference) = route.preference {
        match preference {
            0 => page.field("pref", "medium", "pref medium"),
            1 => page.field("pref", "high", "pref high"),
            3 => page.field("pref", "low", "pref low"),
            other => page.field("pref", other, format_args!("pref {other}")),
        }
    }
    if let Some(id) = route.next_hop_id.filter(|_| details) {
        object(session, page, id);
    }
    if !route.next_hops.is_empty() {
        page.array("nexthops", |page| {
            for hop in &route.next_hops {
                page.object(|page| next_hop(session, page, route, hop));
            }
        });
    }
    page.end();
}

fn destination(page: &mut Page, route: &Route) {
    if route.is_default() {
        page.field("dst", "default", "default ");
    } else {
        let text = prefix(route.destination);
        page.colored(color(route.destination.address), "dst", &text, format_args!("{text} "));
    }
}

/// Without the length where it is that of one address.
pub(in super::super) fn prefix(prefix: Prefix) -> String {
    let host = Host(prefix.address);
    if prefix.length == insula_net::Family::of(prefix.address).bits() {
        host.to_string()
    } else {
        format!("{host}/{}", prefix.length)
    }
}

pub(in super::super) fn color(address: std::net::IpAddr) -> Color {
    if address.is_ipv4() { Color::Inet } else { Color::Inet6 }
}

/// A type of service; its number is hexadecimal.
pub(in super::super) fn service(session: &mut Session, tos: u8) -> String {
    let name = session.named(Catalog::Services, tos.into());
    if name == tos.to_string() { format!("{tos:#04x}") } else { name }
}

/// `LWTUNNEL_ENCAP_*`.
pub(in super::super) fn encapsulation(page: &mut Page, kind: u16) {
    let name = match kind {
        1 => "mpls",
        2 => "ip",
        3 => "ila",
        4 => "ip6",
        5 => "seg6",
        6 => "bpf",
        7 => "seg6local",
        8 => "rpl",
        9 => "ioam6",
        _ => "unknown",
    };
    page.field("encap", name, format_args!("encap {name} "));
}

fn gateway(page: &mut Page, family: insula_net::Family, gateway: Option<std::net::IpAddr>) {
    let Some(gateway) = gateway else { return };
    let host = Host(gateway).to_string();
    let own = insula_net::Family::of(gateway);
    page.text("via ");
    if own == family {
        page.colored(color(gateway), "gateway", &host, format_args!("{host} "));
        return;
    }
    page.nested("via", |page| {
        let name = family_name(Family::of(gateway));
        page.field("family", name, format_args!("{name} "));
        page.colored(color(gateway), "host", &host, format_args!("{host} "));
    });
}

/// Shows flags of a way.
pub(in super::super) fn flags(page: &mut Page, flags: u32) {
    page.array("flags", |page| {
        for (flag, name) in FLAGS {
            if flags & flag != 0 {
                page.element(*name, format_args!("{name} "));
            }
        }
    });
}

/// Shows a realm, or two.
pub(in super::super) fn realms(session: &mut Session, page: &mut Page, realm: u32) {
    let (from, to) = (realm >> 16, realm & 0xffff);
    page.nested("flow", |page| {
        page.text(if from == 0 { "realm " } else { "realms " });
        if from != 0 {
            let from = session.named(Catalog::Realms, from);
            page.field("from", &from, format_args!("{from}/"));
        }
        let to = session.named(Catalog::Realms, to);
        page.field("to", &to, format_args!("{to} "));
    });
}

fn cache_flags(page: &mut Page, flags: u32) {
    page.line();
    page.text("    cache ");
    let mut left = flags & !0xffff;
    let mut first = true;
    page.array("cache", |page| {
        for (flag, name) in CACHE_FLAGS {
            if left & flag != 0 {
                left &= !flag;
                let begin = if first { "<" } else { "" };
                page.element(*name, format_args!("{begin}{name}{}", if left == 0 { "> " } else { "," }));
                first = false;
            }
        }
        if left != 0 {
            let hexadecimal = format!("{left:x}");
            page.element(&hexadecimal, format_args!("{}{hexadecimal}> ", if first { "<" } else { "" }));
        }
    });
}

/// Ticks in a second: `USER_HZ`.
const TICKS: u32 = 100;

fn age(session: &Session, page: &mut Page, cache: &RouteCache) {
    if cache.expires != 0 {
        let seconds = cache.expires / TICKS.cast_signed();
        page.field("expires", seconds, format_args!("expires {seconds}sec "));
    }
    if cache.error != 0 {
        page.field("error", cache.error, format_args!("error {} ", cache.error));
    }
    if session.options.stats == 0 {
        return;
    }
    if cache.references != 0 {
        page.field("users", cache.references, format_args!("users {} ", cache.references));
    }
    if cache.used != 0 {
        page.field("used", cache.used, format_args!("used {} ", cache.used));
    }
    if cache.last_use != 0 {
        let seconds = cache.last_use / TICKS;
        page.field("age", seconds, format_args!("age {seconds}sec "));
    }
}

/// Shows the next hop object that the route names.
fn object(session: &mut Session, page: &mut Page, id: u32) {
    let found = session.route().ok().and_then(|route| NextHopObject::get(route, id).ok());
    let Some(found) = found else { return };
    page.text("\n\tnh_info ");
    page.nested("nh_info", |page| nexthop::inner(session, page, &found));
}

fn next_hop(session: &mut Session, page: &mut Page, route: &Route, hop: &NextHop) {
    page.line();
    page.text("\tnexthop ");
    if let Some(wrapped) = &hop.encapsulation {
        encapsulation(page, wrapped.kind);
    }
    gateway(page, route.family(), hop.gateway);
    if let Some(realm) = hop.realm {
        realms(session, page, realm);
    }
    if route.flags & CLONED != 0 && route.kind == RouteKind::MULTICAST {
        let name = session.name(hop.index);
        page.field("dev", &name, format_args!("{name} "));
        if hop.weight != 1 {
            page.field("ttl", hop.weight - 1, format_args!("(ttl>{})", hop.weight - 1));
        }
    } else {
        let name = session.name(hop.index);
        page.field("dev", &name, format_args!("dev {name} "));
        page.field("weight", hop.weight, format_args!("weight {} ", hop.weight));
    }
    flags(page, hop.flags.into());
}
