//! `insula oci start`: the program of a container that was made runs.

use super::failure::explain;
use super::verb::Context;
use super::{Verb, container};
use crate::args::{Arg, Order};
use crate::report::Failure;

pub(super) const VERB: Verb<()> = Verb {
    name: "oci start",
    about: "Run the program of a container that was made",
    usage: &["CONTAINER"],
    details: "",
    order: Order::Anywhere,
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, (): (), operands: &[Arg]) -> Result<u8, Failure> {
    let id = container::only_id(operands)?;
    let warnings = container::find(context, &id)?.start().map_err(explain)?;
    for warning in warnings {
        context.log.warning_of(&warning);
    }
    Ok(0)
}
