//! `insula oci`: the OCI runtime, with runc's commands and flags; and the personalities `runc`, `crun` and `insula-runtime`.
//!
//! # How one adds a command
//! 1. A file beside this one with a [`Verb`]: its flags, and a function from [`Globals`], options and operands to a status.
//! 2. Its line in [`VERBS`].

mod bundle;
mod checkpoint;
mod console;
mod container;
mod create;
mod delete;
mod events;
mod exec;
mod failure;
mod features;
mod files;
mod globals;
mod inherited;
mod kill;
mod list;
mod log;
mod pause;
mod ps;
mod restore;
mod resume;
mod run;
mod spec;
mod start;
mod state;
mod update;
mod verb;

use globals::Globals;
use verb::{Context, Perform, Verb};

use crate::args::{Arg, Example, Face, FaceKind, Manual, Names, Order, Outcome, parse, shown, try_help};
use crate::report::{Exits, Failure};
use crate::{docs, output};

/// The exit statuses of runc, which has one for all failures.
const EXITS: Exits = Exits { failed: 1, usage: 1 };

/// The runtime under one of its names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Oci {
    name: &'static str,
    face: FaceKind,
}

pub(super) const COMMAND: Oci = Oci { name: "oci", face: FaceKind::Native };
pub(super) const RUNC: Oci = Oci { name: "runc", face: FaceKind::Personality };
pub(super) const CRUN: Oci = Oci { name: "crun", face: FaceKind::Personality };
pub(super) const RUNTIME: Oci = Oci { name: "insula-runtime", face: FaceKind::Personality };

#[rustfmt::skip] // One a line, so that each command's addition is a line of its own.
const VERBS: &[&dyn Perform] = &[
    &create::VERB,
    &start::VERB,
    &run::VERB,
    &exec::VERB,
    &state::VERB,
    &list::VERB,
    &ps::VERB,
    &kill::VERB,
    &pause::VERB,
    &resume::VERB,
    &update::VERB,
    &events::VERB,
    &delete::VERB,
    &spec::VERB,
    &features::VERB,
    &checkpoint::VERB,
    &restore::VERB,
];

/// The same for help, manual and completion.
const FACES: [&dyn Face; VERBS.len()] = {
    let mut faces: [&dyn Face; VERBS.len()] = [VERBS[0]; VERBS.len()];
    let mut at = 0;
    while at < VERBS.len() {
        faces[at] = VERBS[at];
        at += 1;
    }
    faces
};

impl Oci {
    /// Runs the command that `args` begin with, after the flags of all commands.
    fn outcome(self, args: &[Arg]) -> Result<u8, Failure> {
        let (globals, words) = match parse(globals::FLAGS, Order::BeforeOperands, args)? {
            Outcome::Run { options: Globals { version: true, .. }, .. } | Outcome::Version => {
                return output::print(self.version()).map(|()| 0);
            }
            Outcome::Help => return output::print(docs::help::text(&self)).map(|()| 0),
            Outcome::Run { options, operands } => (options, operands),
        };
        let Some((&word, rest)) = words.split_first() else {
            output::complain(&docs::help::text(&self));
            return Ok(EXITS.usage);
        };
        if word.as_encoded_bytes() == b"help" {
            return output::print(docs::help::text(&self)).map(|()| 0);
        }
        let mut log = log::Log::open(&globals)?;
        if globals.debug {
            log.debug(&words);
        }
        let outcome = match VERBS.iter().find(|verb| verb.verb().as_bytes() == word.as_encoded_bytes()) {
            Some(verb) => verb.perform(&mut Context { globals: &globals, log: &mut log }, rest),
            None => Err(Failure::usage(format!("unknown command `{}`", word.display()))),
        };
        outcome.inspect_err(|failure| log.failure(failure))
    }

    /// What engines look for: a line with `version`, which begins with the name of the runtime, and one with `spec:`.
    fn version(self) -> String {
        let name = if self.face == FaceKind::Native { "insula" } else { self.name };
        format!("{name} version {}\nspec: {}\n", crate::version::VERSION, insula_oci::VERSION)
    }
}

impl Face for Oci {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_personality(&self) -> bool {
        self.face == FaceKind::Personality
    }

    fn manual(&self) -> Manual {
        let about = match self.name {
            "runc" => "Run OCI containers, with the command line of runc",
            "crun" => "Run OCI containers, with the command line of crun",
            _ => "Run OCI containers: the runtime under container engines",
        };
        let details = "\
A container is made of a bundle: a directory with a `config.json`, as the OCI runtime specification 1.3 describes it. Docker, \
containerd, Podman and others call a runtime with these commands; called as `runc`, `crun` or `insula-runtime` it is one by \
that name. What goes wrong is written to the log too, if there is one, in the form that engines read.";
        let examples = &[
            Example { line: "insula oci spec && insula oci run web", does: "a shell in ./rootfs" },
            Example { line: "insula oci list", does: "the containers that this user made" },
        ];
        Manual { about, usage: &["[OPTIONS] COMMAND [OPTIONS] …"], details, examples }
    }

    fn flags(&self) -> Vec<Names> {
        shown(globals::FLAGS)
    }

    fn verbs(&self) -> &'static [&'static dyn Face] {
        if self.face == FaceKind::Native { &FACES } else { &[] }
    }

    fn main(&self, args: &[Arg]) -> u8 {
        match self.outcome(args) {
            Ok(status) => status,
            Err(failure) => {
                let program = if self.face == FaceKind::Native { "insula" } else { self.name };
                let mut text = failure.text(program);
                if failure.is_usage() {
                    text.push_str(&try_help(&self.invocation()));
                }
                output::complain(&text);
                failure.status(EXITS)
            }
        }
    }
}
