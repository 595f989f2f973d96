//! `insula doctor`: what works here for this user, and what would make the rest work.

use std::fmt::Write as _;

use insula_engine::doctor::{Finding, Lab, Probe, Report, Status};

use super::EXITS;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    json: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "doctor",
    face: FaceKind::Native,
    about: "Say what this kernel and this user can do, and what is in the way",
    usage: &["[OPTIONS] [PROBE…]"],
    details: "\
Finds out by trying, and leaves nothing behind. Each line is the answer of one probe: `yes`, `partly` or `no`, its \
name, and what was tried or read; below it, where there is one, the smallest thing that makes it work. With names of \
probes it asks those alone.

The JSON output is an object with `version` (1), `kernel`, `machine`, `euid`, `surroundings` and an array `findings` of \
objects with `probe`, `what`, `status` (works, limited or no), `evidence` and `fix` (or null). With names of probes it \
is that array alone. The exit status says that the questions were asked, not that all is well.",
    examples: &[Example { line: "insula doctor --json | jq -r '.findings[] | select(.status == \"no\").fix'", does: "what there is to do" }],
    order: Order::Anywhere,
    flags: &[flag("json", "print JSON").short('J').switch(|o| o.json = true)],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let text = if operands.is_empty() {
        let report = Report::examine();
        if options.json { serde_json::to_string_pretty(&report)? } else { describe(&report) }
    } else {
        let probes = operands.iter().map(|name| probe(name)).collect::<Result<Vec<_>, _>>()?;
        let lab = Lab::of_this_machine();
        let findings: Vec<Finding> = probes.iter().map(|probe| probe.ask(&lab)).collect();
        if options.json { serde_json::to_string_pretty(&findings)? } else { lines(&findings) }
    };
    output::print(text.trim_end().to_owned() + "\n").map(|()| 0)
}

fn probe(name: Arg) -> Result<Probe, Failure> {
    name.to_str().and_then(Probe::named).ok_or_else(|| {
        Failure::usage(format!("there is no probe `{}`", name.display()))
            .hint("`insula doctor` prints the names of all")
    })
}

fn describe(report: &Report) -> String {
    let mut text = format!("Linux {} on {}, uid {}", report.kernel, report.machine, report.euid);
    let surroundings = report.surroundings.describe();
    if !surroundings.is_empty() {
        let _ = write!(text, "; {surroundings}");
    }
    text.push_str("\n\n");
    text.push_str(&lines(&report.findings));
    let troubles = report.troubles().count();
    if troubles == 0 {
        text.push_str("\neverything works\n");
    } else {
        let _ = writeln!(
            text,
            "\n{} of {} work without limits",
            report.findings.len() - troubles,
            report.findings.len()
        );
    }
    text
}

fn lines(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.probe.len()).max().unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let status = match finding.status {
            Status::Works => "yes",
            Status::Limited => "partly",
            Status::No => "no",
        };
        let _ =
            writeln!(text, "{status:<6}  {:<width$}  {}: {}", finding.probe, finding.what, finding.evidence);
        if let Some(fix) = &finding.fix {
            let _ = writeln!(text, "{:<6}  {:<width$}  fix: {fix}", "", "");
        }
    }
    text
}
