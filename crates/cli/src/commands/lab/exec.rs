//! `insula lab exec`.

use std::ffi::OsString;

use insula_engine::lab::Labs;

use super::super::run::EXITS;
use super::down::name;
use super::inside;
use super::up::explain;
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options;

pub(super) const COMMAND: Command<Options> = Command {
    name: "lab exec",
    face: FaceKind::Native,
    about: "Run a command in a node of a lab",
    usage: &["LAB NODE [--] [COMMAND…]"],
    details: "\
Runs COMMAND, or a shell, in all namespaces of NODE, with the environment that the lab's file has for it; it ends as COMMAND \
ends. LAB is a name, or the file that the lab was made from.",
    examples: &[Example { line: "insula lab exec ring r1 ip route", does: "shows the routes of `r1`" }],
    order: Order::BeforeOperands,
    flags: &[],
    exits: EXITS,
    run,
};

fn run(_: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [lab, node, words @ ..] = operands else {
        return Err(Failure::usage("expected a lab and one of its nodes"));
    };
    let labs = Labs::of_caller();
    let name = name(lab)?;
    if let Some(world) = inside::world(&labs, &name)? {
        let given = [OsString::from("lab"), "exec".into(), name.as_str().into()];
        let words = given.into_iter().chain(std::iter::once(node.into())).chain(words.iter().map(Into::into));
        return inside::run(world, words.collect(), None);
    }
    let lab = labs.find(&name).map_err(explain)?;
    let (node, set) = lab.node(&labs, &node.to_string_lossy()).map_err(explain)?;
    let environment = node.environment.iter().map(|(name, value)| (name.into(), Some(value.into())));
    super::super::enter::in_set(set, environment.collect(), words)
}
