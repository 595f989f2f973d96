//! Command lines: constant tables of flags, from which parser, help, man pages and completions all come.

mod command;
mod flag;
mod group;
mod parse;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use command::{Command, Example, Face, FaceKind, Manual, Order, try_help};
pub(crate) use flag::{Flag, Invalid, Names, Value, flag};
pub(crate) use group::Group;
pub(crate) use parse::{Outcome, parse, shown};
pub(crate) use values::{binary_suffix, number, text};

/// One argument of the process; it lives as long as the process, so options can keep it as it is.
pub(crate) type Arg = &'static std::ffi::OsStr;
