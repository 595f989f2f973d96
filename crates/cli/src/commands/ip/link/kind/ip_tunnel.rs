//! Tunnels of IP in IP: `ipip`, `sit` and `ip6tnl`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use insula_net::Link;
use insula_net::kind::{IpTunnel, TunnelFlags};

use super::super::super::inet::{self, Host};
use super::super::super::options::Family;
use super::super::super::page::Page;
use super::super::super::{Session, Stop, Words};
use super::encapsulation::Encapsulation;
use super::outer::{self, Outer};

/// `IPPROTO_*`.
const IPV4: u8 = 4;
const IPV6: u8 = 41;
const MPLS: u8 = 137;
const ANY: u8 = 0;

const SIT_ISATAP: u16 = 1;

/// What a tunnel over IPv4 has besides what all have.
const KEYS: &[&str] = &["mode", "nopmtudisc", "pmtudisc", "6rd-prefix", "6rd-relay_prefix", "6rd-reset"];
/// What `sit` has besides.
const SIT_KEYS: &[&str] =
    &["mode", "nopmtudisc", "pmtudisc", "isatap", "6rd-prefix", "6rd-relay_prefix", "6rd-reset"];

/// Over which IP a tunnel of this type goes.
fn family(kind: &str) -> Family {
    if kind == "ip6tnl" { Family::Inet6 } else { Family::Inet }
}

pub(super) fn parse(
    session: &mut Session,
    kind: &str,
    words: &mut Words<'_>,
    existing: Option<&Link>,
) -> Result<IpTunnel, Stop> {
    let family = family(kind);
    let own = match kind {
        "ip6tnl" => &["mode"],
        "sit" => SIT_KEYS,
        _ => KEYS,
    };
    let existing = super::existing::<IpTunnel>(existing)?;
    let mut outer = existing.as_ref().map_or_else(|| Outer::new(family), outer);
    let any = || IpTunnel { protocol: Some(ANY), ..IpTunnel::default() };
    let mut tunnel = existing.unwrap_or_else(any);
    while let Some(word) = words.take() {
        match outer::keyword(word, own, family) {
            "" => {
                let keys: Vec<_> = outer::keys(own, family).collect();
                return Err(super::unknown(kind, "argument", word, &keys));
            }
            "mode" => tunnel.protocol = Some(protocol(kind, words.value()?)?),
            "pmtudisc" => outer.path_mtu_discovery = Some(true),
            "nopmtudisc" => outer.path_mtu_discovery = Some(false),
            "isatap" => {
                let TunnelFlags::V4(flags) = tunnel.flags.unwrap_or(TunnelFlags::V4(0)) else { continue };
                tunnel.flags = Some(TunnelFlags::V4(flags | SIT_ISATAP));
            }
            key if key.starts_with("6rd") => rapid(&mut tunnel, key, words)?,
            key => {
                outer.take(session, family, key, words)?;
            }
        }
    }
    if outer.ttl.is_some_and(|ttl| ttl != 0) && outer.path_mtu_discovery == Some(false) {
        return Err(Stop::usage("ttl != 0 and nopmtudisc are incompatible"));
    }
    Ok(asked(&tunnel, &outer, family))
}

/// What the numbers of a mode are called; the first name is shown.
fn modes(kind: &str) -> &'static [(u8, &'static [&'static str])] {
    match kind {
        "ip6tnl" => &[
            (IPV6, &["ip6ip6", "ipv6/ipv6"]),
            (IPV4, &["ipip6", "ip/ipv6", "ipv4/ipv6", "ip4ip6"]),
            (ANY, &["any", "any/ipv6"]),
        ],
        "sit" => &[
            (IPV6, &["ip6ip", "ipv6/ipv4"]),
            (IPV4, &["ipip", "ipv4/ipv4", "ip4ip4"]),
            (MPLS, &["mplsip", "mpls/ipv4"]),
            (ANY, &["any", "any/ipv4"]),
        ],
        _ => &[
            (IPV4, &["ipip", "ipv4/ipv4", "ip4ip4"]),
            (MPLS, &["mplsip", "mpls/ipv4"]),
            (ANY, &["any", "any/ipv4"]),
        ],
    }
}

fn protocol(kind: &str, word: &str) -> Result<u8, Stop> {
    let mode = modes(kind).iter().find(|(_, names)| names.contains(&word));
    mode.map(|(protocol, _)| *protocol).ok_or_else(|| Stop::wrong(word, "Cannot guess tunnel mode."))
}

/// IPv6 rapid deployment: RFC 5969.
fn rapid(tunnel: &mut IpTunnel, key: &str, words: &mut Words<'_>) -> Result<(), Stop> {
    if key == "6rd-reset" {
        tunnel.rapid_prefix = Some(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0));
        tunnel.rapid_prefix_length = Some(16);
        tunnel.relay_prefix = Some(Ipv4Addr::UNSPECIFIED);
        tunnel.relay_prefix_length = Some(0);
        return Ok(());
    }
    let family = if key == "6rd-prefix" { Family::Inet6 } else { Family::Inet };
    let prefix = inet::prefix(words.value()?, family)?.prefix;
    let length = Some(prefix.length.into());
    match prefix.address {
        IpAddr::V6(address) => (tunnel.rapid_prefix, tunnel.rapid_prefix_length) = (Some(address), length),
        IpAddr::V4(address) => (tunnel.relay_prefix, tunnel.relay_prefix_length) = (Some(address), length),
    }
    Ok(())
}

/// What is said to the kernel: nothing that is not there, and nothing but the mode of one whose packets say where they go.
fn asked(tunnel: &IpTunnel, outer: &Outer, family: Family) -> IpTunnel {
    if outer.collect_metadata.is_some() {
        let protocol = tunnel.protocol;
        return IpTunnel { protocol, collect_metadata: outer.collect_metadata, ..IpTunnel::default() };
    }
    let given = |address: Option<IpAddr>| address.filter(|address| !address.is_unspecified());
    let flags = if family == Family::Inet6 { Some(TunnelFlags::V6(outer.flags)) } else { tunnel.flags };
    IpTunnel {
        link: Some(outer.link.unwrap_or(0)),
        local: given(outer.local),
        remote: given(outer.remote),
        ttl: outer.ttl,
        tos: outer.tos,
        encap_limit: outer.encap_limit,
        flow: outer.flow,
        flags,
        path_mtu_discovery: outer.path_mtu_discovery,
        encapsulation: outer.encapsulation.kind,
        encapsulation_flags: outer.encapsulation.flags,
        source_port: outer.encapsulation.source_port,
        port: outer.encapsulation.port,
        mark: outer.mark,
        protocol: tunnel.protocol,
        rapid_prefix: tunnel.rapid_prefix,
        rapid_prefix_length: tunnel.rapid_prefix_length,
        relay_prefix: tunnel.relay_prefix,
        relay_prefix_length: tunnel.relay_prefix_length,
        collect_metadata: None,
    }
}

fn outer(tunnel: &IpTunnel) -> Outer {
    Outer {
        remote: tunnel.remote,
        local: tunnel.local,
        link: tunnel.link,
        ttl: tunnel.ttl,
        tos: tunnel.tos,
        path_mtu_discovery: tunnel.path_mtu_discovery,
        encap_limit: tunnel.encap_limit,
        flow: tunnel.flow,
        flags: if let Some(TunnelFlags::V6(flags)) = tunnel.flags { flags } else { 0 },
        mark: tunnel.mark,
        collect_metadata: tunnel.collect_metadata,
        encapsulation: Encapsulation {
            kind: tunnel.encapsulation,
            flags: tunnel.encapsulation_flags,
            source_port: tunnel.source_port,
            port: tunnel.port,
        },
    }
}

pub(super) fn show(session: &mut Session, page: &mut Page, link: &Link, kind: &str) {
    let Some(tunnel) = link.data::<IpTunnel>() else { return };
    let outer = outer(&tunnel);
    outer.show_external(page);
    let mode = modes(kind).iter().find(|(protocol, _)| tunnel.protocol == Some(*protocol));
    if let Some((_, names)) = mode {
        page.field("proto", names[0], format_args!("{} ", names[0]));
    }
    outer.show_ends(session, page);
    if family(kind) == Family::Inet6 {
        outer.show_flow(page);
        outer.show_mobile(page);
    } else {
        outer.show_service(page);
        let discovery = outer.path_mtu_discovery == Some(true);
        page.field("pmtudisc", discovery, if discovery { "pmtudisc " } else { "nopmtudisc " });
        if matches!(tunnel.flags, Some(TunnelFlags::V4(flags)) if flags & SIT_ISATAP != 0) {
            page.field("isatap", true, "isatap ");
        }
        show_rapid(page, &tunnel);
    }
    outer.show_mark(page);
    outer.encapsulation.show(page);
}

fn show_rapid(page: &mut Page, tunnel: &IpTunnel) {
    let Some(length) = tunnel.rapid_prefix_length.filter(|length| *length != 0) else { return };
    let prefix = Host(tunnel.rapid_prefix.unwrap_or(Ipv6Addr::UNSPECIFIED).into()).to_string();
    page.field("prefix", &prefix, format_args!("6rd-prefix {prefix}"));
    page.field("prefixlen", length, format_args!("/{length} "));
    if let Some(relay) = tunnel.relay_prefix.filter(|relay| !relay.is_unspecified()) {
        let (relay, length) = (relay.to_string(), tunnel.relay_prefix_length.unwrap_or(0));
        page.field("relay_prefix", &relay, format_args!("6rd-relay_prefix {relay}"));
        page.field("relay_prefixlen", length, format_args!("/{length} "));
    }
}
