//! `insula net unpublish`: ports of the host lead into a set no more.

use insula_engine::network::Networks;

use super::super::EXITS;
use super::report::explain;
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::output;
use crate::report::Failure;

pub(super) const COMMAND: Command<()> = Command {
    name: "net unpublish",
    face: FaceKind::Native,
    about: "Take back published ports of a set",
    usage: &["SET [[ADDRESS:]PORT[-PORT]:PORT[-PORT][/tcp|/udp]…]"],
    details: "\
Takes back what `insula net publish` published for the set, or all of it if no ports are given, and prints what that was. \
Connections that go through it end. Settings of the host that were changed for it are given back when nothing else needs them.

The set need not exist any more. What is not published is told, and is no failure.",
    examples: &[Example { line: "insula net unpublish web", does: "nothing of `web` is published any more" }],
    order: Order::Anywhere,
    flags: &[],
    exits: EXITS,
    run,
};

fn run((): (), operands: &[Arg]) -> Result<u8, Failure> {
    let [set, publications @ ..] = operands else { return Err(Failure::usage("expected a set")) };
    let set = words::set(set)?;
    let mut wanted =
        publications.iter().map(|word| words::publication(word).map(Some)).collect::<Result<Vec<_>, _>>()?;
    if wanted.is_empty() {
        wanted.push(None);
    }
    let networks = Networks::of_caller();
    for publication in wanted {
        let gone = networks.unpublish(&set, publication.as_ref()).map_err(explain)?;
        if gone.is_empty() {
            let what = publication.map_or_else(|| "nothing".to_owned(), |one| format!("`{one}`"));
            let not = if what == "nothing" { "" } else { " not" };
            output::complain(&format!("insula: {what} is{not} published for {set}\n"));
        }
        for one in gone {
            output::print(format!("{}\t{}\n", one.owner(), one.publication))?;
        }
    }
    Ok(0)
}
