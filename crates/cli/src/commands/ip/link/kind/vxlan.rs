//! VXLANs.

use std::net::IpAddr;

use insula_net::kind::{Inherit, Vxlan};
use insula_net::{Link, Present};

use super::super::super::page::Page;
use super::super::super::words::number;
use super::super::super::{Session, Stop, Words};
use super::keyword;
use super::udp::{self, DONT_FRAGMENT};

/// In iproute2's order: an abbreviation means the first that begins so. Most can stand behind `no`.
const KEYS: &[&str] = &[
    "id",
    "vni",
    "group",
    "remote",
    "local",
    "dev",
    "ttl",
    "hoplimit",
    "tos",
    "dsfield",
    "df",
    "label",
    "flowlabel",
    "ageing",
    "maxaddress",
    "port",
    "srcport",
    "dstport",
    "nolearning",
    "learning",
    "proxy",
    "noproxy",
    "rsc",
    "norsc",
    "l2miss",
    "nol2miss",
    "l3miss",
    "nol3miss",
    "udpcsum",
    "noudpcsum",
    "udp6zerocsumtx",
    "noudp6zerocsumtx",
    "udp6zerocsumrx",
    "noudp6zerocsumrx",
    "remcsumtx",
    "noremcsumtx",
    "remcsumrx",
    "noremcsumrx",
    "external",
    "noexternal",
    "gbp",
    "gpe",
    "vnifilter",
    "novnifilter",
];

/// What was said, as far as later words must not contradict it.
#[derive(Debug, Default)]
struct Ends {
    remote: Option<IpAddr>,
    group: Option<IpAddr>,
}

pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Vxlan, Stop> {
    let (mut vxlan, mut ends) = (Vxlan::default(), Ends::default());
    while let Some(word) = words.take() {
        let key = keyword(word, KEYS);
        if key.is_empty() {
            return Err(super::unknown("vxlan", "command", word, KEYS));
        }
        if !switch(&mut vxlan, key) {
            value(session, &mut vxlan, &mut ends, key, words)?;
        }
    }
    let wrong = |problem: &str| Err(Stop::failed(format!("vxlan: {problem}")));
    let external = vxlan.collect_metadata == Some(true);
    if external && vxlan.id.is_some() {
        return wrong("both 'external' and vni cannot be specified");
    }
    if !external && vxlan.id.is_none() {
        return wrong("missing virtual network identifier");
    }
    if ends.group.is_some() && ends.remote.is_some() {
        return wrong("both group and remote cannot be specified");
    }
    if ends.group.is_some() && vxlan.link.is_none() {
        return wrong("'group' requires 'dev' to be specified");
    }
    match ends.group.or(ends.remote) {
        Some(IpAddr::V4(address)) => vxlan.group = Some(address),
        Some(IpAddr::V6(address)) => vxlan.group6 = Some(address),
        None => {}
    }
    Ok(vxlan)
}

/// Sets what has no value, if `key` is such a one.
fn switch(vxlan: &mut Vxlan, key: &str) -> bool {
    match key {
        "gbp" => vxlan.group_policy = Some(Present),
        "gpe" => vxlan.protocol_extension = Some(Present),
        _ => {
            let (on, name) = key.strip_prefix("no").map_or((true, key), |name| (false, name));
            let field = match name {
                "learning" => &mut vxlan.learning,
                "proxy" => &mut vxlan.proxy,
                "rsc" => &mut vxlan.route_short_circuit,
                "l2miss" => &mut vxlan.l2_miss,
                "l3miss" => &mut vxlan.l3_miss,
                "udpcsum" => &mut vxlan.udp_checksum,
                "udp6zerocsumtx" => &mut vxlan.udp_zero_checksum6_transmit,
                "udp6zerocsumrx" => &mut vxlan.udp_zero_checksum6_receive,
                "remcsumtx" => &mut vxlan.remote_checksum_transmit,
                "remcsumrx" => &mut vxlan.remote_checksum_receive,
                "external" => &mut vxlan.collect_metadata,
                "vnifilter" => &mut vxlan.vni_filter,
                _ => return false,
            };
            *field = Some(on);
            if name == "external" && on {
                // Who is where is said by each packet.
                vxlan.learning = Some(false);
            }
        }
    }
    true
}

fn value(
    session: &mut Session,
    vxlan: &mut Vxlan,
    ends: &mut Ends,
    key: &str,
    words: &mut Words<'_>,
) -> Result<(), Stop> {
    let word = words.value()?;
    let once = |there: bool, key: &str| if there { Err(Stop::garbage(key, word)) } else { Ok(()) };
    match key {
        "id" | "vni" => {
            once(vxlan.id.is_some(), "id")?;
            vxlan.id = Some(udp::network(word)?);
        }
        "group" | "remote" => {
            let address = address(word)?;
            let (field, multicast) =
                if key == "group" { (&mut ends.group, true) } else { (&mut ends.remote, false) };
            once(field.is_some(), if multicast { "group" } else { "remote" })?;
            if address.is_multicast() != multicast && !address.is_unspecified() {
                let problem = if multicast { "invalid group address" } else { "invalid remote address" };
                return Err(Stop::wrong(word, problem));
            }
            *field = Some(address);
        }
        "local" => match address(word)? {
            address if address.is_multicast() => return Err(Stop::wrong(word, "invalid local address")),
            IpAddr::V4(address) => vxlan.local = Some(address),
            IpAddr::V6(address) => vxlan.local6 = Some(address),
        },
        "dev" => {
            let link = session.link(word)?.ok_or_else(|| Stop::no_device(word).exit(255))?;
            vxlan.link = Some(link.index);
        }
        "ttl" | "hoplimit" => match word {
            "inherit" => vxlan.ttl_inherit = Some(Inherit(true)),
            "auto" => vxlan.ttl = Some(0),
            _ => vxlan.ttl = Some(number(word).ok_or_else(|| Stop::wrong(word, "invalid TTL"))?),
        },
        "tos" | "dsfield" => {
            let inherit = (word == "inherit").then_some(1);
            vxlan.tos = Some(inherit.or_else(|| byte(word)).ok_or_else(|| Stop::wrong(word, "invalid TOS"))?);
        }
        "df" => {
            let found = (0_u8..).zip(DONT_FRAGMENT).find(|(_, name)| *name == word);
            let number = found.map(|(number, _)| number).or_else(|| number(word).filter(|df| *df < 3));
            vxlan.dont_fragment = Some(number.ok_or_else(|| Stop::wrong(word, "invalid DF"))?);
        }
        "label" | "flowlabel" => vxlan.label = Some(udp::flow_label(word)?),
        "ageing" => {
            let seconds = if word == "none" { Some(0) } else { number(word) };
            vxlan.ageing = Some(seconds.ok_or_else(|| Stop::wrong(word, "ageing timer"))?);
        }
        "maxaddress" => {
            let limit = if word == "unlimited" { Some(0) } else { number(word) };
            vxlan.limit = Some(limit.ok_or_else(|| Stop::wrong(word, "max addresses"))?);
        }
        "port" | "srcport" => {
            let low = number(word).ok_or_else(|| Stop::wrong(word, "min port"))?;
            let high = words.number("max port")?;
            vxlan.source_ports = Some((low, high));
        }
        _ => vxlan.port = Some(number(word).ok_or_else(|| Stop::wrong(word, "dst port"))?),
    }
    Ok(())
}

/// A type of service in hexadecimal.
fn byte(word: &str) -> Option<u8> {
    u8::from_str_radix(word.trim_start_matches("0x"), 16).ok()
}

fn address(word: &str) -> Result<IpAddr, Stop> {
    if word == "any" {
        return Ok(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
    }
    word.parse()
        .map_err(|_| Stop::failed(format!("Error: any valid address is expected rather than \"{word}\".")))
}

pub(super) fn show(session: &mut Session, page: &mut Page, link: &Link) {
    let Some(vxlan) = link.data::<Vxlan>() else { return };
    if vxlan.collect_metadata == Some(true) {
        page.field("external", true, "external ");
    }
    if vxlan.vni_filter == Some(true) {
        page.field("vnifilter", true, "vnifilter");
    }
    super::number(page, "id", vxlan.id);
    addresses(page, &vxlan);
    if let Some(index) = vxlan.link.filter(|index| *index != 0) {
        let name = session.name(index);
        page.field("link", &name, format_args!("dev {name} "));
    }
    if let Some((low, high)) = vxlan.source_ports {
        page.nested("port_range", |page| {
            page.field("low", low, format_args!("srcport {low} "));
            page.field("high", high, format_args!("{high} "));
        });
    }
    super::named(page, "port", "dstport", vxlan.port);
    if let Some(learning) = vxlan.learning {
        page.field("learning", learning, if learning { "" } else { "nolearning " });
    }
    for (key, on) in [
        ("proxy", vxlan.proxy),
        ("rsc", vxlan.route_short_circuit),
        ("l2miss", vxlan.l2_miss),
        ("l3miss", vxlan.l3_miss),
    ] {
        if on == Some(true) {
            page.field(key, true, format_args!("{key} "));
        }
    }
    hops(page, &vxlan);
    if let Some(label) = vxlan.label.filter(|label| *label != 0) {
        let label = format!("{label:#x}");
        page.field("label", &label, format_args!("flowlabel {label} "));
    }
    match vxlan.ageing {
        Some(0) => page.field("ageing", 0_u32, "ageing none "),
        seconds => super::number(page, "ageing", seconds),
    }
    super::named(page, "limit", "maxaddr", vxlan.limit.filter(|limit| *limit != 0));
    checksums(page, &vxlan);
    if vxlan.group_policy.is_some() {
        page.field("gbp", true, "gbp ");
    }
    if vxlan.protocol_extension.is_some() {
        page.field("gpe", true, "gpe ");
    }
}

fn addresses(page: &mut Page, vxlan: &Vxlan) {
    let far = vxlan.group.map(|address| ("", IpAddr::V4(address)));
    let far = far.or(vxlan.group6.map(|address| ("6", IpAddr::V6(address))));
    if let Some((version, address)) = far.filter(|(_, address)| !address.is_unspecified()) {
        let word = if address.is_multicast() { "group" } else { "remote" };
        let text = address.to_string();
        page.field(&format!("{word}{version}"), &text, format_args!("{word} {text} "));
    }
    let own = vxlan.local.map(|address| ("local", IpAddr::V4(address)));
    let own = own.or(vxlan.local6.map(|address| ("local6", IpAddr::V6(address))));
    if let Some((key, address)) = own.filter(|(_, address)| !address.is_unspecified()) {
        let text = address.to_string();
        page.field(key, &text, format_args!("local {text} "));
    }
}

/// How far packets go, and how they are treated on the way.
fn hops(page: &mut Page, vxlan: &Vxlan) {
    if let Some(tos) = vxlan.tos.filter(|tos| *tos != 0) {
        let hex = format!("{tos:#x}");
        let text = if tos == 1 { "inherit" } else { &hex };
        page.field("tos", &hex, format_args!("tos {text} "));
    }
    if vxlan.ttl_inherit == Some(Inherit(true)) {
        page.text("ttl inherit ");
    } else if let Some(ttl) = vxlan.ttl.filter(|ttl| *ttl != 0) {
        page.field("ttl", ttl, format_args!("ttl {ttl} "));
    } else {
        page.field("ttl", 0_u8, "ttl auto ");
    }
    let fragment = usize::from(vxlan.dont_fragment.unwrap_or(0));
    let fragment = DONT_FRAGMENT.get(fragment).copied().unwrap_or("unknown");
    if fragment == "unset" {
        page.json("df", fragment);
    } else {
        page.field("df", fragment, format_args!("df {fragment} "));
    }
}

fn checksums(page: &mut Page, vxlan: &Vxlan) {
    let (sent, received) = (vxlan.udp_zero_checksum6_transmit, vxlan.udp_zero_checksum6_receive);
    udp::show_checksums(page, vxlan.udp_checksum, sent, received);
    for (key, word, on) in [
        ("remcsum_tx", "remcsumtx", vxlan.remote_checksum_transmit),
        ("remcsum_rx", "remcsumrx", vxlan.remote_checksum_receive),
    ] {
        if on == Some(true) {
            page.field(key, true, format_args!("{word} "));
        }
    }
}
