//! The verb after an object: which one is meant, and what does it.

use super::words::matches;
use super::{Session, Stop, Words};

/// What does something with the words that are left.
pub(super) type Run = fn(&mut Session, &mut Words<'_>) -> Result<(), Stop>;

/// The verbs of one object.
pub(super) struct Verbs {
    /// What the object is called where a verb is unknown.
    pub(super) object: &'static str,
    /// What is done without a verb.
    pub(super) without: Run,
    /// Each under its names, in iproute2's order: an abbreviation means the first that begins so.
    pub(super) table: &'static [(&'static [&'static str], Run)],
    /// What iproute2 does and we do not, and what is to be done instead.
    pub(super) absent: (&'static [&'static str], &'static str),
    /// What `help` says.
    pub(super) usage: fn() -> Stop,
}

impl Verbs {
    /// Does what the next word says.
    pub(super) fn run(&self, session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
        let Some(verb) = words.take() else { return (self.without)(session, words) };
        let is = |names: &[&str]| names.iter().any(|name| matches(verb, name));
        if let Some((_, run)) = self.table.iter().find(|(names, _)| is(names)) {
            run(session, words)
        } else if is(self.absent.0) {
            Err(Stop::failed(format!("`ip {} {verb}` is not supported", self.object)).hint(self.absent.1))
        } else if is(&["help"]) {
            Err((self.usage)())
        } else {
            Err(Stop::unknown_command(verb, self.object))
        }
    }
}
