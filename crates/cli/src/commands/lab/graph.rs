//! `insula lab graph`.

use std::path::{Path, PathBuf};

use insula_engine::lab::{At, Role, Topology};
use serde::Serialize;

use super::EXITS;
use super::down::{is_file, name};
use super::file::{self, Unknown};
use super::ls::find;
use crate::args::{Arg, Command, Example, FaceKind, Invalid, Order, flag, text};
use crate::commands::map::{Format, write_map};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    format: Option<Format>,
    output: Option<PathBuf>,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "lab graph",
    face: FaceKind::Native,
    about: "Draw the topology of a lab",
    usage: &["[OPTIONS] LAB|FILE"],
    details: "\
Draws what a file says, or the file that a lab was made from: each node is a room with its interfaces and their addresses, each \
link a line. The lab need not be up. `insula map` draws what is really there.

The formats are those of `insula map`: `text`, a tree; `svg`; `html`, to search and to zoom; `dot`. `json` has the topology \
itself: `name`, `nodes` (name, kind, group, set) and `links` (type, mtu, ends: node, interface, addresses).",
    examples: &[Example { line: "insula lab graph ring.clab.yml -o ring.svg", does: "a picture of the ring" }],
    order: Order::Anywhere,
    flags: &[
        flag("format", "write svg, html, dot, json or text")
            .short('f')
            .choices(&["svg", "html", "dot", "json", "text"])
            .required("FORMAT", |o, name| {
                let format = Format::named(text(name)?);
                let expected = || Invalid("expected svg, html, dot, json or text".to_owned());
                o.format = Some(format.ok_or_else(expected)?);
                Ok(())
            }),
        flag("output", "write to FILE, whose ending says the format unless --format does")
            .short('o')
            .required("FILE", |o, path| {
                o.output = Some(path.into());
                Ok(())
            }),
    ],
    exits: EXITS,
    run,
};

#[derive(Serialize)]
struct Graph<'a> {
    name: &'a str,
    nodes: Vec<NodeLine<'a>>,
    links: Vec<LinkLine<'a>>,
}

#[derive(Serialize)]
struct NodeLine<'a> {
    name: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<String>,
}

#[derive(Serialize)]
struct LinkLine<'a> {
    r#type: &'static str,
    mtu: Option<u32>,
    ends: Vec<EndLine<'a>>,
}

#[derive(Serialize)]
struct EndLine<'a> {
    node: &'a str,
    interface: &'a str,
    addresses: Vec<String>,
}

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [what] = operands else { return Err(Failure::usage("expected a lab or a file")) };
    let topology = if is_file(what) {
        file::read(what, Unknown::Ignore)?.1
    } else {
        find(&name(what)?)?.topology().clone()
    };
    let Options { format, output } = options;
    let output = output.as_deref();
    let ending = output.and_then(Path::extension).and_then(|ending| ending.to_str());
    let format = format.or_else(|| Format::named(ending?)).unwrap_or(Format::Text);
    if format != Format::Json {
        return write_map(topology.map(), format, output).map(|()| 0);
    }
    let json = serde_json::to_string_pretty(&graph(&topology))? + "\n";
    match output {
        None => output::print(json)?,
        Some(path) => std::fs::write(path, json)
            .map_err(|error| Failure::from(error).context(&format!("cannot write `{}`", path.display())))?,
    }
    Ok(0)
}

fn graph(topology: &Topology) -> Graph<'_> {
    let node = |node| match node {
        At::Node(index) => topology.node(index).name.as_str(),
        At::Host => "host",
        At::Management => "mgmt-net",
    };
    Graph {
        name: topology.name.as_str(),
        nodes: topology
            .nodes
            .iter()
            .map(|node| NodeLine {
                name: node.name.as_str(),
                kind: match node.role {
                    Role::Linux => "linux",
                    Role::Bridge | Role::HostBridge => "bridge",
                    Role::Host => "host",
                },
                group: node.group.as_deref(),
                set: node.role.is_set().then(|| topology.set_name(node).to_string()),
            })
            .collect(),
        links: topology
            .links
            .iter()
            .map(|link| LinkLine {
                r#type: link.type_name(),
                mtu: link.mtu,
                ends: link
                    .ends()
                    .map(|end| EndLine {
                        node: node(end.at),
                        interface: end.interface.as_str(),
                        addresses: end.addresses.iter().map(ToString::to_string).collect(),
                    })
                    .collect(),
            })
            .collect(),
    }
}
