//! `insula lab up`.

use std::ffi::OsString;

use insula_engine::doctor::{self, Evidence, Explanation};
use insula_engine::lab::{LabError, Labs, NoEffect, Source, Topology, Warning};
use insula_engine::set::{CreateError, KeeperError};

use super::super::net::report::NO_NETEM;
use super::file::{self, Unknown};
use super::{EXITS, inside};
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    unknown: Unknown,
    quiet: bool,
    prepared: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "lab up",
    face: FaceKind::Native,
    about: "Make a lab",
    usage: &["[OPTIONS] FILE"],
    details: "\
Makes all nodes and links of the lab that FILE describes (`-` is standard input), and runs the commands that it has for its \
nodes; what they print is printed. If anything fails, a command too, nothing of the lab is left. `insula lab --help` says what \
the file can have in it.

A lab of the same name that is there already is an error. What an interrupted command left of one is taken away first.",
    examples: &[Example { line: "insula lab up --strict ring.clab.yml", does: "takes no key that has no effect" }],
    order: Order::Anywhere,
    flags: &[
        flag("strict", "take a key without effect for an error").switch(|o| o.unknown = Unknown::Refuse),
        flag("quiet", "print nothing of what the commands of nodes print").short('q').switch(|o| o.quiet = true),
        flag("prepared", "read what this program has read already").hidden().switch(|o| o.prepared = true),
    ],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let (source, topology) = match operands {
        [] if options.prepared => inside::read_prepared()?,
        [path] => file::read(path, options.unknown)?,
        _ => return Err(Failure::usage("expected one file")),
    };
    let labs = Labs::of_caller();
    if labs.need_worlds() {
        tell_of_ports(options, &source, &topology)?;
        return in_world(&labs, options, source, &topology);
    }
    let mut printed = Ok(());
    let lab = labs.up(source, topology, &mut |node, _, text| {
        if !options.quiet && printed.is_ok() {
            let lines = text.lines().map(|line| format!("{}: {line}\n", node.name));
            printed = output::print(lines.collect::<String>());
        }
    });
    lab.map_err(explain)?;
    printed.map(|()| 0)
}

/// What is published of a lab in a world is published there, and not where its caller may look for it.
fn tell_of_ports(options: Options, source: &Source, topology: &Topology) -> Result<(), Failure> {
    for node in &topology.nodes {
        for port in &node.ports {
            let owner = format!("node `{}`", node.name);
            let warning = Warning { place: port.place, owner, key: "ports".into(), why: NoEffect::OfWorld };
            if options.unknown == Unknown::Refuse {
                return Err(Failure::new(format!("{}:{warning}", source.path))
                    .hint("without `--strict` this is a warning, and the rest is done"));
            }
            output::complain(&format!("insula: warning: {}:{warning}\n", source.path));
        }
    }
    Ok(())
}

/// Makes the lab in a world of its own.
fn in_world(labs: &Labs, options: Options, source: Source, topology: &Topology) -> Result<u8, Failure> {
    let input = inside::prepared(&source)?;
    let (world, unfinished) = labs.make_world(topology, source).map_err(explain)?;
    let mut words: Vec<OsString> = ["lab", "up", "--prepared"].map(OsString::from).into();
    if options.quiet {
        words.push("--quiet".into());
    }
    let status = inside::run(world, words, Some(&input));
    let done = match status {
        Ok(0) => labs.finish_world(unfinished),
        _ => labs.abandon_world(unfinished),
    };
    done.map_err(explain)?;
    status
}

/// What can be done about it.
pub(super) fn explain(error: LabError) -> Failure {
    let start = match &error {
        LabError::Exists { name, .. } => {
            let hint = format!("`insula lab down {name}` takes it away");
            return Failure::from(error).hint(hint);
        }
        LabError::Create(CreateError::Exists { name, .. }) => {
            let hint = format!("`insula show {name}` tells what it is, `insula rm {name}` removes it");
            return Failure::from(error).hint(hint);
        }
        LabError::Missing { .. } => {
            return Failure::from(error).hint("`insula lab ls` lists those that there are");
        }
        LabError::OutOfWorld { .. } => {
            return Failure::from(error).hint("as root it can be made");
        }
        LabError::Incomplete { .. } => {
            return Failure::from(error).hint("`insula gc` takes away what was interrupted");
        }
        LabError::NoDiscipline { kind: "netem", .. } => {
            return Failure::from(error)
                .cause(NO_NETEM)
                .hint("install or load it (`modprobe sch_netem`); a lab without `impairments` needs none");
        }
        LabError::Start { source, .. } => source,
        LabError::Keeper { source, .. } => match &**source {
            KeeperError::Start(start) => start,
            _ => return Failure::from(error),
        },
        _ => return Failure::from(error),
    };
    let Explanation { cause, hint } = doctor::explain(start, &Evidence::of_this_machine());
    Failure::from(error).explained(cause, hint)
}
