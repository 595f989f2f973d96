//! `ip netconf`: settings of interfaces, and how they are shown when they change.

use insula_net::{Netconf, NetconfPlace, ReversePath};

use super::inet::family_name;
use super::options;
use super::page::Page;
use super::verbs::Verbs;
use super::{Session, Stop, Words};

/// What is between `ip netconf` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "netconf",
    without: list,
    table: &[(&["show", "lst", "list"], list)],
    absent: (&[], ""),
    usage: || Stop::usage("Usage: ip netconf show [dev DEV]"),
};

/// Shows the settings of the link that the words name, or of all. What else they say does not matter, as with the original.
fn list(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut index = None;
    while let Some(word) = words.take() {
        if word == "dev" {
            let name = words.value()?;
            index = Some(session.index(name).map_err(|_| Stop::missing_device(name))?);
        }
    }
    let family = session.options.family;
    let all = if family == options::Family::Unspecified || family.of_ip().is_some() {
        Netconf::list(session.route()?, family.of_ip())?
    } else {
        Vec::new()
    };
    let wanted = |one: &&Netconf| index.is_none_or(|index| one.place == NetconfPlace::Link(index));
    if index.is_some() && family.of_ip().is_some() {
        // The original asks for these alone, and has no JSON for the answer.
        let mut options = session.options.clone();
        options.json = false;
        let mut page = Page::new(&options);
        all.iter().filter(wanted).for_each(|one| show(session, &mut page, one));
        return page.flush();
    }
    session.show(|session, page| {
        for one in all.iter().filter(wanted) {
            page.object(|page| show(session, page, one));
        }
        Ok(())
    })
}

/// Shows settings on one line.
pub(super) fn show(session: &mut Session, page: &mut Page, netconf: &Netconf) {
    let family = family_name(netconf.family);
    page.field("family", family, format_args!("{family} "));
    let place = match netconf.place {
        NetconfPlace::All => "all".to_owned(),
        NetconfPlace::Default => "default".to_owned(),
        NetconfPlace::Link(index) => session.name(index),
    };
    page.field("interface", &place, format_args!("{place} "));
    switch(page, "forwarding", netconf.forwarding);
    if let Some(check) = netconf.reverse_path {
        let word = match check {
            ReversePath::Off => "off",
            ReversePath::Strict => "strict",
            ReversePath::Loose => "loose",
        };
        page.field("rp_filter", word, format_args!("rp_filter {word} "));
    }
    switch(page, "mc_forwarding", netconf.multicast_forwarding);
    switch(page, "proxy_neigh", netconf.proxy_neighbour);
    switch(page, "ignore_routes_with_linkdown", netconf.ignore_linkdown);
    page.end();
}

fn switch(page: &mut Page, name: &str, value: Option<bool>) {
    if let Some(value) = value {
        page.field(name, value, format_args!("{name} {} ", if value { "on" } else { "off" }));
    }
}
