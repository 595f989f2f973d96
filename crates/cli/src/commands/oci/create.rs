//! `insula oci create`: a container is made, and waits for `start`.

use insula_oci::When;

use super::Verb;
use super::bundle::{self, Making, Stay};
use super::verb::Context;
use crate::args::{Arg, Order};
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    making: Making,
}

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci create",
    about: "Make a container, whose program waits for `start`",
    usage: &["[OPTIONS] CONTAINER"],
    details: "\
The container is made of a bundle under the name CONTAINER: letters and digits of ASCII, `_`, `+`, `-` and `.`.",
    order: Order::Anywhere,
    flags: bundle::flags![],
    run,
};

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    bundle::make(context, &options.making, operands, When::Started, Stay::Detached)?;
    Ok(0)
}
