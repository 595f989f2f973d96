//! `insula net ls`: what networks there are.

use insula_engine::network::{LinkFound, Networks, Site};

use super::super::EXITS;
use super::json::{Interface, Network, Port, Service};
use super::report::explain;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::{Failure, chain};
use crate::table::{Align, Cell, Charset, Column, Row, Style, Table, terminal_width};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    all: bool,
    json: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net ls",
    face: FaceKind::Native,
    about: "List networks: sets, bridges, and what connects them",
    usage: &["[OPTIONS]"],
    details: "\
Lists every set that has a network namespace with its interfaces, and of the host those that Insula made: bridges, their ports, \
and the ends of connections. LEADS-TO is what is at the other end. What is published follows, with the addresses that it leads to, \
and services of the host's loopback that networks reach, with the host's address at which they do.

The JSON output is an array of objects with `name`, `kind` (host or set) and `interfaces`: `name`, `full_name` (where that is \
longer than a name can be, or null), `index`, `type`, `up`, `state`, `mtu`, `mac`, `master`, `qdisc`, `addresses`, `purpose` (link, port, port-of, \
bridge, shaper, wireguard, or null where Insula did not make it), `leads_to`, `complete` (false where making it was interrupted) and \
`egress` (closed, nat, or null where there are no walls); `published`: `what`, the set as `network` (of what a command alone has, the bridge, and \
it is in the host's object), and its `addresses`; and `forwarded`: `what`, \
the set or bridge as `network`, and the host's `address` there.",
    examples: &[Example { line: "insula net ls --json | jq '.[].interfaces[].addresses'", does: "all addresses" }],
    order: Order::Anywhere,
    flags: &[
        flag("all", "also the loopback interfaces, and those of the host that Insula did not make")
            .short('a')
            .switch(|o| o.all = true),
        flag("json", "print JSON").short('J').switch(|o| o.json = true),
    ],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if let Some(operand) = operands.first() {
        let word = operand.display();
        return Err(Failure::usage(format!("unexpected operand `{word}`"))
            .hint(format!("`insula net show {word}` shows one network")));
    }
    let networks = Networks::of_caller();
    let survey = networks.survey().map_err(explain)?;
    let ruleset = networks.ruleset_if_any().map_err(explain)?;
    let networks: Vec<Network> = survey
        .sites
        .iter()
        .map(|found| {
            let of_others = found.site != Site::Host;
            Network::of(found, &ruleset, |link| {
                options.all || link.mark.is_some() || (of_others && !is_loopback(link))
            })
        })
        .filter(|network| network.kind == "set" || !network.interfaces.is_empty())
        .collect();
    if options.json {
        output::print(serde_json::to_string_pretty(&networks)? + "\n")?;
    } else {
        let style = Style::Plain { headings: true, width: terminal_width(), charset: Charset::Utf8 };
        output::print([table(&networks).render(style), ports(&networks)].concat())?;
    }
    for failure in &survey.unreadable {
        output::complain(&Failure::new(chain(failure)).text("insula"));
    }
    Ok(if survey.unreadable.is_empty() { 0 } else { EXITS.failed })
}

fn is_loopback(link: &LinkFound) -> bool {
    const LOOPBACK: u16 = 772;
    link.link.hardware == LOOPBACK
}

/// What is published, and what is forwarded, as tables below the other.
pub(super) fn ports(networks: &[Network]) -> Vec<u8> {
    let published = networks.iter().flat_map(|network| {
        let line = |port: &Port| [port.what.clone(), port.network.clone(), port.addresses.join(" ")];
        network.published.iter().map(line).collect::<Vec<_>>()
    });
    let forwarded = networks.iter().flat_map(|network| &network.forwarded).map(|service| {
        let Service { what, network, address } = service;
        [what.clone(), network.clone(), address.clone()]
    });
    [
        below(["PUBLISHED", "NETWORK", "LEADS-TO"], published.collect()),
        below(["FORWARDED", "NETWORK", "REACHED-AT"], forwarded.collect()),
    ]
    .concat()
}

/// A table below another one; nothing if it has no lines.
fn below(headings: [&'static str; 3], lines: Vec<[String; 3]>) -> Vec<u8> {
    if lines.is_empty() {
        return Vec::new();
    }
    let column = |name| Column { name, align: Align::Left, usual_width: 0, truncate: false };
    let row = |line: [String; 3]| Row { cells: line.map(Cell::text).to_vec(), parent: None };
    let rows = lines.into_iter().map(row).collect();
    let table = Table { columns: headings.map(column).to_vec(), rows, ..Table::default() };
    let style = Style::Plain { headings: true, width: terminal_width(), charset: Charset::Utf8 };
    [b"\n".to_vec(), table.render(style)].concat()
}

/// The interfaces as a table; a network without one has a line too.
pub(super) fn table(networks: &[Network]) -> Table {
    let column = |name| Column { name, align: Align::Left, usual_width: 0, truncate: false };
    let mut table = Table {
        columns: ["NETWORK", "INTERFACE", "TYPE", "STATE", "ADDRESSES", "LEADS-TO"].map(column).to_vec(),
        ..Table::default()
    };
    for network in networks {
        for interface in &network.interfaces {
            table.rows.push(Row { cells: cells(network, interface), parent: None });
        }
        if network.interfaces.is_empty() {
            let mut cells = vec![Cell::from(network.name.as_str())];
            cells.resize(table.columns.len(), Cell::Empty);
            table.rows.push(Row { cells, parent: None });
        }
    }
    table
}

fn cells(network: &Network, interface: &Interface) -> Vec<Cell> {
    let state = match interface.complete {
        Some(false) => "incomplete",
        _ => interface.state.as_str(),
    };
    vec![
        network.name.as_str().into(),
        interface.shown().into(),
        interface.kind.as_deref().into(),
        state.into(),
        Cell::text(interface.addresses.join(" ")),
        interface.leads_to.as_deref().into(),
    ]
}
