//! `insula doctor`: what works here for this user, and what would make the rest work.

mod apparmor;

use std::fmt::Write as _;

use insula_engine::doctor::{Finding, Lab, Probe, Report, Status};

use super::EXITS;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    json: bool,
    action: Action,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Action {
    #[default]
    Examine,
    InstallProfile,
    RemoveProfile,
    /// Both were asked for.
    Contradiction,
}

impl Action {
    fn and(self, other: Self) -> Self {
        if self == Self::Examine || self == other { other } else { Self::Contradiction }
    }
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
is that array alone. The exit status says that the questions were asked, not that all is well.

Some systems let only programs with an AppArmor profile use user namespaces. `--install-apparmor-profile` gives one to this \
binary, by its path, and to no other: as root it writes `/etc/apparmor.d/insula` and loads it with `apparmor_parser`, which \
has to know the rule `userns` (AppArmor 4.0). The profile forbids nothing. A file of that name that is not Insula's stays. \
`--remove-apparmor-profile` unloads and removes it.",
    examples: &[
        Example { line: "insula doctor --json | jq -r '.findings[] | select(.status == \"no\").fix'", does: "what there is to do" },
        Example { line: "sudo insula doctor --install-apparmor-profile", does: "let this binary use user namespaces where AppArmor forbids them" },
    ],
    order: Order::Anywhere,
    flags: &[
        flag("json", "print JSON").short('J').switch(|o| o.json = true),
        flag("install-apparmor-profile", "let this binary use user namespaces where only programs with a profile may")
            .switch(|o| o.action = o.action.and(Action::InstallProfile)),
        flag("remove-apparmor-profile", "undo that").switch(|o| o.action = o.action.and(Action::RemoveProfile)),
    ],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if options.action != Action::Examine && (options.json || !operands.is_empty()) {
        return Err(Failure::usage(
            "a profile is installed or removed by a command of its own, without `--json` and probes",
        ));
    }
    match options.action {
        Action::Examine => examine(options, operands),
        Action::InstallProfile => apparmor::install(),
        Action::RemoveProfile => apparmor::remove(),
        Action::Contradiction => Err(Failure::usage(
            "`--install-apparmor-profile` and `--remove-apparmor-profile` contradict each other",
        )),
    }
}

fn examine(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
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
