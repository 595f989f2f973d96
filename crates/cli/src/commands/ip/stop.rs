//! Why a command ends without having done what was asked, in iproute2's words.

use std::fmt::Write as _;

use insula_net::Error;
use insula_sys::errno::sentence;

use crate::report::{Failure, chain};

/// A failure: what goes to standard error, and the exit status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    message: String,
    cause: Option<String>,
    hint: Option<String>,
    status: u8,
    extent: Extent,
}

/// What ends in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// This command; with `-force` the next one is tried.
    Command,
    /// All of it: iproute2 leaves there.
    Program,
}

impl Stop {
    /// Something that could not be done: exit status 1.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: None, hint: None, status: 1, extent: Extent::Command }
    }

    /// A command line that makes no sense: exit status 255.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { status: 255, extent: Extent::Program, ..Self::failed(message) }
    }

    /// Words are missing at the end.
    pub(super) fn incomplete() -> Self {
        Self::usage("Command line is not complete. Try option \"help\"")
    }

    /// `argument` is none that can be there.
    pub(super) fn wrong(argument: &str, problem: &str) -> Self {
        Self::usage(format!("Error: argument \"{argument}\" is wrong: {problem}"))
    }

    /// A value for `key` came twice.
    pub(super) fn duplicate(key: &str, value: &str) -> Self {
        Self::usage(format!("Error: duplicate \"{key}\": \"{value}\" is the second value."))
    }

    /// `word` is no keyword, and what it could be otherwise is there already.
    pub(super) fn garbage(key: &str, word: &str) -> Self {
        Self::usage(format!("Error: either \"{key}\" is duplicate, or \"{word}\" is a garbage."))
    }

    /// `word` is no command of `object`.
    pub(super) fn unknown_command(word: &str, object: &str) -> Self {
        Self::usage(format!("Command \"{word}\" is unknown, try \"ip {object} help\"."))
    }

    /// There is no such interface to do something with.
    pub(super) fn no_device(name: &str) -> Self {
        Self::failed(format!("Cannot find device \"{name}\""))
    }

    /// There is no such interface to show.
    pub(super) fn missing_device(name: &str) -> Self {
        Self::failed(format!("Device \"{name}\" does not exist."))
    }

    /// What was to be shown cannot be written.
    pub(super) fn output(failure: &Failure) -> Self {
        Self::failed(failure.text("ip").trim_end())
    }

    /// Adds the likely reason, with its evidence.
    pub(super) fn cause(self, cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// Adds the smallest thing that the user can do.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Says `words` on a line after its own.
    pub(super) fn then(self, words: &str) -> Self {
        Self { message: format!("{}\n{words}", self.message), ..self }
    }

    /// Exits with `status` instead.
    pub(super) fn exit(self, status: u8) -> Self {
        Self { status, ..self }
    }

    pub(super) fn status(&self) -> u8 {
        self.status
    }

    pub(super) fn extent(&self) -> Extent {
        self.extent
    }

    /// What goes to standard error.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if !self.message.is_empty() {
            let _ = writeln!(text, "{}", self.message);
        }
        for (label, words) in [("cause", &self.cause), ("hint", &self.hint)] {
            if let Some(words) = words {
                let _ = writeln!(text, "{label}: {words}");
            }
        }
        text
    }
}

impl From<Error> for Stop {
    /// What the kernel refuses, with its own words where it has some: exit status 2.
    fn from(error: Error) -> Self {
        let message = match &error {
            Error::Refused { source, .. } => match &source.said {
                Some(said) => format!("Error: {said}."),
                None => format!("RTNETLINK answers: {}", sentence(source.errno)),
            },
            Error::Open { source, .. } => {
                return Self::failed(format!("Cannot open netlink socket: {}", sentence(*source)));
            }
            other => chain(other),
        };
        Self { status: 2, ..Self::failed(message) }
    }
}
