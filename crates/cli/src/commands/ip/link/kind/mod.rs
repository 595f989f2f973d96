//! What types of links have of their own: read from the words behind `type KIND`, and shown with `-d`; one file a type.
//!
//! A type has `parse`, from words to the library's structure, and `show`, in iproute2's order, which is not that of the kernel.

mod bond;
mod bridge;
mod bridge_port;
mod encapsulation;
mod geneve;
mod gre;
mod ip_tunnel;
mod ipvlan;
mod key;
mod macsec;
mod macvlan;
mod netkit;
mod outer;
mod tun;
mod udp;
mod vlan;
mod vrf;
mod vti;
mod vxlan;
mod xfrm;

pub(in super::super) use outer::service as tunnel_service;
pub(super) use vlan::protocol as vlan_protocol;

use insula_net::kind::{Gre, IpTunnel, Veth};
use insula_net::{Link, LinkData, LinkKind, PortKind};

use super::super::page::Page;
use super::super::words::matches;
use super::super::{Session, Stop, Words};

/// The type called `kind`, with what the rest of the words say of it. Of a tunnel that is `existing` all is said again, changed or not,
/// since the kernel would forget what is not.
pub(super) fn parse(
    session: &mut Session,
    kind: &str,
    words: &mut Words<'_>,
    existing: Option<&Link>,
) -> Result<LinkKind, Stop> {
    if words.is_empty() && !matches!(kind, "dummy" | "ifb" | "wireguard") {
        // Not even an empty list: some types tell that from one.
        return Ok(LinkKind::Other(kind.into()));
    }
    match kind {
        "veth" => veth(session, words),
        "netkit" => netkit::parse(session, words).map(LinkKind::Netkit),
        "bridge" => bridge::parse(words).map(|bridge| LinkKind::Bridge(Box::new(bridge))),
        "vlan" => vlan::parse(words).map(LinkKind::Vlan),
        "macvlan" => macvlan::parse(kind, words).map(LinkKind::Macvlan),
        "macvtap" => macvlan::parse(kind, words).map(LinkKind::Macvtap),
        "ipvlan" => ipvlan::parse(kind, words).map(LinkKind::Ipvlan),
        "ipvtap" => ipvlan::parse(kind, words).map(LinkKind::Ipvtap),
        "vxlan" => vxlan::parse(session, words).map(|vxlan| LinkKind::Vxlan(Box::new(vxlan))),
        "geneve" => geneve::parse(session, words, existing).map(LinkKind::Geneve),
        "xfrm" => xfrm::parse(session, words).map(LinkKind::Xfrm),
        "ipip" | "sit" | "ip6tnl" => {
            ip_tunnel::parse(session, kind, words, existing).map(|tunnel| tunnel_of(kind, tunnel.into()))
        }
        "gre" | "gretap" | "erspan" | "ip6gre" | "ip6gretap" | "ip6erspan" => {
            gre::parse(session, kind, words, existing).map(|gre| gre_of(kind, gre.into()))
        }
        "vti" => vti::parse(session, kind, words, existing).map(LinkKind::Vti),
        "vti6" => vti::parse(session, kind, words, existing).map(LinkKind::Vti6),
        "vrf" => vrf::parse(session, words).map(LinkKind::Vrf),
        "bond" => bond::parse(session, words).map(|bond| LinkKind::Bond(Box::new(bond))),
        _ => {
            nothing_more(kind, words)?;
            Ok(match kind {
                "dummy" => LinkKind::Dummy,
                "ifb" => LinkKind::Ifb,
                "wireguard" => LinkKind::WireGuard,
                other => LinkKind::Other(other.into()),
            })
        }
    }
}

/// What the rest of the words say of a port of a master of type `master`.
pub(super) fn parse_port(
    session: &mut Session,
    master: &str,
    words: &mut Words<'_>,
) -> Result<PortKind, Stop> {
    match master {
        "bridge" => bridge_port::parse(session, words).map(|port| PortKind::Bridge(Box::new(port))),
        "bond" => bond::parse_port(words).map(PortKind::Bond),
        _ => {
            nothing_more(master, words)?;
            Err(Stop::failed(format!("insula's ip knows no `{master}_slave`")))
        }
    }
}

fn tunnel_of(kind: &str, tunnel: Box<IpTunnel>) -> LinkKind {
    match kind {
        "ipip" => LinkKind::Ipip(tunnel),
        "sit" => LinkKind::Sit(tunnel),
        _ => LinkKind::Ip6tnl(tunnel),
    }
}

fn gre_of(kind: &str, gre: Box<Gre>) -> LinkKind {
    match kind {
        "gre" => LinkKind::Gre(gre),
        "gretap" => LinkKind::Gretap(gre),
        "erspan" => LinkKind::Erspan(gre),
        "ip6gre" => LinkKind::Ip6gre(gre),
        "ip6gretap" => LinkKind::Ip6gretap(gre),
        _ => LinkKind::Ip6erspan(gre),
    }
}

/// What the link that is changed has as one of its type; nothing if it is of another one, which is for the kernel to refuse.
fn existing<D: LinkData>(link: Option<&Link>) -> Result<Option<D>, Stop> {
    match link {
        Some(link) if !link.has_data() => Err(Stop::failed("Failed to get existing tunnel info.")),
        Some(link) => Ok(link.data()),
        None => Ok(None),
    }
}

fn nothing_more(kind: &str, words: &Words<'_>) -> Result<(), Stop> {
    match words.peek() {
        Some(_) if UNSAID.contains(&kind) => {
            Err(Stop::failed(format!("insula's ip makes links of type `{kind}` without arguments alone"))
                .hint("the `ip` of iproute2 takes some"))
        }
        Some(word) => {
            Err(Stop::failed(format!("Garbage instead of arguments \"{word} ...\". Try \"ip link help\".")))
        }
        None => Ok(()),
    }
}

fn veth(session: &mut Session, words: &mut Words<'_>) -> Result<LinkKind, Stop> {
    match words.take() {
        None => Ok(LinkKind::Other("veth".into())),
        Some("peer") => Ok(LinkKind::Veth(Veth::new(super::add::peer(session, words)?))),
        Some(_) => Err(Stop::failed(
            "Usage: ip link <options> type veth [peer <options>]\nTo get <options> type 'ip link add help'",
        )),
    }
}

/// Types that iproute2 has arguments of, and we have not.
const UNSAID: &[&str] =
    &["amt", "bareudp", "can", "dsa", "gtp", "hsr", "ipoib", "macsec", "rmnet", "vxcan", "wwan"];

/// The first of `keys` that `word` begins.
fn keyword<'k>(word: &str, keys: &[&'k str]) -> &'k str {
    keys.iter().find(|key| matches(word, key)).copied().unwrap_or_default()
}

/// `word` is no argument of type `kind`, which has `keys`.
fn unknown(kind: &str, what: &str, word: &str, keys: &[&str]) -> Stop {
    let usage = format!("Usage: ... {kind} ARGUMENTS\nARGUMENTS := [ {} ]", keys.join(" | "));
    if matches(word, "help") {
        return Stop::failed(usage);
    }
    Stop::failed(format!("{kind}: unknown {what} \"{word}\"?\n{usage}"))
}

/// A number with two digits behind the point, of hundredths, as JSON and text have it.
fn hundredths(page: &mut Page, key: &str, ticks: u64) {
    let number = format!("{}.{:02}", ticks / 100, ticks % 100);
    page.field(key, super::super::json::Value::Raw(&number), format_args!("{key} {number:>7} "));
}

/// A number in hexadecimal, as C writes it: 0 has no `0x`.
fn hex(number: u32) -> String {
    if number == 0 { "0".to_owned() } else { format!("{number:#x}") }
}

/// A switch, as `on` and `off`.
fn on_off(page: &mut Page, key: &str, word: &str, on: Option<bool>) {
    if let Some(on) = on {
        page.field(key, on, format_args!("{word} {} ", if on { "on" } else { "off" }));
    }
}

/// A number, called the same in text, if it is there.
fn number(page: &mut Page, key: &str, number: Option<impl Into<u64>>) {
    named(page, key, key, number);
}

/// A number, if it is there.
fn named(page: &mut Page, key: &str, word: &str, number: Option<impl Into<u64>>) {
    if let Some(number) = number {
        let number = number.into();
        page.field(key, number, format_args!("{word} {number} "));
    }
}

/// Shows what `link` has as one of its type, and as a port of its master's.
pub(super) fn show(session: &mut Session, page: &mut Page, link: &Link) {
    if link.kind.is_none() && link.port_kind.is_none() {
        return;
    }
    page.nested("linkinfo", |page| {
        if let Some(kind) = &link.kind {
            page.line();
            page.field("info_kind", kind, format_args!("    {kind} "));
            data(session, page, link, kind);
        }
        if let Some(kind) = &link.port_kind {
            page.line();
            page.field("info_slave_kind", kind, format_args!("    {kind}_slave "));
            port(session, page, link, kind);
        }
    });
}

fn data(session: &mut Session, page: &mut Page, link: &Link, kind: &str) {
    let mut nested = |show: &mut dyn FnMut(&mut Session, &mut Page)| {
        page.nested("info_data", |page| show(session, page));
    };
    match kind {
        "bridge" => nested(&mut |_, page| bridge::show(page, link)),
        "vlan" => nested(&mut |_, page| vlan::show(page, link)),
        "macvlan" | "macvtap" => nested(&mut |_, page| macvlan::show(page, link)),
        "ipvlan" | "ipvtap" => nested(&mut |_, page| ipvlan::show(page, link)),
        "vxlan" => nested(&mut |session, page| vxlan::show(session, page, link)),
        "geneve" => nested(&mut |_, page| geneve::show(page, link)),
        "ipip" | "sit" | "ip6tnl" => {
            nested(&mut |session, page| ip_tunnel::show(session, page, link, kind));
        }
        "gre" | "gretap" | "erspan" | "ip6gre" | "ip6gretap" | "ip6erspan" => {
            nested(&mut |session, page| gre::show(session, page, link, kind));
        }
        "vti" | "vti6" => nested(&mut |session, page| vti::show(session, page, link)),
        "xfrm" => nested(&mut |_, page| xfrm::show(page, link)),
        "macsec" => nested(&mut |_, page| macsec::show(page, link)),
        "vrf" => nested(&mut |_, page| vrf::show(page, link)),
        "bond" => nested(&mut |session, page| bond::show(session, page, link)),
        "tun" => nested(&mut |_, page| tun::show(page, link)),
        "netkit" => nested(&mut |_, page| netkit::show(page, link)),
        _ => {}
    }
}

fn port(session: &mut Session, page: &mut Page, link: &Link, kind: &str) {
    match kind {
        "bridge" => page.nested("info_slave_data", |page| bridge_port::show(session, page, link)),
        "bond" => page.nested("info_slave_data", |page| bond::show_port(page, link)),
        "vrf" => page.nested("info_slave_data", |page| vrf::show_port(page, link)),
        _ => {}
    }
}
