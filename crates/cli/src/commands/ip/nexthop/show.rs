//! `ip nexthop list` and `get`, and how one next hop is shown.

use insula_net::{NextHopObject, Resilience, RouteProtocol, Scope};

use super::super::catalog::Catalog;
use super::super::color::Color;
use super::super::general::seconds;
use super::super::inet::Host;
use super::super::json::Value;
use super::super::page::Page;
use super::super::{Session, Stop, Words, route};
use super::filter::Filter;

/// Shows the next hops that the words ask for.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(session, words)?;
    show(session, filter)
}

/// Shows one next hop.
pub(super) fn get(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut asked = None;
    while let Some(word) = words.take() {
        match word {
            "id" => asked = Some(super::number(words)?),
            _ => return Err(super::usage()),
        }
    }
    let id = asked.ok_or_else(super::usage)?;
    show(session, Filter::Id(id))
}

fn show(session: &mut Session, filter: Filter) -> Result<(), Stop> {
    let all = filter.list(session)?;
    session.show(|session, page| {
        for one in &all {
            page.object(|page| object(session, page, one));
        }
        Ok(())
    })
}

/// Shows one next hop on a line of its own.
pub(in super::super) fn object(session: &mut Session, page: &mut Page, object: &NextHopObject) {
    inner(session, page, object);
    page.end();
}

/// Shows one next hop.
pub(in super::super) fn inner(session: &mut Session, page: &mut Page, object: &NextHopObject) {
    let details = session.options.details;
    page.field("id", object.id, format_args!("id {} ", object.id));
    if !object.group.is_empty() {
        group(page, object);
    }
    if let Some(resilience) = &object.resilience {
        resilient(page, resilience);
    }
    if let Some(wrapped) = &object.encapsulation {
        route::encapsulation(page, wrapped.kind);
    }
    if let Some(gateway) = object.gateway {
        let host = Host(gateway).to_string();
        page.text("via ");
        page.colored(route::color(gateway), "gateway", &host, format_args!("{host} "));
    }
    if let Some(index) = object.index {
        let name = session.name(index);
        page.text("dev ");
        page.colored(Color::Interface, "dev", &name, format_args!("{name} "));
    }
    if object.scope != Scope::GLOBAL || details {
        let scope = session.named(Catalog::Scopes, object.scope.0.into());
        page.field("scope", &scope, format_args!("scope {scope} "));
    }
    if object.blackhole {
        page.field("blackhole", Value::Null, "blackhole ");
    }
    if object.protocol != RouteProtocol::UNSPECIFIED || details {
        let protocol = session.named(Catalog::Protocols, object.protocol.0.into());
        page.field("protocol", &protocol, format_args!("proto {protocol} "));
    }
    route::flags(page, object.flags);
    if object.forwarding {
        page.field("fdb", Value::Null, "fdb");
    }
}

fn group(page: &mut Page, object: &NextHopObject) {
    page.text("group ");
    page.array("group", |page| {
        for (member, place) in object.group.iter().zip(0..) {
            if place > 0 {
                page.text('/');
            }
            page.object(|page| {
                page.field("id", member.id, member.id);
                if member.weight > 1 {
                    page.field("weight", member.weight, format_args!(",{}", member.weight));
                }
            });
        }
    });
    page.text(' ');
}

fn resilient(page: &mut Page, resilience: &Resilience) {
    page.field("type", "resilient", "type resilient ");
    page.nested("resilient_args", |page| {
        if let Some(buckets) = resilience.buckets {
            page.field("buckets", buckets, format_args!("buckets {buckets} "));
        }
        let times = [
            ("idle_timer", resilience.idle.map(u64::from)),
            ("unbalanced_timer", resilience.unbalanced.map(u64::from)),
            ("unbalanced_time", resilience.unbalanced_for),
        ];
        for (key, ticks) in times {
            if let Some(ticks) = ticks {
                time(page, key, ticks);
            }
        }
    });
}

/// A time in seconds.
pub(super) fn time(page: &mut Page, key: &str, ticks: u64) {
    let seconds = seconds(ticks);
    page.field(key, Value::Raw(&seconds), format_args!("{key} {seconds} "));
}
