//! `insula net diff`: what a command changes in a network, or in what two networks differ.

use std::io::Read as _;

use insula_engine::network::fact::{Change, Fact, changes};
use insula_engine::network::{Networks, Site};
use insula_sandbox::{Forwarding, Sandbox, Stream, Supervisor};
use rustix::io::Errno;
use rustix::stdio;
use serde_json::Value;

use super::report::explain;
use super::saved::Saved;
use super::{change, words};
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::{Exits, Failure};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    json: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net diff",
    face: FaceKind::Native,
    about: "Show what a command changes in a network, or how two networks differ",
    usage: &["[OPTIONS] SET|host -- COMMAND [ARGUMENT…]", "[OPTIONS] BEFORE AFTER"],
    details: "\
Compares interfaces, addresses, routes, rules and neighbours that somebody has set. A line begins with `+` (only afterwards), `-` (only \
before) or `~` (changed: what it was and what it is), and is nothing if all is the same.

With COMMAND, the network before it is compared with that after it. COMMAND runs where this command does, not in the set, and its \
standard output goes to standard error; the exit status is its own.

Without, BEFORE and AFTER are sets, `host`, or what `insula net show --json` has printed: a file (its name has a `/` or ends in \
`.json`) or `-` for standard input. Of two different networks, link-layer addresses are not compared. The exit status is that of \
diff(1): 0 if they are the same, 1 if they differ, 2 if something went wrong.

What the kernel gives to every interface (link-local addresses) and what follows from addresses (the table `local`) is left out, \
and the packet filter is not looked at. The JSON output is an array of objects as of `insula net monitor --json`.",
    examples: &[
        Example { line: "insula net diff host -- dockerd-setup.sh", does: "what a script changes in the host's network" },
        Example {
            line: "insula net show web --json > before.json; …; insula net diff before.json web",
            does: "what has changed since then",
        },
    ],
    order: Order::BeforeOperands,
    flags: &[flag("json", "print JSON").short('J').switch(|o| o.json = true)],
    // Those of diff(1).
    exits: Exits { failed: 2, usage: 2 },
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    match operands {
        [site, dashes, command @ ..] if *dashes == "--" => {
            let [program, arguments @ ..] = command else {
                return Err(Failure::usage("expected a command after `--`"));
            };
            let site = words::site(site)?;
            let before = Side::of_site(&site)?;
            let status = perform(program, arguments)?;
            let after = Side::of_site(&site)?;
            print(options, &differences(before, after))?;
            Ok(status)
        }
        [before, after] => {
            if *before == "-" && *after == "-" {
                return Err(Failure::usage("standard input can be read only once"));
            }
            let told = differences(Side::of(before)?, Side::of(after)?);
            print(options, &told)?;
            Ok(u8::from(!told.is_empty()))
        }
        _ => Err(Failure::usage("expected two networks, or one and `-- COMMAND`")),
    }
}

/// One of the two that are compared.
struct Side {
    name: String,
    facts: Vec<Fact>,
}

impl Side {
    fn of(word: &Arg) -> Result<Self, Failure> {
        let text = word.to_string_lossy();
        if text != "-" && !text.contains('/') && !text.ends_with(".json") {
            return Self::of_site(&words::site(word)?);
        }
        let shown = format!("cannot read `{text}`");
        let mut saved = String::new();
        let read = if text == "-" {
            std::io::stdin().read_to_string(&mut saved)
        } else {
            std::fs::File::open(word).and_then(|mut file| file.read_to_string(&mut saved))
        };
        read.map_err(|error| Failure::from(error).context(&shown))?;
        let saved: Saved = serde_json::from_str(&saved).map_err(|error| {
            Failure::from(error).context(&shown).hint("`insula net show SET --json` prints what is read here")
        })?;
        if saved.kind == "bridge" {
            return Err(Failure::new(format!(
                "`{text}` is of a bridge alone: a set or the host is compared"
            )));
        }
        Ok(Self { name: saved.name.clone(), facts: saved.facts() })
    }

    fn of_site(site: &Site) -> Result<Self, Failure> {
        let facts = Networks::of_caller().facts(site).map_err(explain)?;
        Ok(Self { name: site.word().to_owned(), facts })
    }
}

fn differences(before: Side, after: Side) -> Vec<Change> {
    let same = before.name == after.name;
    let compared = |facts: Vec<Fact>| -> Vec<Fact> {
        let stays = |fact: &Fact| !matches!(fact, Fact::Neighbour(neighbour) if !neighbour.is_permanent());
        let mut facts: Vec<Fact> = facts.into_iter().filter(stays).collect();
        for fact in &mut facts {
            if let (Fact::Interface(interface), false) = (fact, same) {
                interface.mac = None;
            }
        }
        facts
    };
    changes(&compared(before.facts), &compared(after.facts))
}

fn print(options: Options, told: &[Change]) -> Result<(), Failure> {
    if options.json {
        let objects = told.iter().map(|told| change::object(told).map(Value::Object));
        let array = Value::Array(objects.collect::<Result<_, _>>()?);
        return output::print(serde_json::to_string_pretty(&array)? + "\n");
    }
    let lines = told.iter().map(|told| Ok(change::text(told)? + "\n"));
    output::print(lines.collect::<Result<String, Failure>>()?)
}

/// Runs a command; its exit status.
fn perform(program: &Arg, arguments: &[Arg]) -> Result<u8, Failure> {
    let mut sandbox = Sandbox::new(*program).args(arguments);
    let to = rustix::io::fcntl_dupfd_cloexec(stdio::stderr(), 3);
    let to = to.map_err(|errno: Errno| Failure::from(errno).context("cannot pass standard error on"))?;
    sandbox.stdio.streams[1] = Stream::Fd(to);
    let supervisor = Supervisor::begin(Forwarding::Sent)?;
    let child = supervisor.prepare(sandbox).spawn().map_err(|error| crate::diagnosis::explain(&error))?;
    Ok(supervisor.wait(&child)?.code())
}
