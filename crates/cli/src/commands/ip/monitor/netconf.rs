//! Settings of interfaces, as they are shown when they change.

use insula_net::{Family, Netconf, NetconfPlace, ReversePath};

use super::super::Session;
use super::super::page::Page;

pub(super) fn show(session: &mut Session, page: &mut Page, netconf: &Netconf) {
    let family = match netconf.family {
        Family::V4 => "inet",
        Family::V6 => "inet6",
    };
    let place = match netconf.place {
        NetconfPlace::All => "all".to_owned(),
        NetconfPlace::Default => "default".to_owned(),
        NetconfPlace::Link(index) => session.name(index),
    };
    page.text(format_args!("{family} {place} "));
    switch(page, "forwarding", netconf.forwarding);
    if let Some(check) = netconf.reverse_path {
        let word = match check {
            ReversePath::Off => "off",
            ReversePath::Strict => "strict",
            ReversePath::Loose => "loose",
        };
        page.text(format_args!("rp_filter {word} "));
    }
    switch(page, "mc_forwarding", netconf.multicast_forwarding);
    switch(page, "proxy_neigh", netconf.proxy_neighbour);
    switch(page, "ignore_routes_with_linkdown", netconf.ignore_linkdown);
    page.end();
}

fn switch(page: &mut Page, name: &str, value: Option<bool>) {
    if let Some(value) = value {
        page.text(format_args!("{name} {} ", if value { "on" } else { "off" }));
    }
}
