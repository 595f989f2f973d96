//! `ip link show`.

use insula_net::{Link, OperState};

use super::super::catalog::Catalog;
use super::super::color::Color;
use super::super::page::Page;
use super::super::{Session, Stop, Words};
use super::filter::Filter;
use super::flags::{self, Below};
use super::place::Names;
use super::{brief, hardware, kind, statistics};

/// What a link is shown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Purpose {
    /// Itself: `ip link`.
    Link,
    /// What its addresses are of.
    Addresses,
    /// What its addresses of one family are of: its first line.
    OneFamily,
    /// What its IPv6 addresses are of, as IPv6 itself knows it.
    Ipv6,
    /// What happened to it: `ip monitor`.
    Event,
    /// What happened to it as the port of a bridge, which tells little of it.
    BridgePort,
    /// Its link-layer address, as `ip -0 address` shows it.
    LinkAddress,
}

/// Shows the links that the words ask for.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(session, words)?;
    let links = match &filter.device {
        Some(name) => vec![session.link(name)?.ok_or_else(|| Stop::missing_device(name))?],
        None => all(session)?,
    };
    let links: Vec<Link> = links.into_iter().filter(|link| filter.accepts(link)).collect();
    let show = if session.options.brief { brief::show } else { show };
    list(session, &links, show)
}

/// All links, and where namespaces have names in what is shown, those too.
pub(in super::super) fn all(session: &mut Session) -> Result<Vec<Link>, Stop> {
    if session.options.json || session.options.brief {
        return session.links();
    }
    Names::beside(session, Session::links)
}

/// Shows `links`, each with `show`.
fn list(session: &mut Session, links: &[Link], show: fn(&mut Session, &mut Page, &Link)) -> Result<(), Stop> {
    session.show(|session, page| {
        for link in links {
            page.object(|page| show(session, page, link));
        }
        Ok(())
    })
}

/// What a link's [`Link::link`] is called here: the text behind its name, and whether that is down.
pub(super) fn below(session: &mut Session, link: &Link) -> (Option<String>, Below) {
    match link.link {
        None => (link.on_nothing.then(|| "NONE".to_owned()), Below::Up),
        Some(index) if link.link_netnsid.is_some() => (Some(format!("if{index}")), Below::Up),
        Some(index) => {
            let down = session.seen(index).is_some_and(|seen| seen.flags & flags::UP == 0);
            (Some(session.name(index)), if down { Below::Down } else { Below::Up })
        }
    }
}

/// Shows all of one link.
pub(super) fn show(session: &mut Session, page: &mut Page, link: &Link) {
    part(session, page, link, Purpose::Link);
}

/// Shows what `purpose` needs.
pub(super) fn part(session: &mut Session, page: &mut Page, link: &Link, purpose: Purpose) {
    head(session, page, link, purpose);
    let details = session.options.details;
    if !matches!(purpose, Purpose::OneFamily | Purpose::Ipv6) || details {
        address(session, page, link);
    }
    namespaces(session, page, link);
    if let Some((true, _)) = link.protocol_down {
        page.field("proto_down", true, " protodown on ");
    }
    if details && !matches!(purpose, Purpose::Ipv6 | Purpose::BridgePort) {
        numbers(session, page, link, purpose);
    }
    if let Some(alias) = link.alias.as_ref().filter(|_| purpose == Purpose::Link || details) {
        page.line();
        page.field("ifalias", alias, format_args!("    alias {alias}"));
    }
    if session.options.stats > 0 && purpose == Purpose::Link {
        page.line();
        statistics::show(page, &session.options, link);
    }
    if !link.alternative_names.is_empty() {
        page.array("altnames", |page| {
            for name in &link.alternative_names {
                page.line();
                page.element(name, format_args!("    altname {name}"));
            }
        });
    }
    page.end();
}

/// The first line.
fn head(session: &mut Session, page: &mut Page, link: &Link, purpose: Purpose) {
    page.field("ifindex", link.index, format_args!("{}: ", link.index));
    let (other, below) = below(session, link);
    name(page, link, other.as_deref());
    let at = other.map_or(String::new(), |other| format!("@{other}"));
    page.colored_text(Color::Interface, format_args!("{}{at}: ", link.name));
    flags::show(page, link.flags, below);
    page.field("mtu", link.mtu, format_args!("mtu {} ", link.mtu));
    if let Some(qdisc) = &link.qdisc {
        page.field("qdisc", qdisc, format_args!("qdisc {qdisc} "));
    }
    if let Some(master) = link.master {
        let master = session.name(master);
        page.field("master", &master, format_args!("master {master} "));
    }
    page.text("state ");
    let state = link.state.to_string();
    page.colored(state_color(link.state), "operstate", &state, format_args!("{state} "));
    match link.link_mode {
        _ if purpose != Purpose::Link => {}
        0 => page.field("linkmode", "DEFAULT", "mode DEFAULT "),
        1 => page.field("linkmode", "DORMANT", "mode DORMANT "),
        mode => page.field("linkmode_index", mode, format_args!("mode {mode} ")),
    }
    if !matches!(purpose, Purpose::Ipv6 | Purpose::BridgePort) {
        let group = session.named(Catalog::Groups, link.group);
        page.field("group", &group, format_args!("group {group} "));
    }
    if link.queue_length != 0 && !matches!(purpose, Purpose::Event | Purpose::BridgePort) {
        page.field("txqlen", link.queue_length, format_args!("qlen {}", link.queue_length));
    }
    if let Some(event) = link.event.and_then(|event| EVENTS.get(event as usize)) {
        page.field("event", *event, format_args!("event {event} "));
    }
}

/// `IFLA_EVENT_*`, by their numbers.
const EVENTS: [&str; 7] =
    ["NONE", "REBOOT", "FEATURE CHANGE", "BONDING FAILOVER", "NOTIFY PEERS", "RESEND IGMP", "BONDING OPTION"];

/// The names of the link and of what it is on, in JSON.
pub(super) fn name(page: &mut Page, link: &Link, other: Option<&str>) {
    match link.link {
        Some(index) if link.link_netnsid.is_some() => page.json("link_index", index),
        Some(_) => page.json("link", other.unwrap_or_default()),
        None if link.on_nothing => page.json("link", super::super::json::Value::Null),
        None => {}
    }
    page.json("ifname", &link.name);
}

/// The colour of a state.
pub(super) fn state_color(state: OperState) -> Color {
    match state {
        OperState::Up => Color::Up,
        OperState::Down => Color::Down,
        _ => Color::None,
    }
}

/// The second line: the type of hardware and its addresses.
fn address(session: &Session, page: &mut Page, link: &Link) {
    page.line();
    let numbered = format!("[{}]", link.hardware);
    let named = hardware::name(link.hardware).filter(|_| !session.options.numeric);
    let kind = named.unwrap_or(&numbered);
    page.field("link_type", kind, format_args!("    link/{kind} "));
    if let Some(address) = &link.address {
        let shown = hardware::Shown(address, link.hardware).to_string();
        page.colored(Color::LinkAddress, "address", &shown, &shown);
    }
    if let Some(broadcast) = &link.broadcast {
        const POINT_TO_POINT: u32 = 1 << 4;
        if link.flags & POINT_TO_POINT != 0 {
            page.field("link_pointtopoint", true, " peer ");
        } else {
            page.text(" brd ");
        }
        let shown = hardware::Shown(broadcast, link.hardware).to_string();
        page.colored(Color::LinkAddress, "broadcast", &shown, &shown);
    }
    if let Some(permanent) =
        link.permanent_address.as_ref().filter(|address| link.address.as_ref() != Some(address))
    {
        page.text(" permaddr ");
        let shown = hardware::Shown(permanent, link.hardware).to_string();
        page.colored(Color::LinkAddress, "permaddr", &shown, &shown);
    }
}

/// In which network namespace the other end is.
fn namespaces(session: &mut Session, page: &mut Page, link: &Link) {
    if let Some(id) = link.link_netnsid {
        namespace(session, page, ["link_netnsid", "link-netns"], id);
    }
    // Where it goes to is told once.
    if let Some(id) = link.new_netnsid {
        namespace(session, page, ["new_netnsid", "new-netns"], id);
    }
    if let Some(index) = link.new_index {
        page.field("new_ifindex", index, format_args!(" new-ifindex {index}"));
    }
}

/// `words` are the key of the number, and what stands before the name.
fn namespace(session: &mut Session, page: &mut Page, [key, word]: [&str; 2], id: i32) {
    let number = u32::try_from(id).ok();
    // JSON has no name.
    match number.filter(|_| !page.is_json()).and_then(|id| Names::find(session, id)) {
        Some(name) => page.text(format_args!(" {word} {name}")),
        None if number.is_none() => page.field(key, id, format_args!(" {word}id unknown")),
        None => page.field(key, id, format_args!(" {word}id {id}")),
    }
}

/// What `-d` adds.
fn numbers(session: &mut Session, page: &mut Page, link: &Link, purpose: Purpose) {
    page.field("promiscuity", link.promiscuity, format_args!(" promiscuity {} ", link.promiscuity));
    if let Some(count) = link.all_multicast {
        page.field("allmulti", count, format_args!(" allmulti {count} "));
    }
    if let Some((least, most)) = link.mtu_range {
        page.field("min_mtu", least, format_args!("minmtu {least} "));
        page.field("max_mtu", most, format_args!("maxmtu {most} "));
    }
    kind::show(session, page, link);
    match link.address_generation {
        _ if purpose != Purpose::Link => {}
        Some(0) => page.field("inet6_addr_gen_mode", "eui64", "addrgenmode eui64 "),
        Some(1) => page.field("inet6_addr_gen_mode", "none", "addrgenmode none "),
        Some(2) => page.field("inet6_addr_gen_mode", "stable_secret", "addrgenmode stable_secret "),
        Some(3) => page.field("inet6_addr_gen_mode", "random", "addrgenmode random "),
        Some(mode) => {
            let mode = format!("{mode:#04x}");
            page.field("inet6_addr_gen_mode", &mode, format_args!("addrgenmode {mode} "));
        }
        None => {}
    }
    let (transmit, receive) = link.queues.unzip();
    let rows = [
        ("num_tx_queues", "numtxqueues", transmit),
        ("num_rx_queues", "numrxqueues", receive),
        ("gso_max_size", "gso_max_size", link.offload.gso_max_size),
        ("gso_max_segs", "gso_max_segs", link.offload.gso_max_segs),
        ("tso_max_size", "tso_max_size", link.offload.tso_max_size),
        ("tso_max_segs", "tso_max_segs", link.offload.tso_max_segs),
        ("gro_max_size", "gro_max_size", link.offload.gro_max_size),
    ];
    for (key, word, number) in rows {
        if let Some(number) = number {
            page.field(key, number, format_args!("{word} {number} "));
        }
    }
    if let Some((bus, device)) = &link.parent {
        page.field("parentbus", bus, format_args!("parentbus {bus} "));
        page.field("parentdev", device, format_args!("parentdev {device} "));
    }
}
