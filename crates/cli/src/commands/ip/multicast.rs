//! `ip maddress`: multicast addresses that interfaces listen to.

use insula_net::{GroupAddress, HardwareAddress, LinkMulticast, MulticastAddress, MulticastError, Netlink};
use insula_sys::errno::sentence;

use super::color::Color;
use super::inet::{Host, family_name};
use super::options::Family;
use super::page::Page;
use super::route::color;
use super::verbs::Verbs;
use super::words::{if_name, matches};
use super::{Session, Stop, Words};

/// What is between `ip maddress` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "maddr",
    without: list,
    table: &[
        (&["add"], |session, words| change(session, words, LinkMulticast::add)),
        (&["delete"], |session, words| change(session, words, LinkMulticast::delete)),
        (&["list", "show", "lst"], list),
    ],
    absent: (&[], ""),
    usage,
};

fn usage() -> Stop {
    Stop::usage("Usage: ip maddr {add|del} LLADDR dev DEV\n       ip maddr show [[dev] DEV]")
}

fn list(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut device: Option<&str> = None;
    while let Some(word) = words.take() {
        if word == "dev" {
            device = Some(words.value()?);
            continue;
        }
        if matches(word, "help") {
            return Err(usage());
        }
        if device.is_some() {
            return Err(Stop::garbage("dev", word));
        }
        device = Some(word);
    }
    let family = session.options.family;
    let mut all = MulticastAddress::list(&[]).map_err(|error| Stop::failed(crate::report::chain(&error)))?;
    all.retain(|one| {
        let of_family = match &one.address {
            GroupAddress::Link(_) => family == Family::Link,
            GroupAddress::Ip(address) => family == Family::of(*address),
        };
        (family == Family::Unspecified || of_family) && device.is_none_or(|device| one.name == device)
    });
    let oneline = session.options.oneline;
    session.show(|_, page| {
        for link in all.chunk_by(|one, next| one.index == next.index) {
            page.object(|page| show(page, link, oneline));
        }
        Ok(())
    })
}

/// Shows the addresses of one interface, with `-oneline` each behind its name.
fn show(page: &mut Page, link: &[MulticastAddress], oneline: bool) {
    let head = |page: &mut Page| {
        let one = &link[0];
        page.field("ifindex", one.index, format_args!("{}:", one.index));
        page.colored(Color::Interface, "ifname", &one.name, format_args!("\t{}", one.name));
        page.line();
    };
    if page.is_json() || !oneline {
        head(page);
    }
    page.array("maddr", |page| {
        for one in link {
            if oneline && !page.is_json() {
                head(page);
            }
            page.object(|page| address(page, one));
        }
    });
}

fn address(page: &mut Page, one: &MulticastAddress) {
    page.text('\t');
    match &one.address {
        GroupAddress::Link(address) => {
            let text = address.to_string();
            page.text("link  ");
            page.colored(Color::LinkAddress, "link", &text, &text);
        }
        GroupAddress::Ip(address) => {
            let family = family_name(insula_net::Family::of(*address));
            let host = Host(*address).to_string();
            page.field("family", family, format_args!("{family:<5} "));
            page.colored(color(*address), "address", &host, &host);
        }
    }
    if one.users > 1 {
        page.field("users", one.users, format_args!(" users {}", one.users));
    }
    if one.administered {
        page.field("features", "static", " static");
    }
    page.end();
}

fn change(
    session: &mut Session,
    words: &mut Words<'_>,
    perform: fn(&LinkMulticast, &Netlink) -> Result<(), MulticastError>,
) -> Result<(), Stop> {
    let (mut link, mut address) = (None, None);
    while let Some(word) = words.take() {
        if word == "dev" {
            let word = words.value()?;
            if link.is_some() {
                return Err(Stop::duplicate("dev", word));
            }
            link = Some(if_name(word, "dev")?);
            continue;
        }
        let word = if matches(word, "address") { words.value()? } else { word };
        if matches(word, "help") {
            return Err(usage());
        }
        if address.is_some() {
            return Err(Stop::duplicate("address", word));
        }
        address = Some(link_address(word)?);
    }
    let missing = |what| Stop::usage(format!("Not enough information: \"{what}\" is required."));
    let link = link.ok_or_else(|| missing("dev"))?;
    // The original takes none for `00:00:00:00:00:00`.
    let address = address.ok_or_else(|| missing("address"))?;
    let refused = |error: MulticastError| match &error {
        MulticastError::Change { source, .. } => Stop::failed(format!("ioctl: {}", sentence(*source))),
        _ => Stop::failed(crate::report::chain(&error)),
    };
    perform(&LinkMulticast { link, address }, session.route()?).map_err(refused)
}

/// Six bytes.
fn link_address(word: &str) -> Result<[u8; 6], Stop> {
    let parsed = word.parse::<HardwareAddress>();
    if let Ok(Ok(bytes)) = parsed.as_ref().map(|address| <[u8; 6]>::try_from(address.bytes())) {
        return Ok(bytes);
    }
    let is_none = |piece: &&str| !piece.starts_with(|first: char| first.is_ascii_hexdigit());
    if let Some(piece) = word.split(':').find(is_none) {
        return Err(Stop::failed(format!("\"{piece}\" is invalid lladdr.")));
    }
    let length = if word.contains('.') { 4 } else { word.split(':').count() };
    Err(Stop::failed(format!("Error: Invalid address length {length} - must be 6 bytes")))
}
