//! `insula oci pause`.

use super::failure::explain;
use super::verb::Context;
use super::{Verb, container};
use crate::args::{Arg, Order};
use crate::report::Failure;

pub(super) const VERB: Verb<()> = Verb {
    name: "oci pause",
    about: "Stop all processes of a container until it is resumed",
    usage: &["CONTAINER"],
    details: "",
    order: Order::Anywhere,
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, (): (), operands: &[Arg]) -> Result<u8, Failure> {
    let id = container::only_id(operands)?;
    container::find(context, &id)?.pause().map_err(explain)?;
    Ok(0)
}
