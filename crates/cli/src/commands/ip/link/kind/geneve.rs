//! Generic network virtualization encapsulation.

use std::net::IpAddr;

use insula_net::kind::Geneve;
use insula_net::{Link, Present};

use super::super::super::inet::{self, Host};
use super::super::super::options::Family;
use super::super::super::page::Page;
use super::super::super::words::number;
use super::super::super::{Session, Stop, Words};
use super::udp::{self, DONT_FRAGMENT};
use super::{keyword, outer};

/// In iproute2's order: an abbreviation means the first that begins so.
const KEYS: &[&str] = &[
    "id",
    "vni",
    "remote",
    "ttl",
    "hoplimit",
    "tos",
    "dsfield",
    "df",
    "label",
    "flowlabel",
    "dstport",
    "external",
    "noexternal",
    "udpcsum",
    "noudpcsum",
    "udp6zerocsumtx",
    "noudp6zerocsumtx",
    "udp6zerocsumrx",
    "noudp6zerocsumrx",
    "innerprotoinherit",
];

pub(super) fn parse(
    session: &mut Session,
    words: &mut Words<'_>,
    existing: Option<&Link>,
) -> Result<Geneve, Stop> {
    let mut geneve = Geneve::default();
    while let Some(word) = words.take() {
        let key = keyword(word, KEYS);
        if key.is_empty() {
            return Err(super::unknown("geneve", "command", word, KEYS));
        }
        if !switch(&mut geneve, key) {
            value(session, &mut geneve, key, words)?;
        }
    }
    let wrong = |problem: &str| Err(Stop::failed(format!("geneve: {problem}")));
    if geneve.collect_metadata.is_some() && geneve.id.is_some() {
        return wrong("both 'external' and vni cannot be specified");
    }
    if geneve.collect_metadata.is_none() {
        if geneve.id.is_none() {
            return wrong("missing virtual network identifier");
        }
        if existing.is_none() && geneve.remote.is_none() && geneve.remote6.is_none() {
            return wrong("remote link partner not specified");
        }
    }
    Ok(geneve)
}

/// Sets what has no value, if `key` is such a one.
fn switch(geneve: &mut Geneve, key: &str) -> bool {
    let (on, name) = key.strip_prefix("no").map_or((true, key), |name| (false, name));
    match name {
        "external" => geneve.collect_metadata = on.then_some(Present),
        "udpcsum" => geneve.udp_checksum = Some(on),
        "udp6zerocsumtx" => geneve.udp_zero_checksum6_transmit = Some(on),
        "udp6zerocsumrx" => geneve.udp_zero_checksum6_receive = Some(on),
        "innerprotoinherit" => geneve.inner_protocol_inherit = Some(Present),
        _ => return false,
    }
    true
}

fn value(session: &mut Session, geneve: &mut Geneve, key: &str, words: &mut Words<'_>) -> Result<(), Stop> {
    if matches!(key, "tos" | "dsfield") {
        geneve.tos = Some(outer::service(session, words)?);
        return Ok(());
    }
    let word = words.value()?;
    let once = |there: bool, key: &str| if there { Err(Stop::garbage(key, word)) } else { Ok(()) };
    match key {
        "id" | "vni" => {
            once(geneve.id.is_some(), "id")?;
            geneve.id = Some(udp::network(word)?);
        }
        "remote" => {
            once(geneve.remote.is_some() || geneve.remote6.is_some(), "remote")?;
            match inet::address(word, Family::Unspecified)? {
                address if address.is_multicast() => return Err(Stop::wrong(word, "invalid remote address")),
                IpAddr::V4(address) => geneve.remote = Some(address),
                IpAddr::V6(address) => geneve.remote6 = Some(address),
            }
        }
        "ttl" | "hoplimit" => match word {
            "inherit" => geneve.ttl_inherit = Some(true),
            "auto" => geneve.ttl = Some(0),
            _ => {
                let ttl: u32 = number(word).ok_or_else(|| Stop::wrong(word, "invalid TTL"))?;
                let ttl = u8::try_from(ttl).map_err(|_| Stop::wrong(word, "TTL must be <= 255"))?;
                geneve.ttl = Some(ttl);
            }
        },
        "df" => {
            let found = (0_u8..).zip(DONT_FRAGMENT).find(|(_, name)| *name == word);
            let wrong = "DF must be 'unset', 'set' or 'inherit'";
            geneve.dont_fragment = Some(found.ok_or_else(|| Stop::wrong(word, wrong))?.0);
        }
        "label" | "flowlabel" => geneve.label = Some(udp::flow_label(word)?),
        _ => geneve.port = Some(number(word).ok_or_else(|| Stop::wrong(word, "dstport"))?),
    }
    Ok(())
}

pub(super) fn show(page: &mut Page, link: &Link) {
    let Some(geneve) = link.data::<Geneve>() else { return };
    if geneve.collect_metadata.is_some() {
        page.field("external", true, "external ");
    }
    super::number(page, "id", geneve.id);
    let far = geneve.remote.map(|address| ("remote", IpAddr::V4(address)));
    let far = far.or(geneve.remote6.map(|address| ("remote6", IpAddr::V6(address))));
    if let Some((key, address)) = far.filter(|(_, address)| !address.is_unspecified()) {
        let text = Host(address).to_string();
        page.field(key, &text, format_args!("remote {text} "));
    }
    match geneve.ttl {
        _ if geneve.ttl_inherit == Some(true) => page.text("ttl inherit "),
        Some(ttl) if ttl != 0 => page.field("ttl", ttl, format_args!("ttl {ttl} ")),
        _ => page.field("ttl", 0_u8, "ttl auto "),
    }
    if let Some(tos) = geneve.tos.filter(|tos| *tos != 0) {
        let hex = super::hex(tos.into());
        page.field("tos", &hex, format_args!("tos {} ", if tos == 1 { "inherit" } else { &hex }));
    }
    if let Some(fragment) = geneve.dont_fragment {
        match DONT_FRAGMENT.get(usize::from(fragment)).copied().unwrap_or("unknown") {
            "unset" => page.json("df", "unset"),
            fragment => page.field("df", fragment, format_args!("df {fragment} ")),
        }
    }
    if let Some(label) = geneve.label.filter(|label| *label != 0) {
        let label = super::hex(label);
        page.field("label", &label, format_args!("flowlabel {label} "));
    }
    super::named(page, "port", "dstport", geneve.port);
    let (sent, received) = (geneve.udp_zero_checksum6_transmit, geneve.udp_zero_checksum6_receive);
    udp::show_checksums(page, geneve.udp_checksum, sent, received);
    if geneve.inner_protocol_inherit.is_some() {
        page.field("inner_proto_inherit", true, "innerprotoinherit ");
    }
}
