//! `insula net unforward`: a network reaches services of the host's loopback no more.

use insula_engine::network::Networks;

use super::super::EXITS;
use super::report::explain;
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::output;
use crate::report::Failure;

pub(super) const COMMAND: Command<()> = Command {
    name: "net unforward",
    face: FaceKind::Native,
    about: "Take back services of the host that a network reaches",
    usage: &["SET|BRIDGE [[PORT[-PORT]:]ADDRESS:PORT[-PORT][/tcp|/udp]…]"],
    details: "\
Takes back what `insula net forward` lets the set or bridge reach, or all of it if no services are given, and prints what that was. \
Connections to it end. Settings of the host that were changed for it are given back when nothing else needs them.

The set or bridge need not exist any more. What is not forwarded is told, and is no failure.",
    examples: &[Example {
        line: "insula net unforward web",
        does: "`web` reaches nothing of the host's loopback any more",
    }],
    order: Order::Anywhere,
    flags: &[],
    exits: EXITS,
    run,
};

fn run((): (), operands: &[Arg]) -> Result<u8, Failure> {
    let [network, forwards @ ..] = operands else {
        return Err(Failure::usage("expected a set or bridge"));
    };
    let name = words::set_name(network)?;
    let mut wanted =
        forwards.iter().map(|word| words::forward(word).map(Some)).collect::<Result<Vec<_>, _>>()?;
    if wanted.is_empty() {
        wanted.push(None);
    }
    let networks = Networks::of_caller();
    for forward in wanted {
        let gone = networks.unforward(&name, forward.as_ref()).map_err(explain)?;
        if gone.is_empty() {
            let what = forward.map_or_else(|| "nothing is".to_owned(), |one| format!("`{one}` is not"));
            output::complain(&format!("insula: {what} forwarded for `{name}`\n"));
        }
        for one in gone {
            output::print(format!("{}\t{}\n", one.client.name(), one.forward))?;
        }
    }
    Ok(0)
}
