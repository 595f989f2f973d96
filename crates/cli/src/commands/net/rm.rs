//! `insula net rm`: bridges and sets go.

use insula_engine::network::{BridgeName, Networks, Ports};
use insula_engine::set::{Inside, SetError, SetName, Sets};

use super::super::{EXITS, rm};
use super::report::explain;
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    force: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net rm",
    face: FaceKind::Native,
    about: "Remove bridges, and sets with all that connects them",
    usage: &["[OPTIONS] NAME…"],
    details: "\
Removes the bridges and sets of these names. A bridge that sets are attached to stays, and they are named; so does a set that \
processes are in. What connects a set goes with its network namespace.

Only bridges that Insula made are removed. A name that is neither a set nor a bridge is told, and is no failure.",
    examples: &[Example { line: "insula net rm --force lan", does: "detaches all sets from `lan`, and removes it" }],
    order: Order::Anywhere,
    flags: &[flag("force", "detach what is attached, kill the processes in it first")
        .short('f')
        .switch(|o| o.force = true)],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if operands.is_empty() {
        return Err(Failure::usage("expected a name"));
    }
    let names = operands.iter().map(|word| words::set_name(word)).collect::<Result<Vec<_>, _>>()?;
    let mut status = 0;
    for name in &names {
        // One that can't be removed keeps none of the others.
        if let Err(failure) = remove(name, options.force) {
            output::complain(&failure.text("insula"));
            status = EXITS.failed;
        }
    }
    Ok(status)
}

fn remove(name: &SetName, force: bool) -> Result<(), Failure> {
    let sets = Sets::of_caller();
    if !matches!(sets.find(name), Err(SetError::Missing { .. })) {
        let inside = if force { Inside::Kill } else { Inside::Spare };
        return rm::remove(&sets, name, inside);
    }
    let is_gone = match name.as_str().parse::<BridgeName>() {
        Ok(bridge) => {
            let ports = if force { Ports::Detach } else { Ports::Spare };
            Networks::of_caller().remove_bridge(&bridge, ports).map_err(explain)?
        }
        Err(_) => false,
    };
    if !is_gone {
        output::complain(&format!("insula: there is neither a set nor a bridge `{name}`\n"));
    }
    Ok(())
}
