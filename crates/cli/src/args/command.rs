//! One command: what it is called, which flags it has, and the function that does it.

use super::parse::{Outcome, parse};
use super::{Arg, Flag, Names};
use crate::output;
use crate::report::{Exits, Failure};
use crate::{docs, version};

/// A command whose flags fill in options of type `O`.
pub(crate) struct Command<O: 'static> {
    /// The word that calls it.
    pub(crate) name: &'static str,
    /// Whether it belongs to Insula or is another tool's face.
    pub(crate) face: FaceKind,
    /// What it does, in one line: a capital and no full stop.
    pub(crate) about: &'static str,
    /// What follows the name: `[OPTIONS] [--] COMMAND…`; one line for each way of calling it.
    pub(crate) usage: &'static [&'static str],
    /// Paragraphs for the help text and the manual.
    pub(crate) details: &'static str,
    /// Command lines with what they do.
    pub(crate) examples: &'static [Example],
    /// Whether flags may follow operands.
    pub(crate) order: Order,
    /// All flags but `--help` and `--version`, which every command has.
    pub(crate) flags: &'static [Flag<O>],
    /// The exit statuses of its failures.
    pub(crate) exits: Exits,
    /// Does the work: from options and operands to the exit status.
    pub(crate) run: fn(O, &[Arg]) -> Result<u8, Failure>,
}

/// A command line and what it does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Example {
    pub(crate) line: &'static str,
    pub(crate) does: &'static str,
}

/// What the help text and the manual page say of a command, but for its flags.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manual {
    /// What it does, in one line: a capital and no full stop.
    pub(crate) about: &'static str,
    /// What follows the name, one line for each way of calling it.
    pub(crate) usage: &'static [&'static str],
    /// Paragraphs.
    pub(crate) details: &'static str,
    /// Command lines with what they do.
    pub(crate) examples: &'static [Example],
}

/// Where flags may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Anywhere before `--`.
    Anywhere,
    /// Before the first operand, which begins another program's command line.
    BeforeOperands,
}

/// Whose command line a command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaceKind {
    /// `insula NAME`.
    Native,
    /// `NAME` alone, as a link to the binary; messages begin with that name.
    Personality,
}

/// A command of any options: what the dispatcher calls and the manual prints.
pub(crate) trait Face: Sync {
    /// The word that calls it.
    fn name(&self) -> &'static str;
    /// How the command is called: `insula ls`; `lsns`, where it stands for another tool.
    fn invocation(&self) -> String {
        if self.is_personality() { self.name().to_owned() } else { format!("insula {}", self.name()) }
    }
    /// Whether it stands for another tool.
    fn is_personality(&self) -> bool {
        false
    }
    /// What is said of it.
    fn manual(&self) -> Manual;
    /// The flags that are shown.
    fn flags(&self) -> Vec<Names>;
    /// The commands that it consists of; none, unless it is a [`Group`](super::Group).
    fn verbs(&self) -> &'static [&'static dyn Face] {
        &[]
    }
    /// The last word of its name, by which a group finds it.
    fn verb(&self) -> &'static str {
        self.name().rsplit(' ').next().unwrap_or_default()
    }
    /// Parses `args` (without the command's name), runs the command and reports its failure; the exit status.
    fn main(&self, args: &[Arg]) -> u8;
}

impl<O: Default> Face for Command<O> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_personality(&self) -> bool {
        self.face == FaceKind::Personality
    }

    fn manual(&self) -> Manual {
        Manual { about: self.about, usage: self.usage, details: self.details, examples: self.examples }
    }

    fn flags(&self) -> Vec<Names> {
        super::shown(self.flags)
    }

    fn main(&self, args: &[Arg]) -> u8 {
        match self.outcome(args) {
            Ok(status) => status,
            Err(failure) => {
                let program = match self.face {
                    FaceKind::Native => "insula",
                    FaceKind::Personality => self.name,
                };
                let mut text = failure.text(program);
                if failure.is_usage() {
                    text.push_str(&try_help(&self.invocation()));
                }
                output::complain(&text);
                failure.status(self.exits)
            }
        }
    }
}

/// The line that follows a message about the arguments.
pub(crate) fn try_help(invocation: &str) -> String {
    format!("Try '{invocation} --help' for more information.\n")
}

impl<O: Default> Command<O> {
    fn outcome(&self, args: &[Arg]) -> Result<u8, Failure> {
        match parse(self.flags, self.order, args)? {
            Outcome::Run { options, operands } => (self.run)(options, &operands),
            Outcome::Help => output::print(docs::help::text(self)).map(|()| 0),
            Outcome::Version => output::print(version::line(self)).map(|()| 0),
        }
    }
}
