//! `insula lab`: networks of many nodes, from a file.

mod check;
mod down;
mod exec;
mod file;
mod graph;
mod inside;
mod ls;
mod up;

use insula_engine::lab::{LabGarbage, Labs};
use insula_engine::set::Disposal;

use super::EXITS;
use super::gc::Line;
use crate::args::{Example, Face, Group};
use crate::output;
use crate::report::{Failure, chain};

pub(super) const COMMAND: Group = Group {
    name: "lab",
    about: "Labs: networks of many nodes, from a file",
    details: "\
A lab is described by a file in the format of containerlab's topology files: `name`, and `topology` with `nodes`, `links`, \
`defaults`, `kinds` and `groups`. Its nodes run on the file system of this machine, so they have no `image`. Each is a set \
that is called LAB-NODE, of a network, UTS, mount and PID namespace; `insula enter`, `show` and, as root, `ip netns` find it \
by that name.

Nodes are of kind `linux`, or of kind `bridge`: a bridge in a network namespace of its own, whose ports the links to it are; \
with `network-mode: host` it is the machine's bridge of that name. A node of kind `host` is this machine itself: links to it end \
here, and commands in it run here. Nodes can have `exec` (commands that run when all links are \
there), `env`, `env-files` (files of KEY=VALUE lines, from the directory of the lab's), `binds`, `sysctls`, `routes`, \
`namespaces` (which kinds, if not all four) and, with a link to the machine, `ports` that are \
published there (`[ADDRESS:]PORT:PORT[/udp]`). What is behind a link to `host` has walls, as after `insula net connect`: nothing \
gets in but to what is published, and nothing past the host. Links have their brief form, \
`endpoints: [\"a:eth1\", \"b:eth1\"]`, or the extended ones of type veth, host, mgmt-net, dummy, macvlan, vxlan and vxlan-stitch; `host:NAME` is an \
interface of the machine, and `mgmt-net:NAME` a port of a bridge of it, which is called `mgmt-LAB` or as `mgmt` has it in `bridge`, \
and has addresses if that has `ipv4-subnet` or `ipv6-subnet`. A bridge of that name that is there already is taken as it is. `addr` gives addresses: of a brief link a list, one for each endpoint; of an extended endpoint its \
own. `impairments` (delay, jitter, loss, corruption, duplication, reordering, rate) of a link are for both directions, of an \
endpoint for what leaves it. `checks` are assertions for `insula lab check`.

`${NAME}`, `${NAME:-DEFAULT}` and `${NAME:=DEFAULT}` stand for variables of the environment in any value; `$${` is `${` \
itself. A key that has no effect is told with its line and the reason, and is an error with --strict.

Without root a lab has a world of its own: a set called LAB with a user namespace, in which its nodes are made as root makes \
them, and with which they end. `host` is the network namespace of that world, out of which \
no link can lead.",
    examples: &[
        Example { line: "insula lab up examples/labs/router.clab.yml", does: "makes two hosts and a router" },
        Example { line: "insula lab exec router h1 ping -c 1 10.0.2.2", does: "runs a command in one of them" },
        Example { line: "insula lab down router", does: "takes all of it away" },
    ],
    verbs: VERBS,
    exits: EXITS,
};

#[rustfmt::skip] // One a line, so that each command's addition is a line of its own.
const VERBS: &[&dyn Face] = &[
    &up::COMMAND,
    &down::COMMAND,
    &ls::COMMAND,
    &exec::COMMAND,
    &graph::COMMAND,
    &check::COMMAND,
];

/// Collects what is left of labs; the lines to print, and the exit status. What could not be judged is told.
pub(super) fn collect(disposal: Disposal) -> Result<(Vec<Line>, u8), Failure> {
    let (garbage, failures) = Labs::of_caller().collect(disposal).map_err(up::explain)?;
    for failure in &failures {
        output::complain(&Failure::new(chain(failure)).text("insula"));
    }
    let line = |LabGarbage { path, .. }: LabGarbage| Line {
        path: path.display().to_string(),
        why: "the lab is not complete, or the machine was restarted since".to_owned(),
        removed: disposal == Disposal::Remove,
    };
    let status = if failures.is_empty() { 0 } else { EXITS.failed };
    Ok((garbage.into_iter().map(line).collect(), status))
}
