//! One command of the runtime.

use std::ffi::OsStr;

use super::COMMAND;
use super::globals::Globals;
use super::log::Log;
use crate::args::{Arg, Face, Flag, Manual, Names, Order, Outcome, parse, shown};
use crate::report::Failure;
use crate::{docs, output, version};

/// A command whose flags fill in options of type `O`.
pub(super) struct Verb<O: 'static> {
    /// `oci` and the word that calls it.
    pub(super) name: &'static str,
    /// What it does, in one line: a capital and no full stop.
    pub(super) about: &'static str,
    /// What follows the name.
    pub(super) usage: &'static [&'static str],
    /// Paragraphs for the help text and the manual.
    pub(super) details: &'static str,
    /// Whether flags may follow operands.
    pub(super) order: Order,
    /// Its flags.
    pub(super) flags: &'static [Flag<O>],
    /// Does the work.
    pub(super) run: fn(&mut Context<'_>, O, &[Arg]) -> Result<u8, Failure>,
}

/// What every command is given.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// The flags of all commands.
    pub(super) globals: &'a Globals,
    /// Where warnings go.
    pub(super) log: &'a mut Log,
}

/// A command of any options.
pub(super) trait Perform: Face {
    /// Parses what follows the command's name, and does the work.
    fn perform(&self, context: &mut Context<'_>, args: &[Arg]) -> Result<u8, Failure>;
}

impl<O: Default> Perform for Verb<O> {
    fn perform(&self, context: &mut Context<'_>, args: &[Arg]) -> Result<u8, Failure> {
        match parse(self.flags, self.order, args)? {
            Outcome::Run { options, operands } => (self.run)(context, options, &operands),
            Outcome::Help => output::print(docs::help::text(self)).map(|()| 0),
            Outcome::Version => output::print(version::line(self)).map(|()| 0),
        }
    }
}

impl<O: Default> Face for Verb<O> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn manual(&self) -> Manual {
        Manual { about: self.about, usage: self.usage, details: self.details, examples: &[] }
    }

    fn flags(&self) -> Vec<Names> {
        shown(self.flags)
    }

    fn main(&self, args: &[Arg]) -> u8 {
        main(self.verb(), args)
    }
}

/// Runs a command with the flags of all commands at their defaults.
pub(super) fn main(verb: &'static str, args: &[Arg]) -> u8 {
    let words: Vec<Arg> = std::iter::once(OsStr::new(verb)).chain(args.iter().copied()).collect();
    COMMAND.main(&words)
}
