//! `insula oci run`: a container is made and started at once.

use insula_oci::When;

use super::Verb;
use super::bundle::{self, Making, Stay};
use super::container::{self, AtEnd};
use super::verb::Context;
use crate::args::{Arg, Order, flag};
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    making: Making,
    detach: bool,
    keep: bool,
}

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci run",
    about: "Make a container and run its program",
    usage: &["[OPTIONS] CONTAINER"],
    details: "\
Waits for the end of the container's first process, takes the container away, and exits as that process did: 128+n stands for \
signal n. A terminal of the container's is shown on ours, unless `--console-socket` says who takes it; with `--detach` it has to. \
Sockets that systemd passes (`LISTEN_FDS`) are passed on; `NOTIFY_SOCKET` is not.",
    order: Order::Anywhere,
    flags: bundle::flags![
        flag("detach", "do not wait for its end").short('d').switch(|o| o.detach = true),
        flag("keep", "do not take the container away at its end").switch(|o| o.keep = true),
    ],
    run,
};

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let stay = if options.detach { Stay::Detached } else { Stay::Attending };
    let (made, terminal) = bundle::make(context, &options.making, operands, When::Now, stay)?;
    if options.detach {
        return Ok(0);
    }
    let at_end = if options.keep { AtEnd::Kept } else { AtEnd::Deleted };
    container::finish(context, made, terminal, at_end)
}
