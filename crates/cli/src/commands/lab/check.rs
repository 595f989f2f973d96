//! `insula lab check`.

use insula_engine::lab::{Holds, Labs};
use serde::Serialize;

use super::file::{self, Unknown};
use super::up::explain;
use super::{EXITS, inside};
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    unknown: Unknown,
    json: bool,
    prepared: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "lab check",
    face: FaceKind::Native,
    about: "Check what a file asserts of its lab",
    usage: &["[OPTIONS] FILE"],
    details: "\
Asks what the `checks` of FILE are about, from inside the nodes of the lab, and prints a line for each: what is asserted, and \
what was found. The exit status is 0 if all of it is true, and 1 if something is not. The lab has to be up.

Each check is a mapping with one key: `reachable`, `unreachable`, `delay` (there and back, `within` a time, or a shortest and a \
longest one) or `path` (by way of the nodes or addresses in `via`). It has `from` and `to`, names of nodes or lists of them; `to` can be \
an address. `protocol` is icmp, udp or tcp, the latter two with a `port`. `timeout` is how long an answer may take: 3s, and 1s \
where none is expected. Of a UDP port any answer counts, so it has to be one of a service that answers what it doesn't understand.

The questions are asked by Insula itself: nodes need no ping.

The JSON output is an array of objects with `line`, `check`, `found` and `holds`.",
    examples: &[Example {
        line: "insula lab up ring.clab.yml && insula lab check ring.clab.yml; insula lab down ring",
        does: "a test of a network, from nothing to nothing",
    }],
    order: Order::Anywhere,
    flags: &[
        flag("strict", "take a key without effect for an error").switch(|o| o.unknown = Unknown::Refuse),
        flag("json", "print JSON").short('J').switch(|o| o.json = true),
        flag("prepared", "read what this program has read already").hidden().switch(|o| o.prepared = true),
    ],
    exits: EXITS,
    run,
};

#[derive(Serialize)]
struct Checked {
    line: usize,
    check: String,
    found: String,
    holds: bool,
}

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let (source, topology) = match operands {
        [] if options.prepared => inside::read_prepared()?,
        [path] => file::read(path, options.unknown)?,
        _ => return Err(Failure::usage("expected one file")),
    };
    let labs = Labs::of_caller();
    if let Some(world) = inside::world(&labs, &topology.name)? {
        let words = ["lab", "check", "--prepared"].into_iter().chain(options.json.then_some("--json"));
        let words = words.map(Into::into).collect();
        return inside::run(world, words, Some(&inside::prepared(&source)?));
    }
    let verdicts = labs.check(&topology).map_err(explain)?;
    let lines: Vec<Checked> = topology
        .checks
        .iter()
        .zip(&verdicts)
        .map(|(check, verdict)| Checked {
            line: check.line,
            check: topology.describe(check),
            found: verdict.found.to_string(),
            holds: verdict.holds == Holds::Yes,
        })
        .collect();
    if options.json {
        output::print(serde_json::to_string_pretty(&lines)? + "\n")?;
    } else {
        let text = |line: &Checked| {
            let word = if line.holds { "ok  " } else { "FAIL" };
            format!("{word} line {}: {}: {}\n", line.line, line.check, line.found)
        };
        output::print(lines.iter().map(text).collect::<String>())?;
    }
    Ok(if lines.iter().all(|line| line.holds) { 0 } else { EXITS.failed })
}
