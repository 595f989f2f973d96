//! `insula net disconnect`: a veth pair goes.

use insula_engine::network::Networks;

use super::super::EXITS;
use super::report::explain;
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    name: Option<String>,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net disconnect",
    face: FaceKind::Native,
    about: "Take away what connects two sets, or a set and the host",
    usage: &["[OPTIONS] SET SET|host"],
    details: "\
Takes away the veth pairs that `insula net connect` made between the two, and no others. If there are none, it says so and \
is done.",
    examples: &[Example { line: "insula net disconnect web host", does: "pulls the cable" }],
    order: Order::Anywhere,
    flags: &[flag("name", "only the pair whose interface at the first end has this name").required(
        "NAME",
        |o, word| {
            o.name = Some(words::interface(word)?);
            Ok(())
        },
    )],
    exits: EXITS,
    run,
};

#[expect(clippy::needless_pass_by_value, reason = "the signature of every command")]
fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [near, far] = operands else {
        return Err(Failure::usage("expected two: a set, and another one or `host`"));
    };
    let (near, far) = (words::site(near)?, words::site(far)?);
    let gone = Networks::of_caller().disconnect(&near, &far, options.name.as_deref()).map_err(explain)?;
    if gone.is_empty() {
        output::complain(&format!("insula: nothing connects {near} and {far}\n"));
    }
    Ok(0)
}
