//! `insula show TARGET`: all there is to say of one target.

mod facts;
mod tables;
mod text;

use insula_engine::target::Target;

use self::facts::Facts;
use super::EXITS;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::Failure;
use crate::table::{clip, terminal_width};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    json: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "show",
    face: FaceKind::Native,
    about: "Show one target: its namespaces, ids, processes, links and limits",
    usage: &["[OPTIONS] PID|PID:INODE|SET|PATH|KIND:INODE"],
    details: "\
Shows a process, a set or a single namespace. Of a process also its ids, the security settings that it lives under, its \
control groups and its limits; of a user namespace its id maps; of a network namespace its links, with their addresses and \
what is at their other ends, and the ports that processes listen on.

The JSON output is an object with `version` (1), `target`, `namespaces` (kind, inode, id, owner, parent, creator, \
processes, sets and shared_with_caller), `process` (or null), `id_maps` (uid, gid and setgroups, or null), `links` (name, \
received_bytes, sent_bytes and, where the namespace may be asked, index, alternative_names, kind, up, addresses, master and \
peer; or null), `listening` (protocol, address, port, namespace, uid and processes; or null), `processes` (pid, uid, user and \
command of those in a set or namespace, or null), `cgroups` and `limits` (of a process, or null). In a map `inside` and `outside` are first ids and `count` says how many follow; in limits null \
stands for unlimited.",
    examples: &[
        Example { line: "insula show $$", does: "the namespaces of this shell" },
        Example { line: "insula show blue --json | jq .links", does: "the interfaces in the network namespace of set blue" },
    ],
    order: Order::Anywhere,
    flags: &[flag("json", "print JSON").short('J').switch(|o| o.json = true)],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [word] = operands else {
        return Err(Failure::usage("expected one target: a process id, a set or a file"));
    };
    let facts = Facts::find(&word.to_string_lossy(), &Target::parse(word)?.resolve()?)?;
    if options.json {
        return output::print(format!("{}\n", serde_json::to_string_pretty(&facts)?)).map(|()| 0);
    }
    output::print(clip(&facts.text(), terminal_width())).map(|()| 0)
}
