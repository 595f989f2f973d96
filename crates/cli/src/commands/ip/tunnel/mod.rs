//! `ip tunnel`: tunnels over IPv4, in the words that there were before `ip link add type`.

mod change;
mod parameters;
mod show;

use super::verbs::Verbs;
use super::words::matches;
use super::{Session, Stop, Words};

/// What is between `ip tunnel` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    if session.options.family.of_ip() == Some(insula_net::Family::V6) {
        return Err(Stop::failed("`ip -6 tunnel` is not supported")
            .hint("`ip link add type ip6tnl` and `type ip6gre` make such tunnels, `ip -d link` shows them"));
    }
    let known =
        |word: &str| VERBS.table.iter().any(|(names, _)| names.iter().any(|name| matches(word, name)));
    match words.peek() {
        // Unlike with other objects, no full stop follows.
        Some(word) if !known(word) && !matches(word, "help") && !matches!(word, "prl" | "6rd") => {
            Err(Stop::usage(format!("Command \"{word}\" is unknown, try \"ip tunnel help\"")))
        }
        _ => VERBS.run(session, words),
    }
}

const VERBS: Verbs = Verbs {
    object: "tunnel",
    without: show::run,
    table: &[
        (&["add"], change::add),
        (&["change"], change::change),
        (&["delete"], change::delete),
        (&["show", "lst", "list"], show::run),
    ],
    absent: (&["prl", "6rd"], "`ip link set DEV type sit` takes `isatap` and `6rd-prefix`"),
    usage,
};

fn usage() -> Stop {
    Stop::usage(HELP)
}

const HELP: &str = "\
Usage: ip tunnel {add|change|del|show} [NAME] [mode {ipip|gre|sit|isatap}] [remote ADDR] [local ADDR] [dev DEV]
                 [ttl {NUMBER|inherit}] [tos {TOS|inherit}] [[no]pmtudisc]
                 [[i|o]seq] [[i|o]key KEY] [[i|o]csum]";
