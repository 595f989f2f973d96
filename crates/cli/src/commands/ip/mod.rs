//! `ip`: iproute2's way to links, addresses, routes and network namespaces, as `ip(8)` describes it.
//!
//! What it prints and how it exits is what iproute2 6.1 prints and how that exits. Messages are iproute2's too, because scripts
//! look for them; our cause and hint follow on lines of their own.
//!
//! # How one adds an object
//! 1. A file (or directory) beside this one with `pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(),
//!    Stop>`. `words` holds what follows the object's name: the verb and its arguments. [`Words`] compares them as iproute2 does,
//!    and has its messages for what is missing or wrong.
//! 2. Its line in [`object::OBJECTS`], which stands in iproute2's order, because `ip a` is the first that begins so.
//! 3. The kernel is asked through [`Session::route`], a socket in the namespace that `-n` names; what it refuses is
//!    [`Stop::from`] its [`insula_net::Error`], with iproute2's words and status. Names and numbers of links are translated by
//!    [`Session::index`] and [`Session::name`], which ask once for each.
//! 4. What is shown goes to [`Session::page`]: each field once, with its JSON key and value and the text that it is in the other
//!    format. A list is `page.list(|page| …)`, each thing in it `page.object(|page| …)`.
//! 5. Facts about it in `tests/ip/`, which run the original and ours on the same state.

mod address;
mod address_label;
mod batch;
mod catalog;
mod color;
mod general;
mod glob;
mod inet;
mod json;
mod link;
mod monitor;
mod multicast;
mod multicast_route;
mod names;
mod neighbour;
mod neighbour_table;
mod netconf;
mod netns;
mod nexthop;
mod object;
mod options;
mod page;
mod pending;
mod protocols;
mod route;
mod rule;
mod session;
mod stop;
#[cfg(test)]
mod tests;
mod token;
mod tunnel;
mod tuntap;
mod verbs;
mod vrf;
mod words;

use session::Session;
use stop::Stop;
use words::Words;

use crate::args::{Arg, Example, Face, Manual, Names};
use crate::output;

/// The face of `ip`, which has a command line of its own: words, not flags.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ip;

pub(super) const COMMAND: Ip = Ip;

/// What `ip -V` says: scripts read the version behind `iproute2-`.
const VERSION: &str = concat!("ip utility, iproute2-6.1.0, insula ", env!("CARGO_PKG_VERSION"), "\n");

impl Face for Ip {
    fn name(&self) -> &'static str {
        "ip"
    }

    fn is_personality(&self) -> bool {
        true
    }

    fn manual(&self) -> Manual {
        let about = "Show and change links, addresses, routes and network namespaces";
        let usage = &["[OPTIONS] OBJECT [COMMAND [ARGUMENTS]]", "[-force] -batch FILE"];
        let details = "\
Takes the command line of iproute2's ip, prints what it prints and exits as it exits: 0, 1 when something was wrong with what \
was asked, 2 when the kernel refused it, 255 when the command line makes no sense.\n\n\
OBJECT is link, address, route, rule, nexthop, neighbour, vrf, maddress, addrlabel, token, netconf, ntable, tunnel, mroute, \
netns, tuntap or monitor; `ip OBJECT help` shows its commands. Options, objects and \
commands can be cut short: `ip -d a` is `ip -details address show`. With -batch the commands are lines of a file, or of standard \
input for `-`; the first that fails ends it, unless there is -force: then those that only change something are sent to the kernel \
many at once, and each failure is told with its line. A line that begins with `-n NAME` is about that namespace, which iproute2 does \
not have: those can follow that only ask the kernel by netlink, not netns, vrf, maddress, tuntap and monitor.";
        let examples = &[
            Example { line: "ip -br link", does: "shows one line for each interface" },
            Example {
                line: "ip link add veth0 type veth peer name eth0 netns web",
                does: "makes a veth pair whose other end is in the network namespace web",
            },
        ];
        Manual { about, usage, details, examples }
    }

    fn flags(&self) -> Vec<Names> {
        options::FLAGS.to_vec()
    }

    fn main(&self, args: &[Arg]) -> u8 {
        let outcome = words(args).and_then(|words| run(&words));
        match outcome {
            Ok(status) => status,
            Err(stop) => {
                output::complain(&stop.text());
                stop.status()
            }
        }
    }
}

/// The arguments as text.
fn words(args: &[Arg]) -> Result<Vec<&'static str>, Stop> {
    let text = |arg: &Arg| {
        arg.to_str().ok_or_else(|| Stop::usage(format!("argument `{}` is not valid UTF-8", arg.display())))
    };
    args.iter().map(text).collect()
}

fn run(args: &[&str]) -> Result<u8, Stop> {
    let mut words = Words::new(args);
    let options = match options::parse(&mut words)? {
        options::Asked::Version => return print(VERSION),
        options::Asked::Help => return Err(usage()),
        options::Asked::Work(options) => options,
    };
    let batch = options.batch.clone();
    let mut session = Session::new(options)?;
    if let Some(file) = batch {
        return batch::run(&mut session, &file);
    }
    if words.is_empty() {
        return Err(usage());
    }
    let done = object::run(&mut session, &mut words);
    // What could be shown is shown, also when something failed later.
    session.page.flush()?;
    done.map(|()| 0)
}

fn print(text: &str) -> Result<u8, Stop> {
    output::print(text).map(|()| 0).map_err(|failure| Stop::output(&failure))
}

/// What `ip help` says, as a failure: the original puts it on standard error and exits with 255.
fn usage() -> Stop {
    Stop::usage(crate::docs::help::text(&COMMAND).trim_end().to_owned())
}
