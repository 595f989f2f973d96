//! `insula lab exec`.

use std::ffi::OsString;

use insula_engine::lab::{Lab, LabError, Labs};
use insula_engine::set::{Set, SetName};

use super::super::run::EXITS;
use super::down::{is_file, name};
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
    usage: &["[LAB] NODE [--] [COMMAND…]"],
    details: "\
Runs COMMAND, or a shell, in all namespaces of NODE, with the environment that the lab's file has for it; it ends as COMMAND \
ends. In a node of kind `host` it runs here. LAB is a name, or the file that the lab was made from. It can be left out where NODE is the name of no lab, and of a node \
in one lab only.",
    examples: &[Example { line: "insula lab exec ring r1 ip route", does: "shows the routes of `r1`" }],
    order: Order::BeforeOperands,
    flags: &[],
    exits: EXITS,
    run,
};

/// A lab, by where it is.
enum Home {
    Here(Box<Lab>),
    World(Set),
}

fn run(_: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let labs = Labs::of_caller();
    let (home, operands) = whose(&labs, operands)?;
    let [node, words @ ..] = operands else {
        return Err(Failure::usage("expected a node of the lab"));
    };
    let lab = match home {
        Home::Here(lab) => lab,
        Home::World(world) => {
            let given = [OsString::from("lab"), "exec".into(), world.name().as_str().into(), node.into()];
            let words = given.into_iter().chain(words.iter().map(Into::into)).collect();
            return inside::run(world, words, None);
        }
    };
    let (node, set) = lab.node(&labs, &node.to_string_lossy()).map_err(explain)?;
    let environment = node.environment.iter().map(|(name, value)| (name.into(), Some(value.into())));
    super::super::enter::in_set(set, environment.collect(), words)
}

/// The lab that the words are about, and those that follow its name.
fn whose<'a>(labs: &Labs, operands: &'a [Arg]) -> Result<(Home, &'a [Arg]), Failure> {
    let [first, rest @ ..] = operands else {
        return Err(Failure::usage("expected a lab and one of its nodes"));
    };
    let missing = match home(labs, &name(first)?) {
        Err(missing @ LabError::Missing { .. }) if !is_file(first) => missing,
        found => return Ok((found.map_err(explain)?, rest)),
    };
    let node = first.to_string_lossy();
    match &labs.with_node(&node).map_err(explain)?[..] {
        [] => Err(explain(missing)),
        [only] => Ok((home(labs, only).map_err(explain)?, operands)),
        several => {
            let several: Vec<_> = several.iter().map(|lab| format!("`{lab}`")).collect();
            let failure = Failure::new(format!("several labs have a node `{node}`: {}", several.join(", ")));
            Err(failure.hint(format!("say which: `insula lab exec LAB {node}`")))
        }
    }
}

fn home(labs: &Labs, name: &SetName) -> Result<Home, LabError> {
    if labs.need_worlds() {
        labs.world(name).map(Home::World)
    } else {
        labs.find(name).map(|lab| Home::Here(Box::new(lab)))
    }
}
