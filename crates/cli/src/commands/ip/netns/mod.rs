//! `ip netns`: network namespaces with names, as `ip-netns(8)` describes it.

mod add;
mod delete;
mod directory;
mod exec;
mod ids;
mod list;
mod monitor;
mod processes;

use super::words::matches;
use super::{Session, Stop, Words};

pub(super) use delete::{remove, remove_all};
pub(super) use directory::{BATCH, Directory, any_number};
pub(super) use list::named;

/// Where the names are.
const DIRECTORY: &str = "/run/netns";

const USAGE: &str = "\
Usage:	ip netns list
	ip netns add NAME
	ip netns attach NAME PID
	ip netns set NAME NETNSID
	ip [-all] netns delete [NAME]
	ip netns identify [PID]
	ip netns pids NAME
	ip [-all] netns exec [NAME] cmd ...
	ip netns monitor
	ip netns list-id [target-nsid POSITIVE-INT] [nsid POSITIVE-INT]
NETNSID := auto | POSITIVE-INT";

/// A command and what does it.
type Entry = (&'static str, fn(&mut Session, &[&str]) -> Result<(), Stop>);

/// What can follow, in iproute2's order: an abbreviation means the first that begins so.
const COMMANDS: &[Entry] = &[
    ("list", list::list),
    ("show", list::list),
    ("lst", list::list),
    ("list-id", ids::list),
    ("help", |_, _| Err(usage())),
    ("add", |_, words| add::add(words)),
    ("set", ids::set),
    ("delete", delete::delete),
    ("identify", |session, words| processes::identify(session, words)),
    ("pids", |session, words| processes::pids(session, words)),
    ("exec", exec::exec),
    ("monitor", |_, _| monitor::monitor()),
    ("attach", |_, words| add::attach(words)),
];

pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let word = words.take();
    let found = word.map(|word| COMMANDS.iter().find(|(name, _)| matches(word, name)));
    // What was asked before is done before a namespace comes; those that go wait for each other.
    if !matches!(found, Some(Some(("delete", _)))) {
        session.settle();
    }
    // A name may stand for another one afterwards.
    session.leave();
    let (Some(word), Some(found)) = (word, found) else { return list::list(session, &[]) };
    let rest = words.rest();
    if let Some(name) = rest.first().filter(|name| !session.options.all && is_path(name)) {
        return Err(Stop::usage(format!("Invalid netns name \"{name}\"")));
    }
    match found {
        Some((_, run)) => run(session, rest),
        None => Err(Stop::unknown_command(word, "netns")),
    }
}

fn usage() -> Stop {
    Stop::usage(USAGE)
}

/// Whether a word is no name of a file in a directory.
fn is_path(name: &str) -> bool {
    name.is_empty() || name.len() > 255 || name.contains('/') || name == "." || name == ".."
}

/// Where a name is.
fn path(name: &str) -> String {
    format!("{DIRECTORY}/{name}")
}

fn unnamed() -> Stop {
    Stop::failed("No netns name specified")
}
