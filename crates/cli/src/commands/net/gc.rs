//! `insula net gc`: what interrupted commands left of networks goes.

use insula_engine::network::{NetworkGarbage, NetworkRemnant, Networks, NetworksCollected};
use insula_engine::set::Disposal;

use super::super::EXITS;
use super::super::gc::Line;
use super::report::explain;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::{Failure, chain};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    dry_run: bool,
    json: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net gc",
    face: FaceKind::Native,
    about: "Remove what interrupted commands left of networks",
    usage: &["[OPTIONS]"],
    details: "\
Looks through the host's interfaces and those of every set for what Insula made, and removes what is not all there because a \
command was interrupted, and what leads to sets that were removed while something else kept their network namespace. So it does with published ports and walls of the packet filter. `insula \
gc` does this too. Whatever somebody is making right now stays, and so does everything that Insula didn't make.

The JSON output is an array of objects with `path`, `why` and `removed` (false with --dry-run).",
    examples: &[Example { line: "insula net gc --dry-run", does: "says what it would remove" }],
    order: Order::Anywhere,
    flags: &[
        flag("dry-run", "remove nothing, say what would be").short('n').switch(|o| o.dry_run = true),
        flag("json", "print JSON").short('J').switch(|o| o.json = true),
    ],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if let Some(operand) = operands.first() {
        return Err(Failure::usage(format!("unexpected operand `{}`", operand.display())));
    }
    let disposal = if options.dry_run { Disposal::DryRun } else { Disposal::Remove };
    let (garbage, status) = collect(disposal)?;
    if options.json {
        output::print(serde_json::to_string_pretty(&garbage)? + "\n")?;
    } else {
        output::print(garbage.iter().map(Line::text).collect::<String>())?;
    }
    Ok(status)
}

/// Collects; the lines to print, and the exit status. What could not be judged is told.
pub(in super::super) fn collect(disposal: Disposal) -> Result<(Vec<Line>, u8), Failure> {
    let NetworksCollected { garbage, firewall, failures } =
        Networks::of_caller().collect(disposal).map_err(explain)?;
    let removed = disposal == Disposal::Remove;
    let line = |NetworkGarbage { site, interface, why }| Line {
        path: match why {
            NetworkRemnant::FilesLeft => format!("files of {site}"),
            NetworkRemnant::Unsettled => format!("interface {interface} from {site}"),
            NetworkRemnant::TunnelGone => format!("what `{interface}` said of DNS in {site}"),
            _ => format!("interface {interface} in {site}"),
        },
        why: format!("{why}"),
        removed,
    };
    for failure in &failures {
        output::complain(&Failure::new(chain(failure)).text("insula"));
    }
    let status = if failures.is_empty() { 0 } else { EXITS.failed };
    let leads_nowhere = |path| Line { path, why: "what it led to is gone".to_owned(), removed };
    Ok((garbage.into_iter().map(line).chain(firewall.into_iter().map(leads_nowhere)).collect(), status))
}

/// Takes back what was published for sets that have just been removed.
pub(in super::super) fn forget_gone() -> Result<(), Failure> {
    Networks::of_caller().forget_gone().map_err(explain)
}
