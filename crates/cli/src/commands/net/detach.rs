//! `insula net detach`: a set off a bridge.

use insula_engine::network::Networks;

use super::super::EXITS;
use super::report::explain;
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::output;
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options;

pub(super) const COMMAND: Command<Options> = Command {
    name: "net detach",
    face: FaceKind::Native,
    about: "Take a set off a bridge",
    usage: &["SET BRIDGE"],
    details: "Takes away what `insula net attach` made. If there is nothing, it says so and is done.",
    examples: &[Example { line: "insula net detach web lan", does: "pulls the cable" }],
    order: Order::Anywhere,
    flags: &[],
    exits: EXITS,
    run,
};

fn run(_: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [set, bridge] = operands else { return Err(Failure::usage("expected a set and a bridge")) };
    let (set, bridge) = (words::set(set)?, words::bridge(bridge)?);
    if !Networks::of_caller().detach(&set, &bridge).map_err(explain)? {
        output::complain(&format!("insula: {set} is not attached to `{bridge}`\n"));
    }
    Ok(0)
}
