//! `ip rule list`, and how one rule is shown.

use insula_net::{Prefix, Range, RouteKind, RouteProtocol, Rule, RuleAction, RuleFlags};

use super::super::catalog::Catalog;
use super::super::color::Color;
use super::super::inet::Host;
use super::super::json::Value;
use super::super::page::Page;
use super::super::route::{color, service};
use super::super::{Session, Stop, Words, protocols};
use super::filter::Filter;

/// Shows the rules that the words ask for.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(session, words)?;
    let rules = super::list(session)?;
    session.show(|session, page| {
        for one in rules.iter().filter(|rule| filter.accepts(rule)) {
            page.object(|page| rule(session, page, one));
        }
        Ok(())
    })
}

/// Shows one rule.
pub(in super::super) fn rule(session: &mut Session, page: &mut Page, rule: &Rule) {
    let priority = rule.priority.unwrap_or(0);
    page.field("priority", priority, format_args!("{priority}:\t"));
    if rule.flags.contains(RuleFlags::INVERT) {
        page.field("not", Value::Null, "not ");
    }
    match rule.source {
        Some(source) => address(page, "from ", ["src", "srclen"], source),
        None => page.field("src", "all", "from all"),
    }
    if let Some(destination) = rule.destination {
        address(page, " to ", ["dst", "dstlen"], destination);
    }
    if rule.tos != 0 {
        let tos = service(session, rule.tos);
        page.field("tos", &tos, format_args!(" tos {tos}"));
    }
    mark(page, rule);
    let detached = [
        ("iif", "iif_detached", &rule.incoming, RuleFlags::INCOMING_DETACHED),
        ("oif", "oif_detached", &rule.outgoing, RuleFlags::OUTGOING_DETACHED),
    ];
    for (key, without, name, flag) in detached {
        let Some(name) = name else { continue };
        page.text(format_args!(" {key} "));
        page.colored(Color::Interface, key, name, name);
        if rule.flags.contains(flag) {
            page.field(without, Value::Null, " [detached]");
        }
    }
    if let Some(Range { first, last }) = rule.users {
        page.json("uid_start", first);
        page.json("uid_end", last);
        page.text(format_args!(" uidrange {first}-{last}"));
    }
    if let Some(number) = rule.ip_protocol {
        let name =
            if session.options.numeric { format!("ipproto-{number}") } else { protocols::name(number) };
        page.field("ipproto", &name, format_args!(" ipproto {name}"));
    }
    ports(page, "sport", ["sport_start", "sport_end"], rule.source_ports);
    ports(page, "dport", ["dport_start", "dport_end"], rule.destination_ports);
    if let Some(tunnel) = rule.tunnel {
        page.field("tun_id", tunnel, format_args!(" tun_id {tunnel}"));
    }
    table(session, page, rule);
    if let Some(realm) = rule.realm {
        realms(session, page, realm);
    }
    action(session, page, rule);
    let protocol = rule.protocol;
    let usual = matches!(protocol, RouteProtocol::UNSPECIFIED | RouteProtocol::KERNEL);
    if !usual || session.options.details {
        let name = session.named(Catalog::Protocols, protocol.0.into());
        page.field("protocol", &name, format_args!(" proto {name}"));
    }
    page.end();
}

/// `keys` are that of the address and that of its length, which is not shown where it is that of one address.
fn address(page: &mut Page, before: &str, keys: [&str; 2], prefix: Prefix) {
    let host = Host(prefix.address).to_string();
    page.text(before);
    page.colored(color(prefix.address), keys[0], &host, &host);
    if prefix.length != insula_net::Family::of(prefix.address).bits() {
        page.field(keys[1], prefix.length, format_args!("/{}", prefix.length));
    }
}

fn mark(page: &mut Page, rule: &Rule) {
    if rule.mark.is_none() && rule.mask.is_none() {
        return;
    }
    let mark = format!("{:#x}", rule.mark.unwrap_or(0));
    page.field("fwmark", &mark, format_args!(" fwmark {mark}"));
    if let Some(bits) = rule.mask.filter(|bits| *bits != u32::MAX) {
        let bits = format!("{bits:#x}");
        page.field("fwmask", &bits, format_args!("/{bits}"));
    }
}

fn ports(page: &mut Page, key: &str, keys: [&str; 2], range: Option<Range<u16>>) {
    let Some(range) = range else { return };
    if range.first == range.last {
        page.field(key, range.first, format_args!(" {key} {range}"));
    } else {
        page.json(keys[0], range.first);
        page.json(keys[1], range.last);
        page.text(format_args!(" {key} {range}"));
    }
}

/// The table, and which of its routes do not count.
fn table(session: &mut Session, page: &mut Page, rule: &Rule) {
    if rule.l3mdev.is_some() {
        page.field("l3mdev", Value::Null, " lookup [l3mdev-table]");
        return;
    }
    if rule.table == 0 {
        return;
    }
    let table = session.named(Catalog::Tables, rule.table);
    page.field("table", &table, format_args!(" lookup {table}"));
    if let Some(length) = rule.suppress_length {
        page.field("suppress_prefixlen", length, format_args!(" suppress_prefixlength {length}"));
    }
    if let Some(group) = rule.suppress_group {
        let group = session.named(Catalog::Groups, group);
        page.field("suppress_ifgroup", &group, format_args!(" suppress_ifgroup {group}"));
    }
}

fn realms(session: &mut Session, page: &mut Page, realm: u32) {
    let (from, to) = (realm >> 16, realm & 0xffff);
    let to = session.named(Catalog::Realms, to);
    if from == 0 {
        page.field("flow_to", &to, format_args!(" realms {to}"));
    } else {
        let from = session.named(Catalog::Realms, from);
        page.field("flow_from", &from, format_args!(" realms {from}/"));
        page.field("flow_to", &to, &to);
    }
}

fn action(session: &Session, page: &mut Page, rule: &Rule) {
    match rule.action {
        RuleAction::Lookup => {}
        RuleAction::Nop => page.field("nop", Value::Null, " nop"),
        RuleAction::Goto(target) => {
            page.field("goto", target, format_args!(" goto {target}"));
            if rule.flags.contains(RuleFlags::UNRESOLVED) {
                page.field("unresolved", Value::Null, " [unresolved]");
            }
        }
        RuleAction::Other(number) if number == RouteKind::NAT.0 => {
            page.field("masquerade", Value::Null, " masquerade");
        }
        action => {
            let name = if session.options.numeric {
                action.code().to_string()
            } else {
                RouteKind(action.code()).to_string()
            };
            page.field("action", &name, format_args!(" {name}"));
        }
    }
}
