//! `ip monitor`: what changes, as it happens.

mod header;
mod nsid;

use insula_net::{Event, Group, Happened, Heard, Monitor, NetconfPlace, Reach, Subject};

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

/// Shows what a change did first of all, if the kernel tells it.
pub(super) fn echo(session: &mut Session, events: &[Event]) -> Result<(), Stop> {
    let Some(event) = events.first() else { return Ok(()) };
    session.show(|session, page| {
        page.object(|page| show(session, page, &Asked::default(), &mut Names::default(), event));
        Ok(())
    })
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

/// Shows one change, if it is of what matters. What stands before it is shown in any case, as with the original.
fn show(session: &mut Session, page: &mut Page, asked: &Asked, names: &mut Names, event: &Event) {
    let Some(label) = label(session, &event.subject) else { return };
    let header = Header { label: asked.label.then_some(label), event, all: asked.all_namespaces };
    header.show(session, page);
    if let Subject::Link(link) = &event.subject {
        session.learn(link, event.happened);
    }
    if !is_wanted(&event.subject, asked.index) {
        return;
    }
    if event.happened == Happened::Deleted {
        page.text("Deleted ");
    }
    // What is only told of one link does not say which.
    let device = if asked.index.is_some() { Device::Known } else { Device::Shown };
    match &event.subject {
        Subject::Link(link) => link::describe(session, page, link, Purpose::Event),
        Subject::BridgePort(link) => link::describe(session, page, link, Purpose::BridgePort),
        Subject::Address(address) => super::address::event(session, page, address),
        Subject::Route(route) => {
            super::route::show(session, page, route, &super::route::Filter::of_link(asked.index));
        }
        Subject::Neighbour(neighbour) => super::neighbour::show(session, page, neighbour, device),
        Subject::Forwarding(entry) => super::neighbour::forwarding(session, page, entry, device),
        Subject::Rule(rule) => super::rule::show(session, page, rule),
        Subject::Netconf(netconf) => super::netconf::show(session, page, netconf),
        Subject::NextHop(object) => super::nexthop::show(session, page, object),
        Subject::NetnsId(id) => {
            let name = names.of(session, id.id, event.happened);
            nsid::show(page, *id, name.as_deref());
        }
        _ => {}
    }
}

/// What the subject is, unless it is of another family than the one that is asked for.
fn label(session: &Session, subject: &Subject) -> Option<&'static str> {
    let family = session.options.family.of_ip();
    match subject {
        Subject::Link(_) | Subject::BridgePort(_) => Some("[LINK]"),
        Subject::Address(_) => Some("[ADDR]"),
        Subject::Route(_) => Some("[ROUTE]"),
        Subject::Neighbour(neighbour) => {
            let own = insula_net::Family::of(neighbour.address);
            family.is_none_or(|family| own == family).then_some("[NEIGH]")
        }
        Subject::Forwarding(_) => family.is_none().then_some("[NEIGH]"),
        Subject::Rule(_) => Some("[RULE]"),
        Subject::Netconf(_) => Some("[NETCONF]"),
        Subject::NextHop(_) => Some("[NEXTHOP]"),
        Subject::NetnsId(_) => Some("[NSID]"),
        _ => None,
    }
}

/// Whether it is of link number `only`, if that is all that matters.
fn is_wanted(subject: &Subject, only: Option<u32>) -> bool {
    let Some(only) = only else { return true };
    match subject {
        Subject::Link(link) | Subject::BridgePort(link) => link.index == only,
        Subject::Address(address) => address.index == only,
        Subject::Route(route) => super::route::Filter::of_link(Some(only)).accepts(route),
        Subject::Neighbour(neighbour) => neighbour.index == only,
        Subject::Forwarding(entry) => entry.index == only,
        Subject::Netconf(netconf) => netconf.place == NetconfPlace::Link(only),
        _ => true,
    }
}
