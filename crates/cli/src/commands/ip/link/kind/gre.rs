//! Generic routing encapsulation: `gre`, `gretap` and `erspan`, and those over IPv6.

use std::net::IpAddr;

use insula_net::Link;
use insula_net::kind::Gre;

use super::super::super::options::Family;
use super::super::super::page::Page;
use super::super::super::words::number;
use super::super::super::{Session, Stop, Words};
use super::encapsulation::Encapsulation;
use super::key::{self, Keys, Way};
use super::outer::{self, Outer};

/// In iproute2's order: an abbreviation means the first that begins so.
const KEYS: &[&str] = &[
    "key", "nokey", "ikey", "noikey", "okey", "nookey", "seq", "noseq", "iseq", "noiseq", "oseq", "nooseq",
    "csum", "nocsum", "icsum", "noicsum", "ocsum", "noocsum",
];
/// Those that there are over IPv4 alone.
const KEYS_V4: &[&str] = &["nopmtudisc", "pmtudisc", "ignore-df", "noignore-df"];
/// Those of copies of frames.
const ERSPAN_KEYS: &[&str] = &["erspan", "erspan_ver", "erspan_dir", "erspan_hwid"];

fn family(kind: &str) -> Family {
    if kind.starts_with("ip6") { Family::Inet6 } else { Family::Inet }
}

/// The arguments that a type has besides those of all tunnels.
fn own(kind: &str) -> Vec<&'static str> {
    let over_v4 = family(kind) == Family::Inet;
    let mut own = KEYS.to_vec();
    if over_v4 {
        own.extend(KEYS_V4);
    }
    if kind == "erspan" || !over_v4 {
        own.extend(ERSPAN_KEYS);
    }
    own
}

pub(super) fn parse(
    session: &mut Session,
    kind: &str,
    words: &mut Words<'_>,
    existing: Option<&Link>,
) -> Result<Gre, Stop> {
    let (family, own) = (family(kind), own(kind));
    let none = || Gre { input_flags: Some(0), output_flags: Some(0), ..Gre::default() };
    let existing = super::existing::<Gre>(existing)?;
    let mut outer = existing.as_ref().map_or_else(|| Outer::new(family), outer);
    let mut gre = existing.unwrap_or_else(none);
    while let Some(word) = words.take() {
        match outer::keyword(word, &own, family) {
            "" => {
                let keys: Vec<_> = outer::keys(&own, family).collect();
                return Err(super::unknown(kind, "argument", word, &keys));
            }
            "pmtudisc" => outer.path_mtu_discovery = Some(true),
            "nopmtudisc" => outer.path_mtu_discovery = Some(false),
            "ignore-df" => gre.ignore_dont_fragment = Some(true),
            "noignore-df" => gre.ignore_dont_fragment = Some(false),
            key if key.starts_with("erspan") => mirror(&mut gre, key, words)?,
            key if !outer.take(session, family, key, words)? => header(&mut gre, key, words)?,
            _ => {}
        }
    }
    if let Some(IpAddr::V4(group)) = outer.remote.filter(IpAddr::is_multicast) {
        if outer.local.is_none_or(|local| local.is_unspecified()) {
            return Err(Stop::failed("A broadcast tunnel requires a source address."));
        }
        Keys { input: &mut gre.input_key, output: &mut gre.output_key }.default_to(group);
        set(&mut gre, Way::Both, Gre::KEY, true);
    }
    Ok(asked(&gre, &outer, kind))
}

/// What is in the protocol's own header: `[no][i|o]key`, `seq` and `csum`.
fn header(gre: &mut Gre, word: &str, words: &mut Words<'_>) -> Result<(), Stop> {
    let (on, rest) = word.strip_prefix("no").map_or((true, word), |rest| (false, rest));
    let (way, what) = Way::of(rest);
    let flag = match what {
        "key" => Gre::KEY,
        "seq" => Gre::SEQUENCE,
        _ => Gre::CHECKSUM,
    };
    set(gre, way, flag, on);
    if flag == Gre::KEY {
        let key = if on { key::parse(rest, words)? } else { std::net::Ipv4Addr::UNSPECIFIED };
        Keys { input: &mut gre.input_key, output: &mut gre.output_key }.set(way, key);
    }
    Ok(())
}

fn set(gre: &mut Gre, way: Way, flag: u16, on: bool) {
    for (flags, other) in [(&mut gre.input_flags, Way::Output), (&mut gre.output_flags, Way::Input)] {
        if way != other {
            let rest = flags.unwrap_or(0) & !flag;
            *flags = Some(if on { rest | flag } else { rest });
        }
    }
}

fn mirror(gre: &mut Gre, key: &str, words: &mut Words<'_>) -> Result<(), Stop> {
    let word = words.value()?;
    match key {
        "erspan" => {
            let index: u32 = number(word).ok_or_else(|| Stop::wrong(word, "invalid erspan index"))?;
            if !(1..1 << 20).contains(&index) {
                return Err(Stop::wrong(word, "erspan index must be > 0 and <= 20-bit"));
            }
            gre.erspan_index = Some(index);
        }
        "erspan_ver" => {
            let version: u8 = number(word).ok_or_else(|| Stop::wrong(word, "invalid erspan version"))?;
            if version > 2 {
                return Err(Stop::wrong(word, "erspan version must be 0/1/2"));
            }
            gre.erspan_version = Some(version);
        }
        "erspan_dir" => {
            let direction = super::keyword(word, &["ingress", "egress"]);
            if direction.is_empty() {
                return Err(Stop::wrong(word, "Invalid erspan direction."));
            }
            gre.erspan_egress = Some(direction == "egress");
        }
        _ => {
            let id = number(word).ok_or_else(|| Stop::wrong(word, "invalid erspan hwid"))?;
            gre.erspan_hardware_id = Some(id);
        }
    }
    Ok(())
}

/// What is said to the kernel: nothing that is not there, and nothing else of one whose packets say where they go.
fn asked(gre: &Gre, outer: &Outer, kind: &str) -> Gre {
    if outer.collect_metadata.is_some() {
        return Gre { collect_metadata: outer.collect_metadata, ..Gre::default() };
    }
    let given = |address: Option<IpAddr>| address.filter(|address| !address.is_unspecified());
    let version = if kind.ends_with("erspan") { Some(gre.erspan_version.unwrap_or(0)) } else { None };
    let second = version == Some(2);
    Gre {
        link: outer.link.filter(|link| *link != 0),
        local: given(outer.local),
        remote: given(outer.remote),
        ttl: outer.ttl,
        tos: outer.tos,
        path_mtu_discovery: outer.path_mtu_discovery,
        encap_limit: outer.encap_limit,
        flow: outer.flow,
        flags: (family(kind) == Family::Inet6).then_some(outer.flags),
        encapsulation: outer.encapsulation.kind,
        encapsulation_flags: outer.encapsulation.flags,
        source_port: outer.encapsulation.source_port,
        port: outer.encapsulation.port,
        mark: outer.mark,
        erspan_version: version,
        erspan_index: gre.erspan_index.filter(|_| version == Some(1)),
        erspan_egress: second.then_some(gre.erspan_egress.unwrap_or(false)),
        erspan_hardware_id: second.then_some(gre.erspan_hardware_id.unwrap_or(0)),
        input_flags: gre.input_flags,
        output_flags: gre.output_flags,
        input_key: gre.input_key,
        output_key: gre.output_key,
        ignore_dont_fragment: gre.ignore_dont_fragment,
        collect_metadata: None,
    }
}

fn outer(gre: &Gre) -> Outer {
    Outer {
        remote: gre.remote,
        local: gre.local,
        link: gre.link,
        ttl: gre.ttl,
        tos: gre.tos,
        path_mtu_discovery: gre.path_mtu_discovery,
        encap_limit: gre.encap_limit,
        flow: gre.flow,
        flags: gre.flags.unwrap_or(0),
        mark: gre.mark,
        collect_metadata: gre.collect_metadata,
        encapsulation: Encapsulation {
            kind: gre.encapsulation,
            flags: gre.encapsulation_flags,
            source_port: gre.source_port,
            port: gre.port,
        },
    }
}

pub(super) fn show(session: &mut Session, page: &mut Page, link: &Link, kind: &str) {
    let Some(gre) = link.data::<Gre>() else { return };
    let outer = outer(&gre);
    outer.show_external(page);
    outer.show_ends(session, page);
    if family(kind) == Family::Inet6 {
        outer.show_flow(page);
    } else {
        outer.show_service(page);
        if let Some(discovery) = outer.path_mtu_discovery {
            page.field("pmtudisc", discovery, if discovery { "" } else { "nopmtudisc " });
        }
        if gre.ignore_dont_fragment == Some(true) {
            page.field("ignore_df", true, "ignore-df ");
        }
    }
    show_header(page, &gre);
    outer.show_mark(page);
    show_mirror(page, &gre);
    outer.encapsulation.show(page);
}

fn show_header(page: &mut Page, gre: &Gre) {
    let (input, output) = (gre.input_flags.unwrap_or(0), gre.output_flags.unwrap_or(0));
    for (name, flags, key) in [("ikey", input, gre.input_key), ("okey", output, gre.output_key)] {
        if let Some(key) = key.filter(|_| flags & Gre::KEY != 0) {
            key::show(page, name, key);
        }
    }
    for (name, flags, flag) in [
        ("iseq", input, Gre::SEQUENCE),
        ("oseq", output, Gre::SEQUENCE),
        ("icsum", input, Gre::CHECKSUM),
        ("ocsum", output, Gre::CHECKSUM),
    ] {
        if flags & flag != 0 {
            page.field(name, true, format_args!("{name} "));
        }
    }
}

fn show_mirror(page: &mut Page, gre: &Gre) {
    super::number(page, "erspan_index", gre.erspan_index);
    super::number(page, "erspan_ver", gre.erspan_version);
    if let Some(egress) = gre.erspan_egress {
        let direction = if egress { "egress" } else { "ingress" };
        page.field("erspan_dir", direction, format_args!("erspan_dir {direction} "));
    }
    if let Some(id) = gre.erspan_hardware_id {
        let id = super::hex(id.into());
        page.field("erspan_hwid", &id, format_args!("erspan_hwid {id} "));
    }
}
