//! `insula gc`: what interrupted commands left goes.

use insula_engine::group::{self, GroupGarbage};
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
removed right now stays, and so does everything that Insula didn't make. Of networks it takes what `insula net gc` does. A lab goes as a whole. \
The control group of a command goes when the command has ended whose `insula run` was killed.

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
pub(super) struct Line {
    pub(super) path: String,
    pub(super) why: String,
    pub(super) removed: bool,
}

impl Line {
    /// The line of the text output.
    pub(super) fn text(&self) -> String {
        let verb = if self.removed { "removed" } else { "would remove" };
        format!("{verb} {}: {}\n", self.path.escape_debug(), self.why)
    }
}

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if let Some(operand) = operands.first() {
        return Err(Failure::usage(format!("unexpected operand `{}`", operand.display())));
    }
    let disposal = if options.dry_run { Disposal::DryRun } else { Disposal::Remove };
    let removed = !options.dry_run;
    // Labs consist of sets, which are whole one by one.
    let (labs, labs_status) = super::lab::collect(disposal)?;
    // First: afterwards it would be seen as what leads to sets that are gone.
    let (mut garbage, status) = super::net::collect(disposal)?;
    let collected = Sets::of_caller().collect(disposal)?;
    if disposal == Disposal::Remove {
        super::net::forget_gone()?;
    }
    let sets = collected.garbage.into_iter().map(|Garbage { path, why }| Line {
        path: path.display().to_string(),
        why: why.map_or_else(|| "nothing is in it".to_owned(), |why| why.to_string()),
        removed,
    });
    let (groups, groups_status) = collect_groups(disposal)?;
    garbage.extend(labs);
    garbage.extend(groups);
    garbage.extend(sets);
    if options.json {
        output::print(serde_json::to_string_pretty(&garbage)? + "\n")?;
    } else {
        output::print(garbage.iter().map(Line::text).collect::<String>())?;
    }
    for name in collected.elsewhere {
        output::complain(&format!(
            "insula: left `{name}` alone: it was made in another mount or PID namespace\n"
        ));
    }
    for failure in &collected.failures {
        output::complain(&Failure::new(crate::report::chain(failure)).text("insula"));
    }
    Ok(if collected.failures.is_empty() { status.max(labs_status).max(groups_status) } else { EXITS.failed })
}

/// Collects groups of commands; the lines to print, and the exit status. What could not be judged is told.
fn collect_groups(disposal: Disposal) -> Result<(Vec<Line>, u8), Failure> {
    let (garbage, failures) = group::collect(disposal)?;
    for failure in &failures {
        output::complain(&Failure::new(crate::report::chain(failure)).text("insula"));
    }
    let line = |path: std::path::PathBuf| Line {
        path: path.display().to_string(),
        why: "the command of this control group has ended".to_owned(),
        removed: disposal == Disposal::Remove,
    };
    let paths = garbage.into_iter().flat_map(|GroupGarbage { paths }| paths);
    Ok((paths.map(line).collect(), if failures.is_empty() { 0 } else { EXITS.failed }))
}
