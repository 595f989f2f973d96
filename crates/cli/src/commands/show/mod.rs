//! `insula show TARGET`: all there is to say of one target.

mod facts;
mod tables;
mod text;

use std::path::PathBuf;

use insula_engine::containers::Containers;
use insula_engine::set::SetError;
use insula_engine::target::{Resolved, Target, TargetError, TargetProcess};

use self::facts::Facts;
use super::EXITS;
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
    name: "show",
    face: FaceKind::Native,
    about: "Show one target: its namespaces, ids, processes, links and limits",
    usage: &["[OPTIONS] PID|PID:INODE|SET|CONTAINER|PATH|KIND:INODE"],
    details: "\
Shows a process, a set, a container or a single namespace. Of a container also its id, its state, its bundle, what it uses and may \
use. A word that no set is called names a container of `insula oci`, among those in /run/insula/.oci ($XDG_RUNTIME_DIR/insula/.oci), \
/run/containerd/runc/* and /run/docker/runtime-runc/*; engines that say another directory by `--root` need the same here. Of a process also its ids, the security settings that it lives under, its \
control groups and its limits; of a user namespace its id maps; of a network namespace its links, with their addresses and \
what is at their other ends, and the ports that processes listen on.

The JSON output is an object with `version` (1), `target`, `namespaces` (kind, inode, id, owner, parent, creator, \
processes, sets and shared_with_caller), `process` (or null), `id_maps` (uid, gid and setgroups, or null), `links` (name, \
received_bytes, sent_bytes and, where the namespace may be asked, index, alternative_names, kind, up, addresses, master and \
peer; or null), `listening` (protocol, address, port, namespace, uid and processes; or null), `processes` (pid, uid, user and \
command of those in a set or namespace, or null), `container` (id, status, bundle, state_directory, created, owner, pid, cgroup, \
`memory`, `pids` and `cpu` with usage and limit, in bytes, tasks, and nanoseconds of as many processors; or null), `cgroups` and `limits` (of a process, or null). In a map `inside` and `outside` are first ids and `count` says how many follow; in limits null \
stands for unlimited.",
    examples: &[
        Example { line: "insula show $$", does: "the namespaces of this shell" },
        Example { line: "insula show blue --json | jq .links", does: "the interfaces in the network namespace of set blue" },
    ],
    order: Order::Anywhere,
    flags: &[
        flag("json", "print JSON").short('J').switch(|o| o.json = true),
        flag("root", ROOT_DOC).required("DIR", |o, dir| {
            o.roots.push(PathBuf::from(dir));
            Ok(())
        }),
    ],
    exits: EXITS,
    run,
};

/// What `--root` says, here and elsewhere.
pub(super) const ROOT_DOC: &str =
    "look for containers in this state directory too: what the engine says by `--root`";

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [word] = operands else {
        return Err(Failure::usage("expected one target: a process id, a set, a container or a file"));
    };
    let Options { json, roots } = options;
    let containers = roots.into_iter().fold(Containers::known(), Containers::and_in);
    let name = word.to_string_lossy();
    let facts = match target(word, &containers)? {
        Some(target) => Facts::find(&name, &target, &containers)?,
        None => Facts::of_ended(&name, &containers)?,
    };
    if json {
        return output::print(format!("{}\n", serde_json::to_string_pretty(&facts)?)).map(|()| 0);
    }
    output::print(clip(&facts.text(), terminal_width())).map(|()| 0)
}

/// What `word` names; nothing if that is a container whose process has ended.
fn target(word: Arg, containers: &Containers) -> Result<Option<Resolved>, Failure> {
    let name = word.to_string_lossy();
    let missing = match Target::parse(word) {
        Ok(target) => match target.resolve() {
            Err(error @ TargetError::Set(SetError::Missing { .. })) => Failure::from(error),
            found => return Ok(Some(found?)),
        },
        Err(error) => Failure::from(error),
    };
    if let Some((pid, process)) = containers.process(&name) {
        return Ok(Some(Resolved::Process(TargetProcess::held(pid, process)?)));
    }
    if containers.find(&name)?.is_some() { Ok(None) } else { Err(missing) }
}
