//! `insula rm`: a set of namespaces goes.

use std::fmt::Write as _;

use insula_engine::set::{Inside, Occupant, RemoveError, SetError, SetName, Sets};

use super::EXITS;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    force: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "rm",
    face: FaceKind::Native,
    about: "Remove sets of namespaces",
    usage: &["[OPTIONS] NAME…"],
    details: "\
Removes sets that `insula create` or `ip netns add` made. A set that processes are in, or in a namespace nested in its \
PID or user namespace, stays, and the processes are named. A namespace is gone when nothing else holds it: an open \
descriptor, a bind mount somewhere else, a namespace inside of it.",
    examples: &[Example { line: "insula rm --force lab", does: "kills what runs in it, and removes it" }],
    order: Order::Anywhere,
    flags: &[flag("force", "kill the processes in it first").short('f').switch(|o| o.force = true)],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let names = operands
        .iter()
        .map(|name| SetName::from_os(name))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Failure::usage(error.to_string()))?;
    if names.is_empty() {
        return Err(Failure::usage("expected a name"));
    }
    let inside = if options.force { Inside::Kill } else { Inside::Spare };
    let sets = Sets::of_caller();
    let mut status = 0;
    for name in &names {
        // One that can't be removed keeps none of the others.
        if let Err(failure) = remove(&sets, name, inside) {
            output::complain(&failure.text("insula"));
            status = EXITS.failed;
        }
    }
    Ok(status)
}

/// Removes one, and names the processes that were killed for it.
pub(super) fn remove(sets: &Sets, name: &SetName, inside: Inside) -> Result<(), Failure> {
    for Occupant { pid, command } in sets.remove(name, inside).map_err(explain)? {
        output::complain(&format!("insula: killed process {pid} in `{name}`: {command}\n"));
    }
    super::net::forget_gone()
}

fn explain(error: RemoveError) -> Failure {
    match &error {
        RemoveError::Occupied { name, occupants } => {
            let cause = list(occupants, "in it");
            let hint = format!("`insula rm --force {name}` kills them");
            Failure::from(error).cause(cause).hint(hint)
        }
        RemoveError::Survivors { occupants, .. } => {
            let cause = list(occupants, "left");
            Failure::from(error).cause(cause)
        }
        RemoveError::NotOurs { name, .. } => {
            let hint = format!("as root: `insula rm {name}`");
            Failure::from(error).hint(hint)
        }
        RemoveError::Set(SetError::Elsewhere { kind, id, .. }) => {
            let hint = format!("from in there: `insula enter {kind}:[{}] -- insula rm …`", id.ino);
            Failure::from(error).hint(hint)
        }
        _ => Failure::from(error),
    }
}

/// The processes, one a line after how many they are.
fn list(occupants: &[Occupant], what: &str) -> String {
    let count = occupants.len();
    let mut text = format!("{count} {} {what}:", if count == 1 { "process is" } else { "processes are" });
    for Occupant { pid, command } in occupants {
        let _ = write!(text, "\n  {pid} {}", command.escape_debug());
    }
    text
}
