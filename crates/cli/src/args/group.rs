//! A command of commands: what it is called with is the name of another one.

use super::command::try_help;
use super::{Arg, Example, Face, Manual, Names};
use crate::report::{Exits, Failure};
use crate::{docs, output, version};

/// `insula NAME VERB …`. Each verb is a command whose name has both words: `net connect`.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    /// The word that calls it.
    pub(crate) name: &'static str,
    /// What it is about, in one line: a capital and no full stop.
    pub(crate) about: &'static str,
    /// Paragraphs for the help text and the manual.
    pub(crate) details: &'static str,
    /// Command lines with what they do.
    pub(crate) examples: &'static [Example],
    /// What can follow the name, in the order of the help text.
    pub(crate) verbs: &'static [&'static dyn Face],
    /// The exit statuses where no verb decides.
    pub(crate) exits: Exits,
}

impl Group {
    fn find(&self, word: Arg) -> Option<&'static dyn Face> {
        self.verbs.iter().find(|face| face.verb().as_bytes() == word.as_encoded_bytes()).copied()
    }

    fn outcome(&self, args: &[Arg]) -> Result<u8, Failure> {
        let Some((&word, rest)) = args.split_first() else {
            output::complain(&docs::help::text(self));
            return Ok(self.exits.usage);
        };
        match word.as_encoded_bytes() {
            b"--help" | b"-h" | b"help" => output::print(docs::help::text(self)).map(|()| 0),
            b"--version" | b"-V" => output::print(version::LINE).map(|()| 0),
            _ => match self.find(word) {
                Some(face) => Ok(face.main(rest)),
                None => Err(Failure::usage(format!("unknown command `{} {}`", self.name, word.display()))),
            },
        }
    }
}

impl Face for Group {
    fn name(&self) -> &'static str {
        self.name
    }

    fn manual(&self) -> Manual {
        let usage = &["COMMAND [OPTIONS] …"];
        Manual { about: self.about, usage, details: self.details, examples: self.examples }
    }

    fn flags(&self) -> Vec<Names> {
        super::parse::BUILT_IN.to_vec()
    }

    fn verbs(&self) -> &'static [&'static dyn Face] {
        self.verbs
    }

    fn main(&self, args: &[Arg]) -> u8 {
        match self.outcome(args) {
            Ok(status) => status,
            Err(failure) => {
                output::complain(&format!("{}{}", failure.text("insula"), try_help(&self.invocation())));
                failure.status(self.exits)
            }
        }
    }
}
