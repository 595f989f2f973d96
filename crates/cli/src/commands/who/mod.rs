//! `insula who`: whose is it, and what keeps it alive?

mod interface;
mod namespace;
mod port;
mod process;

use std::cell::LazyCell;
use std::ffi::OsStr;
use std::num::NonZeroU16;
use std::path::PathBuf;

use insula_engine::containers::Containers;
use insula_engine::set::SetError;
use insula_engine::target::{Resolved, Target, TargetError};
use insula_ns::{Kind, NsId, Pid, Scan, Snapshot, Want};

use self::interface::InterfaceAnswer;
use self::namespace::NamespaceAnswer;
use self::port::{Port, PortAnswer};
use self::process::ProcessAnswer;
use super::EXITS;
use super::holders::{OfContainers, hidden_words};
use super::ls::SetNames;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;
use crate::table::{clip, terminal_width};

#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    json: bool,
    roots: Vec<PathBuf>,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "who",
    face: FaceKind::Native,
    about: "Say whose a process, namespace, port or interface is, and what keeps it alive",
    usage: &["[OPTIONS] PID|INODE|PATH|KIND:INODE|SET|tcp:PORT|udp:PORT|dev:IFACE|IFACE…"],
    details: "\
Of a process: its user, the processes that it comes from, the container of `insula oci` that it is in, and which of its namespaces it does not share with its parent \
or the caller. Of a namespace, named by its inode number, a file or a set: who made it, who owns it, and everything that \
holds it: containers, processes and threads, descriptors, sockets, mounts in any mount namespace, and other namespaces. Of a port, \
`tcp:8080` or `udp:127.0.0.1:53`: which sockets take what comes to it, in which network namespace, and whose processes have \
them; and for which set or bridge it is published or forwarded (`insula net publish`, `forward`), and what it leads to. Of an interface, by its name (`dev:NAME` where a set has that name too): in which network namespaces there is one, its \
addresses, its other end, and who is there.

The JSON output is an array of one object for each namespace or process. A process has `process`, `started_by` (its \
ancestors, the nearest first), `container` (as `insula show --json` has it, or null) and `namespaces` (kind, inode, sets, others: how many other processes are in it, and \
shared_with_caller). A namespace has `kind`, `inode`, `sets`, `creator` (uid), `owner` and `parent` (inode numbers), \
`processes`, `threads` (those of processes elsewhere) and `holders` as `insula ls --json` has them. A port has `port` (the \
question), `sockets` (protocol, address, port, namespace, uid and processes), and `published` and `forwarded` (what, network \
and leads_to). An interface has `interface` (index, \
name, alternative_names, kind, up, addresses, master and peer), `namespace`, `sets` and `processes`.",
    examples: &[
        Example { line: "insula who 4026532323", does: "what keeps that namespace alive" },
        Example { line: "insula who $$", does: "where this shell comes from and which namespaces are its own" },
        Example { line: "insula who /run/netns/blue", does: "the same for a named network namespace" },
        Example { line: "insula who tcp:8080", does: "which process takes connections to that port, and in which namespace" },
        Example { line: "insula who eth0", does: "the namespaces with an interface of that name, and their other ends" },
    ],
    order: Order::Anywhere,
    flags: &[
        flag("json", "print JSON").short('J').switch(|o| o.json = true),
        flag("root", super::show::ROOT_DOC).required("DIR", |o, dir| {
            o.roots.push(PathBuf::from(dir));
            Ok(())
        }),
    ],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if operands.is_empty() {
        return Err(Failure::usage(
            "expected a process id, an inode number, a path, a set, a port or an interface",
        ));
    }
    let subjects = operands.iter().map(|word| subjects(word)).collect::<Result<Vec<_>, _>>()?.concat();
    let (sets, _) = SetNames::read();
    let snapshot = scan(&subjects).take()?;
    let containers = options.roots.into_iter().fold(Containers::known(), Containers::and_in);
    let containers = LazyCell::new(|| OfContainers::read(&containers, &snapshot));
    let mut answers = Vec::new();
    for subject in &subjects {
        answers.push(match subject.clone() {
            Subject::Process(pid) => {
                Answer::Process(ProcessAnswer::find(&snapshot, pid, &sets, &containers)?)
            }
            Subject::Namespace(kind, id) => {
                Answer::Namespace(NamespaceAnswer::find(&snapshot, kind, id, &sets, &containers)?)
            }
            Subject::Inode(inode) => {
                Answer::Namespace(NamespaceAnswer::find_inode(&snapshot, inode, &sets, &containers)?)
            }
            Subject::Port(port) => Answer::Port(PortAnswer::find(&snapshot, port, &sets)?),
            Subject::Interface(name) => {
                answers.extend(
                    InterfaceAnswer::find(&snapshot, &name, &sets)?.into_iter().map(Answer::Interface),
                );
                continue;
            }
        });
    }
    if options.json {
        return output::print(format!("{}\n", serde_json::to_string_pretty(&answers)?)).map(|()| 0);
    }
    let texts: Vec<String> = answers
        .iter()
        .map(|answer| match answer {
            Answer::Process(process) => process.text(),
            Answer::Namespace(namespace) => namespace.text(),
            Answer::Port(port) => port.text(),
            Answer::Interface(interface) => interface.text(),
        })
        .collect();
    output::print(clip(&texts.join("\n"), terminal_width()))?;
    if let Some(words) = hidden_words(snapshot.hidden) {
        output::complain(&format!("insula: {words}\n"));
    }
    Ok(0)
}

/// What was found of one subject.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Answer {
    Process(ProcessAnswer),
    Namespace(NamespaceAnswer),
    Port(PortAnswer),
    Interface(InterfaceAnswer),
}

/// What one word of the command line asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    Process(Pid),
    Namespace(Kind, NsId),
    Inode(u64),
    Port(Port),
    /// By its name.
    Interface(String),
}

/// Larger than any process id, and smaller than the inode number of any namespace: the kernel starts at 0xeffffff8.
const LARGEST_PID: u64 = i32::MAX as u64;

fn subjects(word: &OsStr) -> Result<Vec<Subject>, Failure> {
    if let Some(inode) =
        word.to_str().and_then(|digits| digits.parse().ok()).filter(|inode| *inode > LARGEST_PID)
    {
        return Ok(vec![Subject::Inode(inode)]);
    }
    if let Some(port) = Port::parse(word)? {
        return Ok(vec![Subject::Port(port)]);
    }
    if let Some(name) = word.to_str().and_then(|word| word.strip_prefix("dev:")) {
        return Ok(vec![Subject::Interface(name.to_owned())]);
    }
    let target = Target::parse(word)?;
    let resolved = match (target.resolve(), &target) {
        // A name that no set has may be an interface's.
        (Err(TargetError::Set(SetError::Missing { .. })), Target::Set(name)) => {
            return Ok(vec![Subject::Interface(name.to_string())]);
        }
        (Err(error), _) => return Err(not_found(error, word)),
        (Ok(resolved), _) => resolved,
    };
    Ok(match resolved {
        Resolved::Process(process) => vec![Subject::Process(process.pid())],
        Resolved::Namespace(namespace) => vec![Subject::Namespace(namespace.kind(), namespace.id())],
        Resolved::Set(set) => {
            set.members().map(|member| Subject::Namespace(member.kind, member.id)).collect()
        }
    })
}

/// A number is a process id; who meant a port is told how to ask for one.
fn not_found(error: TargetError, word: &OsStr) -> Failure {
    let failure = Failure::from(error);
    match word.to_str().and_then(|digits| digits.parse::<NonZeroU16>().ok()) {
        Some(port) => failure.hint(format!("a port is asked for as `tcp:{port}` or `udp:{port}`")),
        None => failure,
    }
}

/// All that can hold one of the subjects; of a process, only who shares its namespaces.
fn scan(subjects: &[Subject]) -> Scan {
    let mut scan = Scan::new(insula_ns::Kinds::ALL);
    if subjects.iter().any(|subject| matches!(subject, Subject::Port(_) | Subject::Interface(_))) {
        scan = scan.with(Want::Mounts).with(Want::Listed);
    }
    if subjects.iter().any(|subject| matches!(subject, Subject::Namespace(..) | Subject::Inode(_))) {
        let deep = [
            Want::Threads,
            Want::ForChildren,
            Want::Descriptors,
            Want::Sockets,
            Want::AllMounts,
            Want::Relations,
            Want::Listed,
        ];
        scan = deep.into_iter().fold(scan, Scan::with);
    }
    scan
}

/// The one namespace with an inode number.
fn place(snapshot: &Snapshot, inode: u64) -> Result<usize, Failure> {
    snapshot.find(inode).ok_or_else(|| {
        let failure = Failure::new(format!("there is no namespace {inode} in sight"));
        match hidden_words(snapshot.hidden) {
            Some(words) => failure.cause(words).hint("run as root to see all"),
            None => failure,
        }
    })
}
