//! Ports of bridges.

use insula_net::kind::{BridgePort, BridgePortState};
use insula_net::{Link, Present};

use super::super::super::page::Page;
use super::super::super::words::number;
use super::super::super::{Session, Stop, Words};
use super::{hundredths, keyword, on_off};

const STATES: [&str; 5] = ["disabled", "listening", "learning", "forwarding", "blocking"];

/// In iproute2's order: an abbreviation means the first that begins so.
const KEYS: &[&str] = &[
    "fdb_flush",
    "state",
    "priority",
    "cost",
    "hairpin",
    "guard",
    "root_block",
    "fastleave",
    "learning",
    "flood",
    "mcast_to_unicast",
    "proxy_arp",
    "proxy_arp_wifi",
    "mcast_router",
    "mcast_fast_leave",
    "mcast_flood",
    "bcast_flood",
    "neigh_suppress",
    "group_fwd_mask",
    "vlan_tunnel",
    "isolated",
    "locked",
    "mab",
    "backup_port",
    "nobackup_port",
];

pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<BridgePort, Stop> {
    let mut port = BridgePort::default();
    while let Some(word) = words.take() {
        match keyword(word, KEYS) {
            "" => return Err(super::unknown("bridge_slave", "option", word, KEYS)),
            "fdb_flush" => port.flush = Some(Present),
            "nobackup_port" => port.backup_port = Some(0),
            "backup_port" => port.backup_port = Some(session.master(words.value()?)?),
            "priority" => port.priority = Some(words.number("priority is invalid")?),
            "cost" => port.cost = Some(words.number("cost is invalid")?),
            "state" => {
                let word = words.value()?;
                let named = STATES.iter().position(|state| state.eq_ignore_ascii_case(word));
                let state = named.and_then(|state| u8::try_from(state).ok()).or_else(|| number(word));
                port.state = Some(state.ok_or_else(|| Stop::wrong(word, "state is invalid"))?);
            }
            "mcast_router" => port.multicast_router = Some(words.number("mcast_router is invalid")?),
            "group_fwd_mask" => port.group_forward_mask = Some(words.number("group_fwd_mask is invalid")?),
            key => {
                let on = words.on_off(key)?;
                *switch(&mut port, key) = Some(on);
            }
        }
    }
    Ok(port)
}

fn switch<'p>(port: &'p mut BridgePort, key: &str) -> &'p mut Option<bool> {
    match key {
        "hairpin" => &mut port.hairpin,
        "guard" => &mut port.guard,
        "root_block" => &mut port.root_block,
        "fastleave" | "mcast_fast_leave" => &mut port.fast_leave,
        "learning" => &mut port.learning,
        "flood" => &mut port.flood,
        "mcast_to_unicast" => &mut port.multicast_to_unicast,
        "proxy_arp" => &mut port.proxy_arp,
        "proxy_arp_wifi" => &mut port.proxy_arp_wifi,
        "mcast_flood" => &mut port.multicast_flood,
        "bcast_flood" => &mut port.broadcast_flood,
        "neigh_suppress" => &mut port.neighbour_suppress,
        "vlan_tunnel" => &mut port.vlan_tunnel,
        "isolated" => &mut port.isolated,
        "locked" => &mut port.locked,
        _ => &mut port.mac_authentication_bypass,
    }
}

pub(super) fn show(session: &mut Session, page: &mut Page, link: &Link) {
    let Some(port) = link.port::<BridgePort>() else { return };
    let state: BridgePortState = link.port().unwrap_or_default();
    match port.state.map(|number| (number, STATES.get(usize::from(number)))) {
        Some((_, Some(name))) => page.field("state", *name, format_args!("state {name} ")),
        Some((number, None)) => page.field("state_index", number, format_args!("state ({number}) ")),
        None => {}
    }
    super::number(page, "priority", port.priority);
    super::number(page, "cost", port.cost);
    on_off(page, "hairpin", "hairpin", port.hairpin);
    on_off(page, "guard", "guard", port.guard);
    on_off(page, "root_block", "root_block", port.root_block);
    on_off(page, "fastleave", "fastleave", port.fast_leave);
    on_off(page, "learning", "learning", port.learning);
    on_off(page, "flood", "flood", port.flood);
    spanning_tree(page, &state);
    on_off(page, "proxy_arp", "proxy_arp", port.proxy_arp);
    on_off(page, "proxy_arp_wifi", "proxy_arp_wifi", port.proxy_arp_wifi);
    super::named(page, "multicast_router", "mcast_router", port.multicast_router);
    if let Some(on) = port.fast_leave {
        // In JSON it was said before, by another name.
        page.text(format_args!("mcast_fast_leave {} ", if on { "on" } else { "off" }));
    }
    on_off(page, "mcast_flood", "mcast_flood", port.multicast_flood);
    on_off(page, "bcast_flood", "bcast_flood", port.broadcast_flood);
    on_off(page, "mcast_to_unicast", "mcast_to_unicast", port.multicast_to_unicast);
    on_off(page, "neigh_suppress", "neigh_suppress", port.neighbour_suppress);
    if let Some(mask) = port.group_forward_mask {
        forwarded(page, mask);
    }
    on_off(page, "vlan_tunnel", "vlan_tunnel", port.vlan_tunnel);
    on_off(page, "isolated", "isolated", port.isolated);
    on_off(page, "locked", "locked", port.locked);
    if let Some(backup) = port.backup_port {
        let name = session.name(backup);
        page.field("backup_port", &name, format_args!("backup_port {name} "));
    }
}

/// The mask, and the names of the groups that it has.
fn forwarded(page: &mut Page, mask: u16) {
    let number = super::bridge::mask(mask);
    page.field("group_fwd_mask", &number, format_args!("group_fwd_mask {number} "));
    let bits = (0..16).map(|bit| 1_u16 << bit).filter(|bit| mask & bit != 0);
    let mut names: Vec<String> = bits
        .map(|bit| match bit {
            0x1 => "stp".to_owned(),
            0x4 => "lacp".to_owned(),
            0x4000 => "lldp".to_owned(),
            other => format!("{other:#x}"),
        })
        .collect();
    if names.is_empty() {
        names.push("0x0".to_owned());
    }
    let names = names.join(",");
    page.field("group_fwd_mask_str", &names, format_args!("group_fwd_mask_str {names} "));
}

fn spanning_tree(page: &mut Page, state: &BridgePortState) {
    for (key, word, number) in [("id", "port_id", state.id), ("no", "port_no", state.number)] {
        if let Some(number) = number {
            let number = format!("{number:#x}");
            page.field(key, &number, format_args!("{word} {number} "));
        }
    }
    super::number(page, "designated_port", state.designated_port);
    super::number(page, "designated_cost", state.designated_cost);
    for (key, word, id) in
        [("bridge_id", "designated_bridge", state.bridge), ("root_id", "designated_root", state.root)]
    {
        if let Some(id) = id {
            let id = id.to_string();
            page.field(key, &id, format_args!("{word} {id} "));
        }
    }
    for (key, ticks) in [
        ("hold_timer", state.hold_timer),
        ("message_age_timer", state.message_age_timer),
        ("forward_delay_timer", state.forward_delay_timer),
    ] {
        if let Some(ticks) = ticks {
            hundredths(page, key, ticks);
        }
    }
    super::number(page, "topology_change_ack", state.topology_change_ack);
    super::number(page, "config_pending", state.config_pending);
}
