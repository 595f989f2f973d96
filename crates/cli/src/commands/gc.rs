//! `insula gc`: what interrupted commands left goes.

use insula_engine::set::{Disposal, Garbage, Sets};
use serde::Serialize;

use super::EXITS;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    dry_run: bool,
    json: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "gc",
    face: FaceKind::Native,
    about: "Remove what interrupted commands left",
    usage: &["[OPTIONS]"],
    details: "\
Looks through your store, /run/insula or $XDG_RUNTIME_DIR/insula, and removes what is no set: where making or removing \
one was interrupted, what was left by an earlier boot, and sets that nothing holds any more. Whatever is being made or \
removed right now stays, and so does everything that Insula didn't make.

The JSON output is an array of objects with `path`, `why` and `removed` (false with --dry-run).",
    examples: &[Example { line: "insula gc --dry-run", does: "says what it would remove" }],
    order: Order::Anywhere,
    flags: &[
        flag("dry-run", "remove nothing, say what would be").short('n').switch(|o| o.dry_run = true),
        flag("json", "print JSON").short('J').switch(|o| o.json = true),
    ],
    exits: EXITS,
    run,
};

/// A line of the JSON output.
#[derive(Serialize)]
struct Line {
    path: String,
    why: String,
    removed: bool,
}

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if let Some(operand) = operands.first() {
        return Err(Failure::usage(format!("unexpected operand `{}`", operand.display())));
    }
    let disposal = if options.dry_run { Disposal::DryRun } else { Disposal::Remove };
    let collected = Sets::of_caller().collect(disposal)?;
    let removed = !options.dry_run;
    let garbage: Vec<Line> = collected
        .garbage
        .into_iter()
        .map(|Garbage { path, why }| Line {
            path: path.display().to_string(),
            why: why.map_or_else(|| "nothing is in it".to_owned(), |why| why.to_string()),
            removed,
        })
        .collect();
    if options.json {
        output::print(serde_json::to_string_pretty(&garbage)? + "\n")?;
    } else {
        let verb = if removed { "removed" } else { "would remove" };
        let line = |one: &Line| format!("{verb} {}: {}\n", one.path.escape_debug(), one.why);
        output::print(garbage.iter().map(line).collect::<String>())?;
    }
    for name in collected.elsewhere {
        output::complain(&format!(
            "insula: left `{name}` alone: it was made in another mount or PID namespace\n"
        ));
    }
    for failure in &collected.failures {
        output::complain(&Failure::new(crate::report::chain(failure)).text("insula"));
    }
    Ok(if collected.failures.is_empty() { 0 } else { EXITS.failed })
}
