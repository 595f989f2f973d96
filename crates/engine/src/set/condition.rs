//! Whether what is recorded of a set is true.

use std::fmt;

use insula_ns::Kind;

use super::record::{Record, State};
use super::{Set, SetError, SetName};
use crate::store::{Dir, Scope};

/// What a directory in a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// A set of which at least one namespace is there.
    Sound,
    /// A set whose mounts or keeper cannot be seen from here.
    Elsewhere,
    /// What is left of one.
    Remnant(Remnant),
}

/// Why there is no set where one was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remnant {
    /// Whoever made it was interrupted.
    HalfMade,
    /// Whoever removed it was interrupted.
    HalfRemoved,
    /// The machine was restarted since.
    EarlierBoot,
    /// The mount or PID namespace that it was made in has gone, and the set with it.
    MakerGone,
    /// The keeper ended.
    KeeperGone,
    /// The keeper is there, and the record is not.
    Unrecorded,
    /// All its namespaces were unmounted, or its PID 1 ended and it had nothing else.
    Lost,
}

impl fmt::Display for Remnant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HalfMade => "its making was interrupted",
            Self::HalfRemoved => "its removal was interrupted",
            Self::EarlierBoot => "the machine was restarted since it was made",
            Self::MakerGone => "the namespace that it was made in is gone",
            Self::KeeperGone => "the process that held its namespaces has ended",
            Self::Unrecorded => "its record is gone, and the process that holds its namespaces is not",
            Self::Lost => "nothing holds its namespaces any more",
        })
    }
}

/// Judges what is in the directory `dir`, which the caller has locked.
pub(super) fn condition(
    name: &SetName,
    scope: Scope,
    dir: &Dir,
    record: Option<&Record>,
) -> Result<Condition, SetError> {
    match record {
        Some(record) => Set::recorded(name, scope, dir, record.clone()).condition(record),
        None => Ok(Condition::Remnant(Remnant::HalfMade)),
    }
}

impl Set {
    fn condition(&self, record: &Record) -> Result<Condition, SetError> {
        for (kind, matters) in
            [(Kind::Mnt, !record.mounted().is_empty()), (Kind::Pid, record.keeper.is_some())]
        {
            match if matters { self.check_here(record, kind) } else { Ok(()) } {
                Ok(()) => {}
                Err(SetError::EarlierBoot { .. }) => return Ok(Condition::Remnant(Remnant::EarlierBoot)),
                Err(SetError::Elsewhere { .. }) => {
                    let gone = record.made_in(kind).is_some_and(|made_in| made_in.is_gone(kind));
                    return Ok(if gone {
                        Condition::Remnant(Remnant::MakerGone)
                    } else {
                        Condition::Elsewhere
                    });
                }
                Err(error) => return Err(error),
            }
        }
        match record.state {
            State::Making => return Ok(Condition::Remnant(Remnant::HalfMade)),
            State::Removing => return Ok(Condition::Remnant(Remnant::HalfRemoved)),
            State::Ready => {}
        }
        for kind in record.kinds().iter() {
            match self.open(kind) {
                Ok(_) => return Ok(Condition::Sound),
                Err(SetError::KeeperGone { .. } | SetError::Unmounted { .. } | SetError::DeadPid { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let why = if record.mounted().is_empty() { Remnant::KeeperGone } else { Remnant::Lost };
        Ok(Condition::Remnant(why))
    }
}
