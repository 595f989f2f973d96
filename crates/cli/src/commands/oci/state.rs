//! `insula oci state`: what is known of a container.

use super::failure::explain;
use super::verb::Context;
use super::{Verb, container};
use crate::args::{Arg, Order};
use crate::output;
use crate::report::Failure;

pub(super) const VERB: Verb<()> = Verb {
    name: "oci state",
    about: "Print what is known of a container, as JSON",
    usage: &["CONTAINER"],
    details: "\
The keys are `ociVersion`, `id`, `pid` (0 once it has stopped), `status` (creating, created, running, paused or stopped), \
`bundle`, `rootfs`, `created`, `annotations` and `owner`.",
    order: Order::Anywhere,
    flags: &[],
    run,
};

fn run(context: &mut Context<'_>, (): (), operands: &[Arg]) -> Result<u8, Failure> {
    let id = container::only_id(operands)?;
    let container = container::find(context, &id)?;
    output::print(container.report("").map_err(explain)?.pretty())?;
    Ok(0)
}
