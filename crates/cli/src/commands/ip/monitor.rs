//! `ip monitor`: what changes, as it happens.

mod header;
mod nsid;

use insula_net::{Event, Group, Happened, Heard, Monitor, Netconf, NetconfPlace, Reach, Subject};

use super::link::{self, Purpose};
use super::neighbour::Device;
use super::options::Family;
use super::page::Page;
use super::words::matches;
use super::{Session, Stop, Words};
use crate::output;
use header::Header;
use nsid::Names;

/// What is asked for.
#[derive(Clone, Debug, Default)]
struct Asked {
    /// Whether what it is stands before each change.
    label: bool,
    all_namespaces: bool,
    /// The number of the only link that matters.
    index: Option<u32>,
    groups: Vec<Group>,
}

/// Shows what changes until it is stopped.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let asked = parse(session, words)?;
    // Names are known before the first change, as a link may be gone when it is told of.
    session.links()?;
    let mut names = Names::default();
    names.learn(session);
    let reach = if asked.all_namespaces { Reach::AllNumbered } else { Reach::Own };
    let mut monitor = Monitor::open(&[], &asked.groups, reach)?;
    let mut options = session.options.clone();
    // The original has no JSON here, and one line for each link only with `-oneline`.
    options.json = false;
    options.brief = false;
    let mut page = Page::new(&options);
    loop {
        match monitor.hear()? {
            Heard::Lost => {
                output::complain("netlink receive error No buffer space available (105)\n");
            }
            Heard::Events(events) => {
                for event in &events {
                    show(session, &mut page, &asked, &mut names, event);
                }
                page.flush()?;
            }
        }
    }
}

fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Asked, Stop> {
    let mut asked = Asked::default();
    let mut said = false;
    let family = session.options.family;
    while let Some(word) = words.take() {
        let groups: &[Group] = match word {
            _ if matches(word, "file") => return Err(unsupported("file")),
            _ if matches(word, "label") => {
                asked.label = true;
                continue;
            }
            _ if matches(word, "link") => &[Group::Link],
            _ if matches(word, "address") => &[Group::Ipv4Address, Group::Ipv6Address],
            _ if matches(word, "route") => &[Group::Ipv4Route, Group::Ipv6Route],
            _ if matches(word, "mroute") => return Err(unsupported("mroute")),
            _ if matches(word, "prefix") => return Err(unsupported("prefix")),
            _ if matches(word, "neigh") => &[Group::Neighbour],
            _ if matches(word, "netconf") => &[Group::Ipv4Netconf, Group::Ipv6Netconf],
            _ if matches(word, "rule") => &[Group::Ipv4Rule, Group::Ipv6Rule],
            _ if matches(word, "nsid") => &[Group::NetnsId],
            _ if matches(word, "nexthop") => &[Group::NextHop],
            "stats" => return Err(unsupported("stats")),
            "all" => {
                asked.label = true;
                continue;
            }
            _ if matches(word, "all-nsid") => {
                asked.all_namespaces = true;
                continue;
            }
            _ if matches(word, "help") => return Err(Stop::usage(HELP)),
            "dev" => {
                let name = words.value()?;
                let link = session.link(name)?;
                asked.index = Some(link.ok_or_else(|| Stop::wrong(name, "Device does not exist\n"))?.index);
                continue;
            }
            _ => {
                return Err(Stop::usage(format!("Argument \"{word}\" is unknown, try \"ip monitor help\".")));
            }
        };
        said = true;
        asked.groups.extend(groups);
    }
    if !said {
        asked.groups.extend(Group::ALL);
    }
    asked.groups.retain(|group| is_of(*group, family));
    Ok(asked)
}

/// What the original can show as well.
fn unsupported(word: &str) -> Stop {
    Stop::usage(format!("Argument \"{word}\" is unknown, try \"ip monitor help\"."))
        .cause(format!("insula has no `ip monitor {word}`"))
        .hint("the `ip` of iproute2 has it")
}

fn is_of(group: Group, family: Family) -> bool {
    match group {
        Group::Ipv4Address | Group::Ipv4Route | Group::Ipv4Rule | Group::Ipv4Netconf => {
            matches!(family, Family::Unspecified | Family::Inet)
        }
        Group::Ipv6Address | Group::Ipv6Route | Group::Ipv6Rule | Group::Ipv6Netconf => {
            matches!(family, Family::Unspecified | Family::Inet6)
        }
        _ => true,
    }
}

const HELP: &str = "\
Usage: ip monitor [all | OBJECT...] [label] [all-nsid] [dev DEVICE]

OBJECT: address, link, neigh, netconf, nexthop, nsid, route, rule";

/// Shows one change, if it is of what matters.
fn show(session: &mut Session, page: &mut Page, asked: &Asked, names: &mut Names, event: &Event) {
    let deleted = event.happened == Happened::Deleted;
    let wanted = |index: u32| asked.index.is_none_or(|only| only == index);
    let header = |label| Header { label: asked.label.then_some(label), event, all: asked.all_namespaces };
    let begin = |session: &Session, page: &mut Page, label| {
        header(label).show(session, page);
        if deleted {
            page.text("Deleted ");
        }
    };
    match &event.subject {
        Subject::Link(link) | Subject::BridgePort(link) => {
            let port = matches!(event.subject, Subject::BridgePort(..));
            if !port {
                session.learn(link, event.happened);
            }
            if wanted(link.index) {
                begin(session, page, "[LINK]");
                link::describe(session, page, link, if port { Purpose::BridgePort } else { Purpose::Event });
            }
        }
        Subject::Address(address) if wanted(address.index) => {
            begin(session, page, "[ADDR]");
            super::address::event(session, page, address);
        }
        Subject::Route(route) => {
            let filter = super::route::Filter::of_link(asked.index);
            if filter.accepts(route) {
                begin(session, page, "[ROUTE]");
                super::route::show(session, page, route, &filter);
            }
        }
        Subject::Neighbour(neighbour) if wanted(neighbour.index) => {
            let family = session.options.family.of_ip();
            if family.is_none_or(|family| insula_net::Family::of(neighbour.address) == family) {
                begin(session, page, "[NEIGH]");
                let device = if asked.index.is_some() { Device::Known } else { Device::Shown };
                super::neighbour::show(session, page, neighbour, device);
            }
        }
        Subject::Forwarding(entry) if wanted(entry.index) && session.options.family.of_ip().is_none() => {
            begin(session, page, "[NEIGH]");
            let device = if asked.index.is_some() { Device::Known } else { Device::Shown };
            super::neighbour::forwarding(session, page, entry, device);
        }
        Subject::Rule(rule) => {
            begin(session, page, "[RULE]");
            super::rule::show(session, page, rule);
        }
        Subject::Netconf(netconf) if is_wanted(netconf, asked.index) => {
            begin(session, page, "[NETCONF]");
            super::netconf::show(session, page, netconf);
        }
        Subject::NextHop(object) if asked.index.is_none_or(|only| object.index == Some(only)) => {
            begin(session, page, "[NEXTHOP]");
            super::nexthop::show(session, page, object);
        }
        Subject::NetnsId(id) => {
            let name = names.of(session, id.id, event.happened);
            begin(session, page, "[NSID]");
            nsid::show(page, *id, name.as_deref());
        }
        _ => {}
    }
}

fn is_wanted(netconf: &Netconf, index: Option<u32>) -> bool {
    index.is_none_or(|only| netconf.place == NetconfPlace::Link(only))
}
