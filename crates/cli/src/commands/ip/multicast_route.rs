//! `ip mroute`: how a multicast router sends packets on.

use insula_net::{Family, MulticastRoute, NextHop, Route};

use super::catalog::Catalog;
use super::color::Color;
use super::general::seconds;
use super::inet::Host;
use super::json::Value;
use super::page::Page;
use super::verbs::Verbs;
use super::words::matches;
use super::{Session, Stop, Words};

/// What is between `ip mroute` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "mroute",
    without: list,
    table: &[(&["list", "lst", "show"], list)],
    absent: (&[], ""),
    usage,
};

fn usage() -> Stop {
    Stop::usage("Usage: ip mroute [show [iif DEV] [table {TABLE|all}]]")
}

fn list(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let family = session.options.family.of_ip().unwrap_or(Family::V4);
    // Each protocol has its own usual table.
    let mut table = if family == Family::V4 { Route::DEFAULT } else { Route::MAIN };
    let mut incoming = None;
    while let Some(word) = words.take() {
        match word {
            _ if matches(word, "table") => {
                let name = words.value()?;
                let number = if name == "all" { Some(0) } else { session.number(Catalog::Tables, name) };
                table = number.ok_or_else(|| Stop::wrong(name, "table id value is invalid\n"))?;
            }
            "iif" => incoming = Some(session.index(words.value()?)?),
            _ => {
                let word = if matches(word, "from") || matches(word, "to") { words.value()? } else { word };
                if matches(word, "help") {
                    return Err(usage());
                }
                // The original knows no prefix of the families that these routes have.
                return Err(Stop::failed(format!("Error: ??? prefix is expected rather than \"{word}\".")));
            }
        }
    }
    let mut all = MulticastRoute::list(session.route()?, family, table)
        .map_err(|error| Stop::from(error).then("Dump terminated").exit(1))?;
    all.retain(|route| incoming.is_none_or(|index| route.incoming == Some(index)));
    session.show(|session, page| {
        for route in &all {
            page.object(|page| show(session, page, route, table == 0));
        }
        Ok(())
    })
}

fn show(session: &mut Session, page: &mut Page, route: &MulticastRoute, with_table: bool) {
    let (source, group) = (Host(route.source).to_string(), Host(route.group).to_string());
    page.json("src", &source);
    page.json("dst", &group);
    page.text(format_args!("{:<32} Iif: ", format!("({source},{group})")));
    match route.incoming {
        Some(index) => {
            let name = session.name(index);
            page.colored(Color::Interface, "iif", &name, format_args!("{name:<10} "));
        }
        None => page.field("iif", "unresolved", "unresolved "),
    }
    if !route.outgoing.is_empty() {
        page.text("Oifs: ");
    }
    page.array("multipath", |page| {
        for hop in &route.outgoing {
            page.object(|page| way(session, page, hop));
        }
    });
    let state = if route.unresolved { "unresolved" } else { "resolved" };
    page.field("state", state, format_args!(" State: {state}"));
    if session.options.stats > 0 {
        counters(page, route);
    }
    if with_table {
        let table = session.named(Catalog::Tables, route.table);
        page.field("table", &table, format_args!(" Table: {table}"));
    }
    page.end();
}

/// The weight is one more than the TTL.
fn way(session: &mut Session, page: &mut Page, hop: &NextHop) {
    let name = session.name(hop.index);
    page.colored(Color::Interface, "oif", &name, &name);
    match hop.weight.saturating_sub(1) {
        0 | 1 => page.text(' '),
        ttl => page.field("ttl", ttl, format_args!("(ttl {ttl}) ")),
    }
}

fn counters(page: &mut Page, route: &MulticastRoute) {
    if let Some([packets, bytes, strays]) = route.counters {
        page.line();
        page.field("packets", packets, format_args!("  {packets} packets,"));
        page.field("bytes", bytes, format_args!(" {bytes} bytes"));
        if strays != 0 {
            page.field("wrong_if", strays, format_args!(", {strays} arrived on wrong iif."));
        }
    }
    if let Some(age) = route.age {
        let text = format!(", Age {}.{:02}", age / 100, age % 100);
        page.field("expires", Value::Raw(&seconds(age)), text);
    }
}
