//! `ip neigh show`, and how one neighbour is shown.

use std::net::IpAddr;

use insula_net::{ForwardingEntry, HardwareAddress, Neighbour, NeighbourAge, NeighbourFlags, NeighbourState};

use super::super::catalog::Catalog;
use super::super::color::Color;
use super::super::inet::Host;
use super::super::json::Value;
use super::super::page::Page;
use super::super::route::color;
use super::super::{Session, Stop, Words};
use super::filter::Filter;

/// Shows the neighbours that the words ask for: all but those who are not to be asked.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let filter = Filter::parse(session, words, 0xff & !NeighbourState::NO_ARP.0)?;
    let all = filter.list(session)?;
    let named = if filter.index.is_some() { Device::Known } else { Device::Shown };
    session.show(|session, page| {
        for one in &all {
            page.object(|page| neighbour(session, page, one, named));
        }
        Ok(())
    })
}

/// Whether the interface is shown, or known from what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Device {
    Shown,
    Known,
}

/// `NTF_*`, in the order in which they are shown.
const FLAGS: &[(NeighbourFlags, &str)] = &[
    (NeighbourFlags::ROUTER, "router"),
    (NeighbourFlags::PROXY, "proxy"),
    (NeighbourFlags::EXTERNALLY_LEARNED, "extern_learn"),
    (NeighbourFlags::OFFLOADED, "offload"),
    (NeighbourFlags::MANAGED, "managed"),
];

/// Shows one neighbour.
pub(in super::super) fn neighbour(session: &mut Session, page: &mut Page, one: &Neighbour, device: Device) {
    let known = Known {
        index: one.index,
        address: Some(one.address),
        hardware: one.hardware.as_ref(),
        flags: one.flags,
        state: one.state,
        age: one.age,
        probes: one.probes,
        protocol: one.protocol,
    };
    show(session, page, &known, device);
}

/// Shows one entry of a forwarding table.
pub(in super::super) fn forwarding(
    session: &mut Session,
    page: &mut Page,
    one: &ForwardingEntry,
    device: Device,
) {
    let known = Known {
        index: one.index,
        address: one.destination,
        hardware: one.hardware.as_ref(),
        flags: one.flags,
        state: one.state,
        age: one.age,
        probes: None,
        protocol: None,
    };
    show(session, page, &known, device);
}

/// What is known of a neighbour, or of an entry of a forwarding table.
struct Known<'a> {
    index: u32,
    address: Option<IpAddr>,
    hardware: Option<&'a HardwareAddress>,
    flags: NeighbourFlags,
    state: NeighbourState,
    age: Option<NeighbourAge>,
    probes: Option<u32>,
    protocol: Option<u8>,
}

fn show(session: &mut Session, page: &mut Page, one: &Known<'_>, device: Device) {
    let name = session.name(one.index);
    let hardware = one.hardware.map(ToString::to_string);
    let host = one.address.map(|address| (address, Host(address).to_string()));
    if session.options.brief {
        if let Some((address, host)) = &host {
            page.colored(color(*address), "dst", host, format_args!("{host:<39} "));
        }
        if device == Device::Shown {
            page.colored(Color::Interface, "dev", &name, format_args!("{name:<16} "));
        }
        if let Some(hardware) = &hardware {
            page.colored(Color::LinkAddress, "lladdr", hardware, hardware);
        }
        page.end();
        return;
    }
    if let Some((address, host)) = &host {
        page.colored(color(*address), "dst", host, format_args!("{host} "));
    }
    if device == Device::Shown {
        page.text("dev ");
        page.colored(Color::Interface, "dev", &name, format_args!("{name} "));
    }
    if let Some(hardware) = &hardware {
        page.text("lladdr ");
        page.colored(Color::LinkAddress, "lladdr", hardware, format_args!("{hardware} "));
    }
    for (flag, name) in FLAGS {
        if one.flags.contains(*flag) {
            page.field(name, Value::Null, format_args!("{name} "));
        }
    }
    if session.options.stats > 0 {
        age(page, one);
    }
    if one.state != NeighbourState::NONE {
        state(page, one.state);
    }
    if let Some(protocol) = one.protocol {
        let name = session.named(Catalog::Protocols, protocol.into());
        page.field("protocol", &name, format_args!("proto {name} "));
    }
    page.end();
}

/// Ticks in a second: `USER_HZ`.
const TICKS: u32 = 100;

fn age(page: &mut Page, one: &Known<'_>) {
    if let Some(age) = one.age {
        if age.references != 0 {
            page.field("refcnt", age.references, format_args!(" ref {}", age.references));
        }
        let [used, confirmed, updated] = [age.used, age.confirmed, age.updated].map(|ticks| ticks / TICKS);
        page.json("used", used);
        page.json("confirmed", confirmed);
        page.json("updated", updated);
        page.text(format_args!(" used {used}/{confirmed}/{updated}"));
    }
    if let Some(probes) = one.probes {
        page.field("probes", probes, format_args!("probes {probes} "));
    }
}

fn state(page: &mut Page, state: NeighbourState) {
    page.array("state", |page| {
        for (flag, name) in NeighbourState::NAMES {
            if state.intersects(flag) {
                let name = name.to_uppercase();
                page.element(&name, format_args!("{name} "));
            }
        }
        let known = NeighbourState::NAMES.iter().fold(0, |known, (flag, _)| known | flag.0);
        if state.0 & !known != 0 {
            let text = format!("{:#x}", state.0 & !known);
            page.element(&text, format_args!("{text} "));
        }
    });
}
