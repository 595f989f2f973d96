//! How a failure reads: what was being done, why it failed, and what to do about it.

use std::error::Error;
use std::fmt::Write as _;

use insula_sys::errno::words;

use crate::printable::line;

/// Why a command ends without having done what was asked.
///
/// Any error of a library turns into one by `?`, as its chain of sources joined by colons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
    cause: Option<String>,
    hint: Option<String>,
    class: Class,
}

/// What the exit status says of a failure; the command decides about the first two: see [`Exits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Failed,
    Usage,
    Status(u8),
}

/// The exit statuses of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exits {
    /// It could not do what was asked.
    pub(crate) failed: u8,
    /// The arguments make no sense.
    pub(crate) usage: u8,
}

impl Failure {
    /// A failure to do something: lower case, no full stop, backticks round literals.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: None, hint: None, class: Class::Failed }
    }

    /// A failure to understand the arguments: one line, whatever they are.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { class: Class::Usage, ..Self::new(line(&message.into())) }
    }

    /// Adds the likely reason, with its evidence.
    pub(crate) fn cause(self, cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// Adds the smallest thing that the user can do.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Adds both, where they are known.
    pub(crate) fn explained(self, cause: Option<String>, hint: Option<String>) -> Self {
        Self { cause, hint, ..self }
    }

    /// Ends the program with `status` instead of the command's usual one.
    pub(crate) fn exit(self, status: u8) -> Self {
        Self { class: Class::Status(status), ..self }
    }

    /// Puts what was being done in front of the message.
    pub(crate) fn context(self, doing: &str) -> Self {
        Self { message: format!("{doing}: {}", self.message), ..self }
    }

    /// What the user reads, from a program called `program`.
    pub(crate) fn text(&self, program: &str) -> String {
        let mut text = format!("{program}: {}\n", self.message);
        if self.cause.is_some() || self.hint.is_some() {
            text.push('\n');
        }
        for (label, words) in [("cause", &self.cause), ("hint", &self.hint)] {
            if let Some(words) = words {
                let _ = writeln!(text, "{label}: {words}");
            }
        }
        text
    }

    /// What a log holds of it: all on one line, without a program's name.
    pub(crate) fn line(&self) -> String {
        let mut line = self.message.clone();
        for (label, words) in [("cause", &self.cause), ("hint", &self.hint)] {
            if let Some(words) = words {
                let _ = write!(line, "; {label}: {words}");
            }
        }
        line
    }

    /// The exit status, where the command has the statuses `exits`.
    pub(crate) fn status(&self, exits: Exits) -> u8 {
        match self.class {
            Class::Failed => exits.failed,
            Class::Usage => exits.usage,
            Class::Status(status) => status,
        }
    }

    /// Whether the arguments were at fault.
    pub(crate) fn is_usage(&self) -> bool {
        self.class == Class::Usage
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(chain(&error))
    }
}

/// `error` and its sources, joined by colons; error numbers as their text and name.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = words(error);
    let mut next = error.source();
    while let Some(source) = next {
        let more = words(source);
        // Some errors print their source themselves.
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;
    use std::fmt;
    use std::io;

    #[derive(Debug)]
    struct Mount(Errno);

    impl fmt::Display for Mount {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("cannot mount `proc` on `/proc`")
        }
    }

    impl Error for Mount {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn sources_are_joined_and_error_numbers_named() {
        let failure = Failure::from(Mount(Errno::PERM));
        assert_eq!(
            failure.text("insula"),
            "insula: cannot mount `proc` on `/proc`: operation not permitted (EPERM)\n"
        );
    }

    #[test]
    fn cause_and_hint_follow_an_empty_line() {
        let failure = Failure::new("no").cause("it is so").hint("leave it");
        assert_eq!(failure.text("insula"), "insula: no\n\ncause: it is so\nhint: leave it\n");
    }

    #[test]
    fn io_errors_are_named_too() {
        assert_eq!(chain(&io::Error::from_raw_os_error(2)), "no such file or directory (ENOENT)");
    }
}
