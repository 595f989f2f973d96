//! `insula net show`: one network.

use insula_engine::firewall::Ruleset;
use insula_engine::network::fact::{Fact, NeighbourFact, RouteFact, RuleFact};
use insula_engine::network::{Networks, Site};
use insula_net::Link;
use serde::Serialize;

use super::super::EXITS;
use super::json::{Limit, Network};
use super::report::explain;
use super::tunnel::Tunnel;
use super::{limit, ls, words};
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::report::Failure;
use crate::table::{Charset, Style, terminal_width};
use crate::{output, printable};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    json: bool,
}

/// A network with what is set at its interfaces.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    network: Network,
    limits: Vec<Limit>,
    wireguard: Vec<Tunnel>,
    routes: Vec<RouteFact>,
    rules: Vec<RuleFact>,
    neighbours: Vec<NeighbourFact>,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net show",
    face: FaceKind::Native,
    about: "Show one network: a set, a bridge, or the host",
    usage: &["[OPTIONS] SET|BRIDGE|host"],
    details: "\
Shows all interfaces of a set or of the host, or a bridge and its ports, in the columns of `insula net ls`, and then the limits \
of a set, as `insula net limit` prints them, and WireGuard interfaces with their peers, without any secret.

The JSON output is one object as in the array of `insula net ls --json`, with `limits`, an array as of `insula net limit --json`, \
`wireguard`, an array with `interface`, `public_key`, `listen_port`, `fwmark` and `peers` (`public_key`, `endpoint`, `allowed`, `keepalive` in \
seconds, `last_handshake` in seconds since 1970, `received` and `sent` bytes), \
and for a set or the host `routes`, `rules` and `neighbours`, as `insula net monitor --json` has them. `insula net diff` compares it \
with what is there later.",
    examples: &[Example { line: "insula net show web", does: "the interfaces of the set `web`" }],
    order: Order::Anywhere,
    flags: &[flag("json", "print JSON").short('J').switch(|o| o.json = true)],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [word] = operands else { return Err(Failure::usage("expected one network")) };
    let networks = Networks::of_caller();
    let site = words::site(word)?;
    let ruleset = networks.ruleset_if_any().map_err(explain)?;
    let is_bridge = matches!(words::bridge(word).map(|bridge| networks.has_bridge(&bridge)), Ok(Ok(true)));
    let network = if is_bridge {
        bridge(&networks, &ruleset, site.word())?
    } else {
        Network::of(&networks.look_at(&site).map_err(explain)?, &ruleset, |_| true)
    };
    let limits = match site {
        Site::Set(_) if !is_bridge => networks.limits(&site).map_err(explain)?,
        _ => Vec::new(),
    };
    let tunnels = if is_bridge { Vec::new() } else { networks.tunnels(&site).map_err(explain)? };
    let tunnels: Vec<Tunnel> = tunnels.iter().map(Tunnel::of).collect();
    if options.json {
        let facts = if is_bridge { Vec::new() } else { networks.facts(&site).map_err(explain)? };
        let limits = limits.iter().filter_map(Limit::of).collect();
        let shown = Shown::of(network, limits, tunnels, facts);
        return output::print(serde_json::to_string_pretty(&shown)? + "\n").map(|()| 0);
    }
    let style = Style::Plain { headings: true, width: terminal_width(), charset: Charset::Utf8 };
    let networks = [network];
    let mut shown = [ls::table(&networks).render(style), ls::ports(&networks)].concat();
    if !limits.is_empty() {
        shown.extend(b"\nLIMITS\n");
        shown.extend(limits.iter().flat_map(|found| limit::line(found).into_bytes()));
    }
    if !tunnels.is_empty() {
        shown.extend(b"\nWIREGUARD\n");
        let lines = tunnels.iter().map(Tunnel::lines).collect::<String>();
        shown.extend(printable::text(&lines).as_bytes());
    }
    output::print(shown).map(|()| 0)
}

impl Shown {
    fn of(network: Network, limits: Vec<Limit>, wireguard: Vec<Tunnel>, facts: Vec<Fact>) -> Self {
        let (routes, rules, neighbours) = Default::default();
        let mut shown = Self { network, limits, wireguard, routes, rules, neighbours };
        for fact in facts {
            match fact {
                Fact::Route(route) => shown.routes.push(route),
                Fact::Rule(rule) => shown.rules.push(rule),
                Fact::Neighbour(neighbour) => shown.neighbours.push(neighbour),
                // They are in the network.
                Fact::Interface(_) | Fact::Address(_) => {}
            }
        }
        shown
    }
}

/// A bridge of the host and its ports.
fn bridge(networks: &Networks, ruleset: &Ruleset, name: &str) -> Result<Network, Failure> {
    let host = networks.look_at(&Site::Host).map_err(explain)?;
    let is_bridge =
        |link: &Link| link.name == name || link.alternative_names.iter().any(|other| other == name);
    let index = host.links.iter().find(|found| is_bridge(&found.link)).map(|found| found.link.index);
    let mut network = Network::of(&host, ruleset, |found| {
        Some(found.link.index) == index || (index.is_some() && found.link.master == index)
    });
    name.clone_into(&mut network.name);
    network.kind = "bridge";
    network.forwarded.retain(|service| service.network == name);
    Ok(network)
}
