//! `insula oci resume`.

use super::failure::explain;
use super::verb::Context;
use super::{Verb, container};
use crate::args::{Arg, Order};
use crate::report::Failure;

pub(super) const VERB: Verb<()> = Verb {
    name: "oci resume",
    about: "Let the processes of a paused container go on",
    usage: &["CONTAINER"],
    details: "",
    order: Order::Anywhere,
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, (): (), operands: &[Arg]) -> Result<u8, Failure> {
    let id = container::only_id(operands)?;
    container::find(context, &id)?.resume().map_err(explain)?;
    Ok(0)
}
