//! `insula map`: the machine's namespaces as people would draw them.

mod captions;
mod dot;
mod ends;
mod html;
mod json;
mod layout;
mod legend;
mod look;
mod markup;
mod options;
mod outline;
#[cfg(test)]
mod samples;
mod svg;
#[cfg(test)]
mod tests;
mod text;
mod watch;
mod write;

use std::path::Path;

use insula_engine::map::Map;

use self::look::Look;
pub(super) use self::options::Format;
use self::options::Options;
use super::EXITS;
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::report::Failure;
use crate::table::{Charset, clip, terminal_width};

pub(super) const COMMAND: Command<Options> = Command {
    name: "map",
    face: FaceKind::Native,
    about: "Draw the namespaces of this machine and what connects them",
    usage: &["[OPTIONS] [PID|PID:INODE|SET|PATH|KIND:INODE…]"],
    details: "\
Draws rooms inside rooms: a user or PID namespace is a room in that of its parent, a network namespace one in the innermost \
room that all its processes are in. What has the same user, PID and network namespace is in one room; signs tell which \
namespaces a room does not share with the one around it, and which of its processes have others of their own. The interfaces \
of a network namespace are on its walls, with their addresses; lines are pairs of interfaces (veth) and, dashed, what is made \
on top of another interface. Ports of a bridge that have a line are drawn as the line to the bridge. Published ports are on \
the wall of where they lead to, services of the host that a network reaches on the wall of that, and the nodes of a lab are in a room of their own.

With targets, only the rooms that they are in, what is inside those, and what a line leads to from there; with --lab the nodes \
of that lab.

The formats: `text`, a tree, is the usual one; `svg` a picture in light or dark colours as its reader prefers; `html` a page \
with that picture, an outline, search, zoom and folding, in one file that fetches nothing (what follows a # in its address is \
searched for); `dot` is for Graphviz; `json` has \
the rooms, networks, lines and published ports, each with what refers to it by number.

With --watch the map is made again as often as is said, and drawn again when it differs: on the terminal, or into the file.

The JSON output is an object with `version` (1), `rooms` (id, parent, kind: machine, namespaces or lab; lab, node, title, sets, \
namespaces, network, network_is_here, processes, kernel_threads and idle: namespaces without processes), `networks` (id, inode, \
sets, host, room, known and interfaces: index, name, alternative_names, kind, up, addresses, master, which is a name, and peer: \
network, namespace, index and name), `lines` (kind: pair or on-top; ends), `published` (protocol, address, port, network, inside_port and count) and `forwarded` (protocol, address, \
port, network, service_address, service_port and count).",
    examples: &[
        Example { line: "insula map", does: "all of this machine, as a tree" },
        Example { line: "insula map -o map.html", does: "a page to search and to zoom" },
        Example { line: "insula map web db -o map.svg", does: "two sets and what they are connected with, as a picture" },
        Example { line: "insula map --lab ring -o ring.svg", does: "a lab as a picture" },
        Example { line: "insula map --watch", does: "the tree, drawn again when something changes" },
    ],
    order: Order::Anywhere,
    flags: options::FLAGS,
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let format = options.format()?;
    let look = Look::new(operands, &options.labs)?;
    let Options { output, watch, .. } = options;
    if let Some(pause) = watch {
        return watch::watch(&look, format, output.as_deref(), pause);
    }
    let seen = look.take()?;
    // A file is for others' eyes, and in a character set of its own.
    let charset = if output.is_none() { Charset::of_environment() } else { Charset::Utf8 };
    let document = seen.document(format, charset);
    let width = terminal_width().filter(|_| output.is_none() && format == Format::Text);
    write::write(output.as_deref(), clip(&document, width).as_bytes())?;
    seen.warn();
    Ok(0)
}

/// Writes a map that somebody else made, to a file or to standard output.
pub(super) fn write_map(map: Map, format: Format, output: Option<&Path>) -> Result<(), Failure> {
    let charset = if output.is_none() { Charset::of_environment() } else { Charset::Utf8 };
    let document = Look::at(map).document(format, charset);
    let width = terminal_width().filter(|_| output.is_none() && format == Format::Text);
    write::write(output, clip(&document, width).as_bytes())
}
