//! `insula net show`: one network.

use insula_engine::network::{Networks, Site};

use super::super::EXITS;
use super::json::Network;
use super::report::explain;
use super::{ls, words};
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;
use crate::table::{Charset, Style, terminal_width};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    json: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net show",
    face: FaceKind::Native,
    about: "Show one network: a set, a bridge, or the host",
    usage: &["[OPTIONS] SET|BRIDGE|host"],
    details: "\
Shows all interfaces of a set or of the host, or a bridge and its ports, in the columns of `insula net ls`.

The JSON output is one object as in the array of `insula net ls --json`.",
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
    let bridge = words::bridge(word).ok();
    let network = match bridge.map(|bridge| networks.has_bridge(&bridge)) {
        Some(Ok(true)) => {
            let host = networks.look_at(&Site::Host).map_err(explain)?;
            let name = site.word();
            let is_bridge = |link: &insula_net::Link| {
                link.name == name || link.alternative_names.iter().any(|other| other == name)
            };
            let index = host.links.iter().find(|found| is_bridge(&found.link)).map(|found| found.link.index);
            let mut network = Network::of(&host, |found| {
                Some(found.link.index) == index || (index.is_some() && found.link.master == index)
            });
            name.clone_into(&mut network.name);
            network.kind = "bridge";
            network
        }
        _ => Network::of(&networks.look_at(&site).map_err(explain)?, |_| true),
    };
    if options.json {
        return output::print(serde_json::to_string_pretty(&network)? + "\n").map(|()| 0);
    }
    let style = Style::Plain { headings: true, width: terminal_width(), charset: Charset::Utf8 };
    output::print(ls::table(&[network]).render(style)).map(|()| 0)
}
