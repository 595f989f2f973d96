//! `ip address show`.

use std::collections::HashMap;

use insula_net::{Address, Link};

use super::super::catalog::Catalog;
use super::super::color::Color;
use super::super::inet::{Host, family_name};
use super::super::link::{self, Purpose};
use super::super::options::Family;
use super::super::page::Page;
use super::super::{Session, Stop, Words};
use super::filter::Filter;
use super::flags;

/// Shows the addresses that the words ask for, link by link.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(session, words)?;
    let mut links = link::all(session)?;
    if let Some(index) = filter.index {
        links.retain(|link| link.index == index);
    }
    if purpose(&filter) == Purpose::Ipv6 {
        links.iter_mut().for_each(as_ipv6_knows);
    }
    // The kernel leaves these out itself, the others are left empty below.
    links.retain(|link| filter.link.accepts_kind(link));
    let with_addresses = filter.family != Family::Link;
    let addresses = if with_addresses { list(session, &filter)? } else { Vec::new() };
    let mut of: HashMap<u32, Vec<&Address>> = HashMap::new();
    for address in &addresses {
        of.entry(address.index).or_default().push(address);
    }
    let of = |link: &Link| of.get(&link.index).map_or(&[][..], Vec::as_slice);
    if with_addresses {
        let any_family = filter.family == Family::Unspecified;
        links.retain(|link| {
            let own = of(link);
            (own.is_empty() && any_family) || own.iter().any(|address| filter.accepts(address, &link.name))
        });
    }
    session.show(|session, page| {
        for link in &links {
            page.object(|page| of_link(session, page, link, of(link), &filter));
        }
        Ok(())
    })
}

/// The addresses of the family that is asked for.
pub(super) fn list(session: &mut Session, filter: &Filter) -> Result<Vec<Address>, Stop> {
    let family = filter.family.of_ip();
    Ok(Address::list_where(session.route()?, family, None)?)
}

/// A list of links that is asked for from IPv6 has little in it.
fn purpose(filter: &Filter) -> Purpose {
    match filter.family {
        Family::Unspecified => Purpose::Addresses,
        Family::Link => Purpose::LinkAddress,
        Family::Inet6 if filter.index.is_none() => Purpose::Ipv6,
        _ => Purpose::OneFamily,
    }
}

/// Shows a link, if it is to be, and its addresses.
fn of_link(session: &mut Session, page: &mut Page, link: &Link, addresses: &[&Address], filter: &Filter) {
    let brief = session.options.brief;
    let headless = session.options.oneline && filter.family != Family::Link && !brief;
    // In JSON an empty object stays of what is not shown.
    if !headless && !filter.link.accepts(link) {
        return;
    }
    let unlabelled = filter.label.is_some();
    if !headless && !unlabelled {
        link::describe(session, page, link, purpose(filter));
    }
    if filter.family == Family::Link {
        if !brief && session.options.stats > 0 {
            link::statistics(page, &session.options, link);
            page.end();
        }
        return;
    }
    if link.is_up() || !filter.link.is_for_up() {
        page.array("addr_info", |page| {
            for address in addresses.iter().filter(|address| filter.accepts(address, &link.name)) {
                page.object(|page| address_of(session, page, address));
            }
        });
    }
    if brief {
        page.end();
    } else if !headless && !unlabelled && session.options.stats > 0 {
        link::statistics(page, &session.options, link);
        page.end();
    }
}

/// Takes away what IPv6 does not tell of a link.
fn as_ipv6_knows(link: &mut Link) {
    (link.qdisc, link.master, link.link_netnsid, link.broadcast) = (None, None, None, None);
    link.alternative_names.clear();
}

/// Shows one address as the monitor has it: with its link in front.
pub(in super::super) fn event(session: &mut Session, page: &mut Page, address: &Address) {
    if session.options.brief {
        return local(page, address);
    }
    on_link(session, page, address);
    whole(session, page, address);
}

/// The number and the name of its link.
fn on_link(session: &mut Session, page: &mut Page, address: &Address) {
    let name = session.name(address.index);
    page.json("index", address.index);
    page.json("dev", &name);
    page.text(format_args!("{}: {name}", address.index));
}

fn address_of(session: &mut Session, page: &mut Page, address: &Address) {
    if session.options.brief {
        local(page, address);
        return;
    }
    if session.options.oneline {
        on_link(session, page, address);
    }
    whole(session, page, address);
}

/// The address, and that of the other end, with its length.
fn local(page: &mut Page, address: &Address) {
    let color = color(address);
    let host = Host(address.prefix.address).to_string();
    page.colored(color, "local", &host, &host);
    if let Some(peer) = address.peer {
        let peer = Host(peer).to_string();
        page.text(" peer ");
        page.colored(color, "address", &peer, &peer);
    }
    page.field("prefixlen", address.prefix.length, format_args!("/{} ", address.prefix.length));
    if let Some(priority) = address.priority {
        page.field("metric", priority, format_args!("metric {priority} "));
    }
}

fn color(address: &Address) -> Color {
    if address.prefix.address.is_ipv4() { Color::Inet } else { Color::Inet6 }
}

fn whole(session: &mut Session, page: &mut Page, address: &Address) {
    let family = family_name(insula_net::Family::of(address.prefix.address));
    page.field("family", family, format_args!("    {family} "));
    local(page, address);
    for (word, key, other) in [("brd", "broadcast", address.broadcast), ("any", "anycast", address.anycast)] {
        if let Some(other) = other {
            let host = Host(other).to_string();
            page.text(format_args!("{word} "));
            page.colored(color(address), key, &host, format_args!("{host} "));
        }
    }
    let scope = session.named(Catalog::Scopes, address.scope.0.into());
    page.field("scope", &scope, format_args!("scope {scope} "));
    flags::show(page, address);
    if let Some(label) = &address.label {
        page.field("label", label, label);
    }
    if let Some(age) = address.age {
        page.line();
        page.field("valid_life_time", age.valid.0, format_args!("       valid_lft {}", age.valid));
        // What is past is negative.
        let deprecated = address.flags.contains(insula_net::AddressFlags::DEPRECATED);
        let preferred = age.preferred.0;
        if deprecated && age.preferred != insula_net::Lifetime::FOREVER {
            let seconds = preferred.cast_signed();
            page.field("preferred_life_time", seconds, format_args!(" preferred_lft {seconds}sec"));
        } else {
            page.field("preferred_life_time", preferred, format_args!(" preferred_lft {}", age.preferred));
        }
    }
    page.end();
}
