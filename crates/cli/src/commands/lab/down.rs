//! `insula lab down`.

use insula_engine::lab::Labs;
use insula_engine::set::SetName;

use super::EXITS;
use super::up::explain;
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options;

pub(super) const COMMAND: Command<Options> = Command {
    name: "lab down",
    face: FaceKind::Native,
    about: "Take a lab away",
    usage: &["LAB…"],
    details: "\
Ends everything that runs in the nodes of a lab, and takes them and their links away. LAB is a name, or the file that the lab \
was made from.",
    examples: &[Example {
        line: "insula lab down ring.clab.yml",
        does: "takes away what `insula lab up` made of the file",
    }],
    order: Order::Anywhere,
    flags: &[],
    exits: EXITS,
    run,
};

fn run(_: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if operands.is_empty() {
        return Err(Failure::usage("expected the name of a lab"));
    }
    let labs = Labs::of_caller();
    for operand in operands {
        let name = name(operand)?;
        let gone = if labs.need_worlds() { labs.remove_world(&name) } else { labs.down(&name) };
        gone.map_err(explain)?;
    }
    Ok(0)
}

/// The name of a lab, or that in a file.
pub(super) fn name(operand: Arg) -> Result<SetName, Failure> {
    if is_file(operand) {
        let (_, topology) = super::file::read(operand, super::file::Unknown::Ignore)?;
        return Ok(topology.name);
    }
    SetName::from_os(operand).map_err(|error| Failure::usage(error.to_string()))
}

/// Whether a word names a file rather than a lab.
pub(super) fn is_file(operand: Arg) -> bool {
    let text = operand.to_string_lossy();
    text == "-" || text.contains('/') || text.ends_with(".yml") || text.ends_with(".yaml")
}
