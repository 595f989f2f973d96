//! `insula lab ls`.

use std::fmt::Write as _;

use insula_engine::lab::{Lab, LabCondition, Labs};
use insula_engine::set::SetName;
use serde::Serialize;

use super::down::name;
use super::up::explain;
use super::{EXITS, inside};
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    json: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "lab ls",
    face: FaceKind::Native,
    about: "List labs, or the nodes of one",
    usage: &["[OPTIONS] [LAB]"],
    details: "\
Without a name each line is a lab: its name, how it is (`ready`, `busy` while somebody makes or removes it, `remnant` if that \
was interrupted), the number of its nodes and links, and its file. With a name or file each line is a node: its name, its set \
(`-` if it is the host, or a bridge of it), and its interfaces with their addresses.",
    examples: &[Example { line: "insula lab ls ring", does: "lists the nodes of the lab `ring`" }],
    order: Order::Anywhere,
    flags: &[flag("json", "print JSON").short('J').switch(|o| o.json = true)],
    exits: EXITS,
    run,
};

#[derive(Serialize)]
struct LabLine {
    name: String,
    state: &'static str,
    nodes: Option<usize>,
    links: Option<usize>,
    file: Option<String>,
}

#[derive(Serialize)]
struct NodeLine {
    name: String,
    set: Option<String>,
    interfaces: Vec<InterfaceLine>,
}

#[derive(Serialize)]
struct InterfaceLine {
    name: String,
    addresses: Vec<String>,
}

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    match operands {
        [] => labs(options)?,
        [lab] => nodes(options, lab)?,
        _ => return Err(Failure::usage("expected at most one lab")),
    }
    Ok(0)
}

fn labs(options: Options) -> Result<(), Failure> {
    let labs = Labs::of_caller();
    let listed = if labs.need_worlds() { labs.list_worlds() } else { labs.list() }.map_err(explain)?;
    let lines: Vec<LabLine> = listed
        .into_iter()
        .map(|listed| LabLine {
            name: listed.name.to_string(),
            state: match listed.condition {
                LabCondition::Ready => "ready",
                LabCondition::Busy => "busy",
                LabCondition::Remnant => "remnant",
            },
            nodes: listed.lab.as_ref().map(|lab| lab.topology().nodes.len()),
            links: listed.lab.as_ref().map(|lab| lab.topology().links.len()),
            file: listed.lab.map(|lab| lab.source().path.clone()),
        })
        .collect();
    if options.json {
        return output::print(serde_json::to_string_pretty(&lines)? + "\n");
    }
    let rows = lines.iter().map(|line| {
        let number =
            |number: Option<usize>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        let file = line.file.clone().unwrap_or_default().escape_debug().to_string();
        [line.name.clone(), line.state.to_owned(), number(line.nodes), number(line.links), file]
    });
    output::print(columns(["NAME", "STATE", "NODES", "LINKS", "FILE"], rows.collect()))
}

/// A lab, to look at.
pub(super) fn find(name: &SetName) -> Result<Lab, Failure> {
    let labs = Labs::of_caller();
    match inside::world(&labs, name)? {
        Some(world) => labs.in_world(&world).and_then(|labs| labs.find(name)).map_err(explain),
        None => labs.find(name).map_err(explain),
    }
}

fn nodes(options: Options, lab: Arg) -> Result<(), Failure> {
    let lab = find(&name(lab)?)?;
    let topology = lab.topology();
    let lines: Vec<NodeLine> = topology
        .indexed()
        .map(|(index, node)| NodeLine {
            name: node.name.to_string(),
            set: node.role.is_set().then(|| topology.set_name(node).to_string()),
            interfaces: topology
                .ends_in(index)
                .map(|end| InterfaceLine {
                    name: end.interface.to_string(),
                    addresses: end.addresses.iter().map(ToString::to_string).collect(),
                })
                .collect(),
        })
        .collect();
    if options.json {
        return output::print(serde_json::to_string_pretty(&lines)? + "\n");
    }
    let rows = lines.iter().map(|line| {
        let mut interfaces = Vec::new();
        for interface in &line.interfaces {
            let mut text = interface.name.clone();
            for address in &interface.addresses {
                let _ = write!(text, " {address}");
            }
            interfaces.push(text);
        }
        let set = line.set.clone().unwrap_or_else(|| "-".to_owned());
        [line.name.clone(), set, interfaces.join(", ")]
    });
    output::print(columns(["NODE", "SET", "INTERFACES"], rows.collect()))
}

/// Rows below their heads.
fn columns<const N: usize>(heads: [&str; N], rows: Vec<[String; N]>) -> String {
    let mut widths = heads.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in std::iter::once(heads.map(str::to_owned)).chain(rows) {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "{}", cells.join(" ").trim_end());
    }
    text
}
