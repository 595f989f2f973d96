//! `ip tunnel show`.

use insula_net::kind::Gre;
use insula_net::{Link, Prefix};

use super::super::color::Color;
use super::super::inet::Host;
use super::super::json::Value;
use super::super::page::Page;
use super::super::{Session, Stop, Words};
use super::parameters::{Mode, Tunnel};

/// Shows the tunnels that the words describe.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let wanted = Tunnel::parse(session, words, |_, _| Ok(None))?;
    let mut links = session.links()?;
    if let (None, Some(mode)) = (&wanted.name, wanted.mode) {
        // The original asks the kernel's own tunnel of that kind, which is the answer if there is no other.
        let found = like(session, &wanted)?.map_or_else(|| mode.base().to_owned(), |link| link.name);
        links.retain(|link| link.name == found);
    } else {
        links.retain(|link| Tunnel::of(link).is_some_and(|tunnel| is_like(&tunnel, &wanted)));
    }
    session.show(|session, page| {
        for link in &links {
            let Some(tunnel) = Tunnel::of(link) else { continue };
            page.object(|page| show(session, page, &tunnel));
            page.raw("\n");
            if session.options.stats > 0 {
                statistics(page, link);
            }
        }
        Ok(())
    })
}

/// The tunnel between the same ends with the same keys.
pub(super) fn like(session: &mut Session, wanted: &Tunnel) -> Result<Option<Link>, Stop> {
    let same = |link: &Link| {
        let Some(tunnel) = Tunnel::of(link) else { return false };
        let ends = |one: &Tunnel| (one.local, one.remote, one.link, one.input_key);
        tunnel.mode == wanted.mode && ends(&tunnel) == ends(wanted)
    };
    Ok(session.links()?.into_iter().find(same))
}

fn is_like(tunnel: &Tunnel, wanted: &Tunnel) -> bool {
    (wanted.name.is_none() || wanted.name == tunnel.name)
        && (wanted.link == 0 || wanted.link == tunnel.link)
        && (wanted.remote.is_unspecified() || wanted.remote == tunnel.remote)
        && (wanted.local.is_unspecified() || wanted.local == tunnel.local)
        && (wanted.input_key.is_unspecified() || wanted.input_key == tunnel.input_key)
}

fn show(session: &mut Session, page: &mut Page, tunnel: &Tunnel) {
    let name = tunnel.name.clone().unwrap_or_default();
    page.colored(Color::Interface, "ifname", &name, format_args!("{name}: "));
    let mode = match tunnel.mode {
        _ if tunnel.any => "any/ip",
        Some(Mode::Gre) => "gre/ip",
        Some(Mode::Sit | Mode::Isatap) => "ipv6/ip",
        _ => "ip/ip",
    };
    page.field("mode", mode, format_args!("{mode} "));
    for (key, address) in [("remote", tunnel.remote), ("local", tunnel.local)] {
        let text = address.to_string();
        let shown = if address.is_unspecified() { "any" } else { &text };
        let after = if key == "remote" { " " } else { "" };
        page.text(format_args!("{key} "));
        page.colored(Color::Inet, key, &text, format_args!("{shown}{after}"));
    }
    if tunnel.link != 0 {
        let name = session.name(tunnel.link);
        page.field("dev", &name, format_args!(" dev {name}"));
    }
    if tunnel.ttl == 0 {
        page.text(" ttl inherit");
    } else {
        page.field("ttl", tunnel.ttl, format_args!(" ttl {}", tunnel.ttl));
    }
    service(page, tunnel.tos);
    if !tunnel.whole {
        page.field("nopmtudisc", Value::Null, " nopmtudisc");
    }
    if let Some((prefix, relay)) = tunnel.rapid {
        rapid(page, prefix, relay);
    }
    keys(page, tunnel);
    if tunnel.mode == Some(Mode::Gre) {
        flags(page, tunnel);
    }
}

fn service(page: &mut Page, tos: u8) {
    if tos == 0 {
        return;
    }
    let (inherits, rest) = (tos & 1 != 0, tos & !1);
    let text = match (inherits, rest) {
        (true, 0) => "inherit".to_owned(),
        (true, rest) => format!("inherit/{rest:#04x}"),
        (false, rest) => format!("{rest:#04x}"),
    };
    page.text(format_args!(" tos {text}"));
    if rest != 0 {
        page.json("tos", &format!("{tos:#04x}"));
    }
}

fn rapid(page: &mut Page, prefix: Prefix, relay: Prefix) {
    let host = Host(prefix.address).to_string();
    page.field("6rd-prefix", &host, format_args!(" 6rd-prefix {host}"));
    page.field("6rd-prefixlen", prefix.length, format_args!("/{}", prefix.length));
    if !relay.address.is_unspecified() {
        let host = Host(relay.address).to_string();
        page.field("6rd-relay_prefix", &host, format_args!(" 6rd-relay_prefix {host}"));
        page.field("6rd-relay_prefixlen", relay.length, format_args!("/{}", relay.length));
    }
}

fn keys(page: &mut Page, tunnel: &Tunnel) {
    let (input, output) = (tunnel.input & Gre::KEY != 0, tunnel.output & Gre::KEY != 0);
    let mut show = |word: &str, key: u32| page.field(word, key, format_args!(" {word} {key}"));
    if input && output && tunnel.input_key == tunnel.output_key {
        return show("key", tunnel.input_key.to_bits());
    }
    if input {
        show("ikey", tunnel.input_key.to_bits());
    }
    if output {
        show("okey", tunnel.output_key.to_bits());
    }
}

/// What packets have besides.
fn flags(page: &mut Page, tunnel: &Tunnel) {
    let all = [
        (tunnel.input & Gre::SEQUENCE, "rx_drop_ooseq", "Drop packets out of sequence."),
        (tunnel.input & Gre::CHECKSUM, "rx_csum", "Checksum in received packet is required."),
        (tunnel.output & Gre::SEQUENCE, "tx_seq", "Sequence packets on output."),
        (tunnel.output & Gre::CHECKSUM, "tx_csum", "Checksum output packets."),
    ];
    page.array("flags", |page| {
        for (flag, word, sentence) in all {
            if flag != 0 {
                page.line();
                page.element(word, format_args!("  {sentence}"));
            }
        }
    });
}

/// What went through, which is no JSON with the original either.
fn statistics(page: &mut Page, link: &Link) {
    let Some(counted) = &link.statistics else { return };
    page.raw(&format!(
        "RX: Packets    Bytes        Errors CsumErrs OutOfSeq Mcasts\n    {:<10} {:<12} {:<6} {:<8} {:<8} {:<8}\n",
        counted.rx_packets,
        counted.rx_bytes,
        counted.rx_errors,
        counted.rx_frame_errors,
        counted.rx_fifo_errors,
        counted.multicast,
    ));
    page.raw(&format!(
        "TX: Packets    Bytes        Errors DeadLoop NoRoute  NoBufs\n    {:<10} {:<12} {:<6} {:<8} {:<8} {:<6}\n",
        counted.tx_packets,
        counted.tx_bytes,
        counted.tx_errors,
        counted.collisions,
        counted.tx_carrier_errors,
        counted.tx_dropped,
    ));
}
