//! Bonds and their ports.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use insula_net::kind::{Aggregator, AggregatorState, Bond, BondPort, Targets};
use insula_net::{HardwareAddress, Link};

use super::super::super::inet;
use super::super::super::json::Value;
use super::super::super::options::Family;
use super::super::super::page::Page;
use super::super::super::words::number;
use super::super::super::{Session, Stop, Words};
use super::bridge::address;
use super::keyword;

const MODES: &[&str] =
    &["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"];
const VALIDATE: &[&str] = &["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"];
const ALL_TARGETS: &[&str] = &["any", "all"];
const RESELECT: &[&str] = &["always", "better", "failure"];
const FAIL_OVER: &[&str] = &["none", "active", "follow"];
const HASH: &[&str] = &["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"];
const ACTIVE: &[&str] = &["off", "on"];
const RATE: &[&str] = &["slow", "fast"];
const SELECT: &[&str] = &["stable", "bandwidth", "count"];

/// This one has no abbreviation.
const NEIGHBOURS: &str = "ns_ip6_target";

/// In iproute2's order: an abbreviation means the first that begins so.
const KEYS: &[&str] = &[
    "mode",
    "active_slave",
    "clear_active_slave",
    "miimon",
    "updelay",
    "downdelay",
    "peer_notify_delay",
    "use_carrier",
    "arp_interval",
    "arp_ip_target",
    "arp_validate",
    "arp_all_targets",
    "primary",
    "primary_reselect",
    "fail_over_mac",
    "xmit_hash_policy",
    "resend_igmp",
    "num_grat_arp",
    "num_unsol_na",
    "all_slaves_active",
    "min_links",
    "lp_interval",
    "packets_per_slave",
    "lacp_rate",
    "ad_select",
    "ad_user_port_key",
    "ad_actor_sys_prio",
    "ad_actor_system",
    "tlb_dynamic_lb",
    "arp_missed_max",
    "lacp_active",
];

pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Bond, Stop> {
    let mut bond = Bond::default();
    while let Some(word) = words.take() {
        if word == NEIGHBOURS {
            bond.neighbour_targets = Some(targets(words.value()?, neighbour)?);
            continue;
        }
        match keyword(word, KEYS) {
            "" => return Err(super::unknown("bond", "command", word, KEYS)),
            "clear_active_slave" => bond.active_port = Some(0),
            "active_slave" => bond.active_port = Some(session.master(words.value()?)?),
            "primary" => bond.primary = Some(session.master(words.value()?)?),
            key => set(&mut bond, key, words.value()?)?,
        }
    }
    Ok(bond)
}

fn set(bond: &mut Bond, key: &str, word: &str) -> Result<(), Stop> {
    let invalid = || Stop::wrong(word, &format!("invalid {key}"));
    let long = || number::<u32>(word).map(Some).ok_or_else(invalid);
    let short = || number::<u16>(word).map(Some).ok_or_else(invalid);
    let byte = || number::<u8>(word).map(Some).ok_or_else(invalid);
    let one_of = |names: &[&str]| {
        let named =
            names.iter().position(|name| *name == word).and_then(|position| u8::try_from(position).ok());
        named.or_else(|| number(word)).map(Some).ok_or_else(invalid)
    };
    match key {
        "mode" => bond.mode = one_of(MODES)?,
        "miimon" => bond.miimon = long()?,
        "updelay" => bond.up_delay = long()?,
        "downdelay" => bond.down_delay = long()?,
        "peer_notify_delay" => bond.peer_notification_delay = long()?,
        "use_carrier" => bond.use_carrier = byte()?.map(|value| value != 0),
        "arp_interval" => bond.arp_interval = long()?,
        "arp_ip_target" => bond.arp_targets = Some(targets(word, station)?),
        "arp_validate" => bond.arp_validate = one_of(VALIDATE)?.map(u32::from),
        "arp_all_targets" => bond.arp_all_targets = one_of(ALL_TARGETS)?.map(u32::from),
        "primary_reselect" => bond.primary_reselect = one_of(RESELECT)?,
        "fail_over_mac" => bond.fail_over_mac = one_of(FAIL_OVER)?,
        "xmit_hash_policy" => bond.transmit_hash_policy = one_of(HASH)?,
        "resend_igmp" => bond.resend_igmp = long()?,
        "num_grat_arp" | "num_unsol_na" => bond.peer_notifications = byte()?,
        "all_slaves_active" => bond.all_ports_active = byte()?,
        "min_links" => bond.minimum_links = long()?,
        "lp_interval" => bond.learning_interval = long()?,
        "packets_per_slave" => bond.packets_per_port = long()?,
        "lacp_rate" => bond.lacp_rate = one_of(RATE)?,
        "ad_select" => bond.aggregator_select = one_of(SELECT)?,
        "ad_user_port_key" => bond.user_port_key = short()?,
        "ad_actor_sys_prio" => bond.actor_priority = short()?,
        "ad_actor_system" => bond.actor_system = Some(address(word)?),
        "tlb_dynamic_lb" => bond.dynamic_balance = byte()?,
        "arp_missed_max" => bond.missed_max = byte()?,
        _ => bond.lacp_active = one_of(ACTIVE)?,
    }
    Ok(())
}

/// Addresses with commas between, each as `read` has it.
fn targets<A>(word: &str, read: impl Fn(&str) -> Result<A, Stop>) -> Result<Targets<A>, Stop> {
    let words = word.split(',').filter(|one| !one.is_empty());
    words.map(read).collect::<Result<_, _>>().map(Targets)
}

fn station(word: &str) -> Result<Ipv4Addr, Stop> {
    let refused = format!("Error: an IP address is expected rather than \"{word}\"");
    word.parse().map_err(|_| Stop::usage(refused).exit(1))
}

fn neighbour(word: &str) -> Result<Ipv6Addr, Stop> {
    match inet::address(word, Family::Inet6)? {
        IpAddr::V6(address) => Ok(address),
        IpAddr::V4(_) => unreachable!("an address of the family that was asked for"),
    }
}

/// What can be set of a port.
pub(super) fn parse_port(words: &mut Words<'_>) -> Result<BondPort, Stop> {
    const KEYS: &[&str] = &["queue_id", "prio"];
    let mut port = BondPort::default();
    while let Some(word) = words.take() {
        match keyword(word, KEYS) {
            "queue_id" => port.queue = Some(words.number("queue_id is invalid")?),
            "prio" => {
                let word = words.value()?;
                port.priority = Some(word.parse().map_err(|_| Stop::wrong(word, "prio is invalid"))?);
            }
            _ => return Err(super::unknown("bond_slave", "option", word, KEYS)),
        }
    }
    Ok(port)
}

/// One of `names`; JSON has nothing for `none` where the original has it so.
fn name(page: &mut Page, key: &str, word: &str, names: &[&str], value: Option<impl Into<u32>>) {
    let Some(value) = value else { return };
    let position = usize::try_from(value.into()).unwrap_or(usize::MAX);
    let text = names.get(position).copied().unwrap_or("unknown");
    page.field(key, text, format_args!("{word} {text} "));
}

pub(super) fn show(session: &mut Session, page: &mut Page, link: &Link) {
    let Some(bond) = link.data::<Bond>() else { return };
    name(page, "mode", "mode", MODES, bond.mode);
    port_name(session, page, "active_slave", bond.active_port);
    super::number(page, "miimon", bond.miimon);
    super::number(page, "updelay", bond.up_delay);
    super::number(page, "downdelay", bond.down_delay);
    super::number(page, "peer_notify_delay", bond.peer_notification_delay);
    super::number(page, "use_carrier", bond.use_carrier);
    super::number(page, "arp_interval", bond.arp_interval);
    super::number(page, "arp_missed_max", bond.missed_max);
    show_targets(page, "arp_ip_target", bond.arp_targets.as_ref());
    show_targets(page, NEIGHBOURS, bond.neighbour_targets.as_ref());
    match bond.arp_validate {
        Some(0) => page.field("arp_validate", Value::Null, "arp_validate none "),
        value => name(page, "arp_validate", "arp_validate", VALIDATE, value),
    }
    name(page, "arp_all_targets", "arp_all_targets", ALL_TARGETS, bond.arp_all_targets);
    port_name(session, page, "primary", bond.primary);
    name(page, "primary_reselect", "primary_reselect", RESELECT, bond.primary_reselect);
    name(page, "fail_over_mac", "fail_over_mac", FAIL_OVER, bond.fail_over_mac);
    name(page, "xmit_hash_policy", "xmit_hash_policy", HASH, bond.transmit_hash_policy);
    super::number(page, "resend_igmp", bond.resend_igmp);
    super::named(page, "num_peer_notif", "num_grat_arp", bond.peer_notifications);
    super::number(page, "all_slaves_active", bond.all_ports_active);
    super::number(page, "min_links", bond.minimum_links);
    super::number(page, "lp_interval", bond.learning_interval);
    super::number(page, "packets_per_slave", bond.packets_per_port);
    name(page, "ad_lacp_active", "lacp_active", ACTIVE, bond.lacp_active);
    name(page, "ad_lacp_rate", "lacp_rate", RATE, bond.lacp_rate);
    name(page, "ad_select", "ad_select", SELECT, bond.aggregator_select);
    if let Some(aggregator) = link.data::<AggregatorState>().and_then(|state| state.aggregator) {
        page.nested("ad_info", |page| show_aggregator(page, &aggregator));
    }
    super::number(page, "ad_actor_sys_prio", bond.actor_priority);
    super::number(page, "ad_user_port_key", bond.user_port_key);
    hardware(page, "ad_actor_system", "ad_actor_system", bond.actor_system);
    super::number(page, "tlb_dynamic_lb", bond.dynamic_balance);
}

fn show_targets<A: Display>(page: &mut Page, key: &str, targets: Option<&Targets<A>>) {
    let Some(Targets(targets)) = targets.filter(|targets| !targets.0.is_empty()) else { return };
    page.text(format_args!("{key} "));
    page.array(key, |page| {
        for (position, target) in targets.iter().enumerate() {
            let target = target.to_string();
            let comma = if position == 0 { "" } else { "," };
            page.element(&target, format_args!("{comma}{target}"));
        }
    });
    page.text(' ');
}

fn show_aggregator(page: &mut Page, aggregator: &Aggregator) {
    super::named(page, "aggregator", "ad_aggregator", aggregator.id);
    super::named(page, "num_ports", "ad_num_ports", aggregator.ports);
    super::named(page, "actor_key", "ad_actor_key", aggregator.actor_key);
    super::named(page, "partner_key", "ad_partner_key", aggregator.partner_key);
    hardware(page, "partner_mac", "ad_partner_mac", aggregator.partner);
}

fn port_name(session: &mut Session, page: &mut Page, key: &str, index: Option<u32>) {
    if let Some(index) = index.filter(|index| *index != 0) {
        let name = session.name(index);
        page.field(key, &name, format_args!("{key} {name} "));
    }
}

fn hardware(page: &mut Page, key: &str, word: &str, address: Option<[u8; 6]>) {
    if let Some(address) = address {
        let address = HardwareAddress::new(address).to_string();
        page.field(key, &address, format_args!("{word} {address} "));
    }
}

pub(super) fn show_port(page: &mut Page, link: &Link) {
    const STATES: &[&str] = &["ACTIVE", "BACKUP"];
    const MII: &[&str] = &["UP", "GOING_DOWN", "DOWN", "GOING_BACK"];
    let Some(port) = link.port::<BondPort>() else { return };
    name(page, "state", "state", STATES, port.state);
    name(page, "mii_status", "mii_status", MII, port.mii_status);
    super::number(page, "link_failure_count", port.failures);
    hardware(page, "perm_hwaddr", "perm_hwaddr", port.permanent_address);
    super::number(page, "queue_id", port.queue);
    if let Some(priority) = port.priority {
        page.field("prio", priority, format_args!("prio {priority} "));
    }
    super::number(page, "ad_aggregator_id", port.aggregator);
    lacp(page, "ad_actor_oper_port_state", port.actor_state.map(u16::from));
    lacp(page, "ad_partner_oper_port_state", port.partner_state);
}

/// A state of LACP, as a number and in words.
fn lacp(page: &mut Page, key: &str, state: Option<u16>) {
    const BITS: [&str; 8] = [
        "active",
        "short_timeout",
        "aggregating",
        "in_sync",
        "collecting",
        "distributing",
        "defaulted",
        "expired",
    ];
    let Some(state) = state else { return };
    super::number(page, key, Some(state));
    page.text(format_args!("{key}_str <"));
    page.array(&format!("{key}_str"), |page| {
        let mut comma = "";
        for (bit, name) in BITS.into_iter().enumerate() {
            if state & 1 << bit != 0 {
                page.element(name, format_args!("{comma}{name}"));
                comma = ",";
            }
        }
    });
    page.text("> ");
}
