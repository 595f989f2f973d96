//! `ip link xstats`: counters that a type of links has of its own.

use insula_net::{
    AggregationStatistics, CountedAs, MulticastStatistics, SpanningTreeStatistics, TypeCounters,
    TypeStatistics,
};

use super::super::page::Page;
use super::super::{Session, Stop, Words};
use crate::output;

/// The types of which the kernel has such counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    Bridge,
    Bond,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Multicast,
    SpanningTree,
    Aggregation,
}

impl Part {
    const fn of(counters: &TypeCounters) -> Option<(Self, Counted)> {
        match counters {
            TypeCounters::Multicast(_) => Some((Self::Multicast, Counted::Bridge)),
            TypeCounters::SpanningTree(_) => Some((Self::SpanningTree, Counted::Bridge)),
            TypeCounters::Aggregation(_) => Some((Self::Aggregation, Counted::Bond)),
            _ => None,
        }
    }
}

/// Shows the counters of one type.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let Some(word) = words.take() else { return Err(Stop::failed("xstats: missing argument")) };
    if super::matches(word, "help") {
        return said("Usage: ... xstats type TYPE [ ARGS ]");
    }
    if !super::matches(word, "type") {
        return Err(Stop::wrong(word, "unknown argument"));
    }
    let kind = words.value()?;
    let (counted, whose) = match kind {
        "bridge" => (Counted::Bridge, CountedAs::Itself),
        "bridge_slave" => (Counted::Bridge, CountedAs::Port),
        "bond" => (Counted::Bond, CountedAs::Itself),
        "bond_slave" => (Counted::Bond, CountedAs::Port),
        _ if OTHERS.contains(&kind) => {
            return Err(Stop::failed(format!("xstats: link type {kind} doesn't support xstats")));
        }
        _ => return Err(Stop::wrong(kind, "invalid type")),
    };
    let (mut index, mut part) = (None, None);
    while let Some(word) = words.take() {
        match (counted, word) {
            (Counted::Bridge, "igmp" | "mcast") => part = Some(Part::Multicast),
            (Counted::Bridge, "stp") => part = Some(Part::SpanningTree),
            (Counted::Bond, "lacp" | "802.3ad") => part = Some(Part::Aggregation),
            (_, "dev") => index = Some(session.index(words.value()?)?),
            (Counted::Bridge, "help") => {
                return said(&format!("Usage: ... {kind} [ igmp ] [ dev DEVICE ]"));
            }
            (Counted::Bond, "help") => {
                return said(&format!("Usage: ... {kind} [ 802.3ad ] [ dev DEVICE ]"));
            }
            _ => return Err(Stop::wrong(word, "unknown attribute")),
        }
    }
    let all = TypeStatistics::list(session.route()?, whose)?;
    session.show(|session, page| {
        for of in all.iter().filter(|of| index.is_none_or(|index| index == of.index)) {
            let counters: Vec<&TypeCounters> =
                of.counters.iter().filter(|one| Part::of(one).is_some_and(|(_, of)| of == counted)).collect();
            if counters.is_empty() {
                continue;
            }
            let name = session.name(of.index);
            page.object(|page| {
                page.field("ifname", &name, format_args!("{name:<16}\n"));
                for one in counters {
                    if part.is_none_or(|part| Part::of(one).is_some_and(|(of, _)| of == part)) {
                        show(page, one);
                    }
                }
            });
        }
        Ok(())
    })
}

fn said(usage: &str) -> Result<(), Stop> {
    output::print(format!("{usage}\n")).map_err(|failure| Stop::output(&failure))
}

/// The other types that iproute2 knows.
const OTHERS: &[&str] = &[
    "amt",
    "bareudp",
    "dsa",
    "dummy",
    "erspan",
    "geneve",
    "gre",
    "gretap",
    "gtp",
    "ifb",
    "ip6erspan",
    "ip6gre",
    "ip6gretap",
    "ip6tnl",
    "ipip",
    "ipoib",
    "ipvlan",
    "ipvtap",
    "macsec",
    "macvlan",
    "macvtap",
    "netdevsim",
    "nlmon",
    "rmnet",
    "sit",
    "team",
    "vcan",
    "veth",
    "vlan",
    "vrf",
    "vti",
    "vxcan",
    "vxlan",
    "wwan",
    "xfrm",
    "virt_wifi",
];

/// Before each line but the first.
const INDENT: &str = "                    ";

fn show(page: &mut Page, counters: &TypeCounters) {
    match counters {
        TypeCounters::Multicast(counters) => multicast(page, counters),
        TypeCounters::SpanningTree(counters) => spanning_tree(page, counters),
        TypeCounters::Aggregation(counters) => aggregation(page, counters),
        _ => {}
    }
}

fn multicast(page: &mut Page, of: &MulticastStatistics) {
    page.nested("multicast", |page| {
        versions(page, "igmp_queries", "IGMP queries", &of.igmp_queries);
        versions(page, "igmp_reports", "IGMP reports", &of.igmp_reports);
        both(page, "igmp_leaves", "IGMP leaves", of.igmp_leaves);
        errors(page, "igmp_parse_errors", "IGMP parse errors", of.igmp_parse_errors);
        versions(page, "mld_queries", "MLD queries", &of.mld_queries);
        versions(page, "mld_reports", "MLD reports", &of.mld_reports);
        both(page, "mld_leaves", "MLD leaves", of.mld_leaves);
        errors(page, "mld_parse_errors", "MLD parse errors", of.mld_parse_errors);
    });
}

/// What is counted of each version of a protocol.
fn versions(page: &mut Page, key: &str, word: &str, of: &[[u64; 2]]) {
    page.nested(key, |page| {
        page.text(format_args!("{INDENT}{word}:\n"));
        for (way, (short, long)) in [("rx", "RX"), ("tx", "TX")].into_iter().enumerate() {
            page.text(format_args!("{INDENT}  {long}:"));
            for (version, counters) in (1..).zip(of) {
                let count = counters[way];
                page.field(&format!("{short}_v{version}"), count, format_args!(" v{version} {count}"));
            }
            page.text('\n');
        }
    });
}

fn both(page: &mut Page, key: &str, word: &str, of: [u64; 2]) {
    page.nested(key, |page| {
        page.field("rx", of[0], format_args!("{INDENT}{word}: RX: {} ", of[0]));
        page.field("tx", of[1], format_args!("TX: {}\n", of[1]));
    });
}

fn errors(page: &mut Page, key: &str, word: &str, count: u64) {
    page.field(key, count, format_args!("{INDENT}{word}: {count}\n"));
}

fn spanning_tree(page: &mut Page, of: &SpanningTreeStatistics) {
    let [received, sent] = of.bpdus;
    let [changes, told] = of.changes;
    page.nested("stp", |page| {
        page.field("rx_bpdu", received, format_args!("{INDENT}STP BPDU:  RX: {received} "));
        page.field("tx_bpdu", sent, format_args!("TX: {sent}\n"));
        page.field("rx_tcn", changes, format_args!("{INDENT}STP TCN:   RX: {changes} "));
        page.field("tx_tcn", told, format_args!("TX: {told}\n"));
        let (blocked, forwarding) = (of.blocked, of.forwarding);
        page.field("transition_blk", blocked, format_args!("{INDENT}STP Transitions: Blocked: {blocked} "));
        page.field("transition_fwd", forwarding, format_args!("Forwarding: {forwarding}\n"));
    });
}

/// In the kernel's order.
const AGGREGATION: [(&str, &str); 9] = [
    ("lacpdu_rx", "LACPDU Rx"),
    ("lacpdu_tx", "LACPDU Tx"),
    ("lacpdu_unknown_rx", "LACPDU Unknown type Rx"),
    ("lacpdu_illegal_rx", "LACPDU Illegal Rx"),
    ("marker_rx", "Marker Rx"),
    ("marker_tx", "Marker Tx"),
    ("marker_response_rx", "Marker response Rx"),
    ("marker_response_tx", "Marker response Tx"),
    ("marker_unknown_rx", "Marker unknown type Rx"),
];

fn aggregation(page: &mut Page, AggregationStatistics(counts): &AggregationStatistics) {
    page.nested("802.3ad", |page| {
        for ((key, word), count) in AGGREGATION.into_iter().zip(counts) {
            if let Some(count) = *count {
                page.field(key, count, format_args!("{INDENT}{word} {count}\n"));
            }
        }
    });
}
