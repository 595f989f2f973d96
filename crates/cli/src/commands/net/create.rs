//! `insula net create`: sets with a network namespace.

use insula_engine::network::{BridgeName, Networks, Outcome};
use insula_engine::set::{CreateError, Inside, NewSet, SetError, SetName, Sets};
use insula_ns::Kind;

use super::super::EXITS;
use super::super::create::explain;
use super::words::set_name;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag, text};
use crate::output;
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    beside: Option<SetName>,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net create",
    face: FaceKind::Native,
    about: "Make sets with a network namespace, its loopback up",
    usage: &["[OPTIONS] NAME…"],
    details: "\
The same as `insula create NAME net`: a network namespace in which the loopback interface is up. `ip netns` finds it, and \
`insula rm NAME` or `insula net rm NAME` removes it with all that connects it. Whoever lacks CAP_SYS_ADMIN gets a user \
namespace with it.

A set that has a network namespace already is left as it is.",
    examples: &[
        Example {
            line: "insula net create web db && insula net connect web db",
            does: "two network namespaces with a cable between",
        },
        Example {
            line: "insula net create a && insula net create b --beside a && insula net connect a b",
            does: "the same without root: one user namespace owns both",
        },
    ],
    order: Order::Anywhere,
    flags: &[flag("beside", "make them in the user namespace of this set, so that all can be connected without root").required(
        "SET",
        |o, name| {
            o.beside = Some(text(name)?.parse()?);
            Ok(())
        },
    )],
    exits: EXITS,
    run,
};

#[expect(clippy::needless_pass_by_value, reason = "the signature of every command")]
fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if operands.is_empty() {
        return Err(Failure::usage("expected a name"));
    }
    let names = operands.iter().map(|word| set_name(word)).collect::<Result<Vec<_>, _>>()?;
    let sets = Sets::of_caller();
    for name in &names {
        if let Ok(bridge) = name.as_str().parse::<BridgeName>()
            && Networks::of_caller().has_bridge(&bridge).unwrap_or(false)
        {
            return Err(Failure::new(format!(
                "there is a bridge `{name}`, and a set could not be told from it"
            )));
        }
    }
    let mut made = Vec::new();
    for name in &names {
        match create(&sets, name, options.beside.as_ref()) {
            Ok(Outcome::Made) => made.push(name),
            Ok(Outcome::Found) => output::complain(&format!("insula: the set `{name}` exists already\n")),
            Err(failure) => {
                // All of them, or none.
                for name in made {
                    let _ = sets.remove(name, Inside::Spare);
                }
                return Err(failure);
            }
        }
    }
    Ok(0)
}

fn create(sets: &Sets, name: &SetName, beside: Option<&SetName>) -> Result<Outcome, Failure> {
    let new = match beside {
        None => NewSet::new(Kind::Net.into())?,
        Some(other) => {
            let other = sets.find(other).map_err(|error| super::report::explain(error.into()))?;
            NewSet::beside(&other, Kind::Net.into())?
        }
    };
    match sets.create(name, new) {
        Ok(_) => Ok(Outcome::Made),
        Err(CreateError::Exists { .. }) if has_network(sets, name) => Ok(Outcome::Found),
        Err(error) => Err(explain(error)),
    }
}

/// Whether there is a set of that name with a network namespace.
fn has_network(sets: &Sets, name: &SetName) -> bool {
    let found: Result<_, SetError> = sets.find(name).and_then(|set| set.open(Kind::Net));
    found.is_ok()
}
