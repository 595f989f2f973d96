//! `insula oci delete`: a container is taken away.

use insula_oci::{Deletion, Error};

use super::failure::explain;
use super::verb::Context;
use super::{Verb, container};
use crate::args::{Arg, Order, flag};
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    force: bool,
    regex: bool,
}

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci delete",
    about: "Take a container away that has ended",
    usage: &["[OPTIONS] CONTAINER", "--regex [OPTIONS] EXPRESSION"],
    details: "",
    order: Order::Anywhere,
    flags: &[
        flag("force", "kill it first if it runs; and it is no failure if there is none")
            .short('f')
            .switch(|o| o.force = true),
        flag("regex", "all containers whose names match a regular expression")
            .short('r')
            .switch(|o| o.regex = true),
    ],
    run,
};

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let &[word] = operands else { return Err(Failure::usage("expected one container")) };
    let runtime = context.globals.runtime();
    let deletion = if options.force { Deletion::Forced } else { Deletion::Stopped };
    for id in container::meant(context, word, options.regex)? {
        let deleted = match runtime.container(&id) {
            Err(Error::Unknown(_)) if options.force => Ok(Vec::new()),
            found => found.and_then(|container| container.delete(&runtime, deletion)),
        };
        for warning in deleted.map_err(explain)? {
            context.log.warning_of(&warning);
        }
    }
    Ok(0)
}
