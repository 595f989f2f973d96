//! One flag: its names, what it takes, what it does, and what the manual says of it.

use std::error::Error;

use super::Arg;
use crate::report;

/// A flag that fills in options of type `O`. Tables of flags are constants:
///
/// ```ignore
/// const FLAGS: &[Flag<Options>] = &[
///     flag("json", "use JSON output format").short('J').switch(|o| o.json = true),
///     flag("task", "only what this process holds").short('p').required("PID", |o, pid| {
///         o.task = Some(number(pid)?);
///         Ok(())
///     }),
/// ];
/// ```
pub(crate) struct Flag<O> {
    pub(super) names: Names,
    pub(super) action: Action<O>,
}

/// All of a flag that does not depend on the options it fills in: what the parser compares and the manual prints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    /// Without the dashes; empty where there is only a letter.
    pub(crate) long: &'static str,
    pub(crate) short: Option<char>,
    /// Whether the letter never has the optional value that the long name can have: `-Ur` is `-U -r`.
    pub(crate) bare_letter: bool,
    /// Further long names, which the manual does not mention.
    pub(crate) aliases: &'static [&'static str],
    pub(crate) value: Value,
    /// A sentence without capital and full stop.
    pub(crate) doc: &'static str,
    /// The heading of the help text that it stands under; empty for the first.
    pub(crate) group: &'static str,
    /// The words that the value can be, if they are few.
    pub(crate) choices: &'static [&'static str],
    pub(crate) hidden: bool,
}

/// What follows a flag, with its name in the manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing.
    None,
    /// A value, attached (`--opt=value`, `-ovalue`) or as the next argument.
    Required(&'static str),
    /// Perhaps a value, which must be attached: `--opt=value`, `-ovalue`, `-o=value`.
    Optional(&'static str),
}

/// Stores what was said in the options.
pub(super) enum Action<O> {
    Switch(fn(&mut O)),
    Attempt(fn(&mut O) -> Result<(), Invalid>),
    Required(fn(&mut O, Arg) -> Result<(), Invalid>),
    Optional(fn(&mut O, Option<Arg>) -> Result<(), Invalid>),
}

/// What is wrong with a value; the parser adds which flag's. Any error turns into one by `?`.
#[derive(Debug)]
pub(crate) struct Invalid(pub(crate) String);

impl<E: Error + 'static> From<E> for Invalid {
    fn from(error: E) -> Self {
        Self(report::chain(&error))
    }
}

/// The names of a flag; one of [`Names::switch`], [`Names::required`] and [`Names::optional`] makes it a flag.
///
/// `long` may be empty, where there is only a letter; `doc` is a sentence without capital and full stop.
pub(crate) const fn flag(long: &'static str, doc: &'static str) -> Names {
    Names {
        long,
        short: None,
        bare_letter: false,
        aliases: &[],
        value: Value::None,
        doc,
        group: "",
        choices: &[],
        hidden: false,
    }
}

impl Names {
    /// Adds the one-letter form.
    pub(crate) const fn short(self, letter: char) -> Self {
        Self { short: Some(letter), ..self }
    }

    /// Adds a one-letter form without value, where the long form can have one.
    pub(crate) const fn bare_letter(self, letter: char) -> Self {
        Self { short: Some(letter), bare_letter: true, ..self }
    }

    /// Adds long names that work and are not shown.
    pub(crate) const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Puts the flag under a heading of its own in the help text.
    pub(crate) const fn group(self, group: &'static str) -> Self {
        Self { group, ..self }
    }

    /// Names the words that the value can be, for the manual and the shells' completion.
    pub(crate) const fn choices(self, choices: &'static [&'static str]) -> Self {
        Self { choices, ..self }
    }

    /// Keeps the flag out of help, manual and completion.
    pub(crate) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// A flag without a value.
    pub(crate) const fn switch<O>(self, set: fn(&mut O)) -> Flag<O> {
        Flag { names: self, action: Action::Switch(set) }
    }

    /// A flag without a value that may contradict an earlier one.
    pub(crate) const fn attempt<O>(self, set: fn(&mut O) -> Result<(), Invalid>) -> Flag<O> {
        Flag { names: self, action: Action::Attempt(set) }
    }

    /// A flag that needs a value, called `value` in the manual.
    pub(crate) const fn required<O>(
        self,
        value: &'static str,
        set: fn(&mut O, Arg) -> Result<(), Invalid>,
    ) -> Flag<O> {
        Flag { names: Self { value: Value::Required(value), ..self }, action: Action::Required(set) }
    }

    /// A flag that can have a value, called `value` in the manual.
    pub(crate) const fn optional<O>(
        self,
        value: &'static str,
        set: fn(&mut O, Option<Arg>) -> Result<(), Invalid>,
    ) -> Flag<O> {
        Flag { names: Self { value: Value::Optional(value), ..self }, action: Action::Optional(set) }
    }

    /// How messages call the flag: `--long`, or `-s` where there is no long name.
    pub(crate) fn shown(&self) -> String {
        match self.short {
            Some(letter) if self.long.is_empty() => format!("-{letter}"),
            _ => format!("--{}", self.long),
        }
    }

    /// The long names, the shown one first.
    pub(super) fn all_long(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.long).filter(|name| !name.is_empty()).chain(self.aliases.iter().copied())
    }
}
