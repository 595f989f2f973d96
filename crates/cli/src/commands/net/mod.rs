//! `insula net`: networks between sets, and the host.

mod attach;
mod bridge;
mod capture;
mod change;
mod connect;
mod create;
mod detach;
mod diff;
mod disconnect;
mod dns;
mod forward;
mod gc;
mod json;
mod limit;
mod ls;
mod monitor;
pub(super) mod publish;
mod relocate;
pub(super) mod report;
mod rm;
mod saved;
mod show;
mod sites;
mod time_of_day;
mod tunnel;
mod unforward;
mod unpublish;
mod wireguard;
pub(super) mod words;

use super::EXITS;
use crate::args::{Example, Face, Group};

pub(super) use gc::{collect, forget_gone};
pub(super) use report::explain;

pub(super) const COMMAND: Group = Group {
    name: "net",
    about: "Named networks: connect sets by veth pairs and bridges",
    details: "\
A network namespace is a set (`insula create`), and so is each that `ip netns add` made; `host` is the one that this command \
is in. Everything that is made here has an alias that says so (`ip link` shows it) and goes with `insula net rm`, with the \
set, or with `insula gc` if it was interrupted; what somebody else made is never taken for it, whatever its name.

Every command can be repeated: what is there as asked is found and told, what is there otherwise is an error that says how it \
is. If one fails, nothing of what it did is left.

Names can be longer than the 15 bytes of an interface: then the kernel's name is derived from it, and the full one is an \
alternative name, by which `ip` finds it too.

Without root there is no way to the host's network. Sets that one makes beside each other (`insula net create b --beside a`) \
can be connected.",
    examples: &[
        Example {
            line: "insula net create web && insula net connect web host",
            does: "a network namespace that the host can reach, with addresses chosen in a free subnet",
        },
        Example {
            line: "insula net publish web 127.0.0.1:8080:80",
            does: "port 80 of `web` at port 8080 of this machine, for this machine only",
        },
        Example {
            line: "insula net bridge lan --addr 10.1.0.1/24 && insula net attach web lan",
            does: "a bridge, and the set `web` on it with the next free address",
        },
    ],
    verbs: VERBS,
    exits: EXITS,
};

#[rustfmt::skip] // One a line, so that each command's addition is a line of its own.
const VERBS: &[&dyn Face] = &[
    &create::COMMAND,
    &connect::COMMAND,
    &disconnect::COMMAND,
    &bridge::COMMAND,
    &attach::COMMAND,
    &detach::COMMAND,
    &publish::COMMAND,
    &unpublish::COMMAND,
    &forward::COMMAND,
    &unforward::COMMAND,
    &relocate::COMMAND,
    &limit::COMMAND,
    &dns::COMMAND,
    &wireguard::COMMAND,
    &capture::COMMAND,
    &monitor::COMMAND,
    &diff::COMMAND,
    &ls::COMMAND,
    &show::COMMAND,
    &rm::COMMAND,
    &gc::COMMAND,
];
