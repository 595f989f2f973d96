//! Taking away all that a record speaks of, and the record last.

use insula_ns::{Kind, PidFd};
use rustix::io::Errno;

use super::netns::NetnsDir;
use super::pin::{Unpin, unpin};
use super::record::{self, Record, State};
use super::{SetError, SetName, Sets, Step, boot_id};
use crate::keeper::kill;
use crate::store::{Dir, PathError};

/// What is the same for all sets that are taken away together.
#[derive(Debug)]
pub(super) struct Teardown<'a> {
    sets: &'a Sets,
    store: &'a Dir,
    netns: Option<NetnsDir>,
    boot: String,
}

impl Sets {
    /// Takes one set away. `dir`, its directory in `store`, is locked.
    pub(super) fn tear_down(
        &self,
        store: &Dir,
        name: &SetName,
        dir: &Dir,
        record: Option<Record>,
    ) -> Result<(), SetError> {
        Teardown::prepare(self, store)?.take(name, dir, record)
    }
}

impl<'a> Teardown<'a> {
    /// Of sets in `store`.
    pub(super) fn prepare(sets: &'a Sets, store: &'a Dir) -> Result<Self, SetError> {
        Ok(Self { sets, store, netns: NetnsDir::find(&sets.netns)?, boot: boot_id()? })
    }

    /// Takes a set away, whole or in part as it may be. `dir`, its directory in the store, is locked.
    ///
    /// Whatever interrupts this, the record that is left says that it is to be done again.
    pub(super) fn take(&self, name: &SetName, dir: &Dir, record: Option<Record>) -> Result<(), SetError> {
        if let Some(mut record) = record {
            if record.state == State::Ready {
                record.state = State::Removing;
                record.write(dir)?;
            }
            self.sets.reached(Step::Condemn);
            // Nothing is born in its PID namespace from here on, and what is in it ends.
            let ended = if record.boot == self.boot { end_keeper(name, &record) } else { Ok(()) };
            self.sets.reached(Step::EndKeeper);
            let mut results = vec![ended];
            for kind in record.mounted().iter() {
                results.push(self.take_file(name, dir, &record, kind));
                self.sets.reached(Step::Unpin);
            }
            self.sets.reached(Step::UnpinAll);
            // All that could be done is done before the first failure is told.
            results.into_iter().collect::<Result<(), _>>()?;
        }
        dir.remove_file(record::FILE)?;
        self.sets.reached(Step::Forget);
        match self.store.remove_dir(name) {
            // Whoever wrote the record was interrupted.
            Err(PathError { source: Errno::NOTEMPTY, .. }) => {
                dir.remove_file(record::DRAFT)?;
                self.store.remove_dir(name)?;
            }
            other => drop(other?),
        }
        self.sets.reached(Step::RemoveDir);
        Ok(())
    }

    fn take_file(&self, name: &SetName, dir: &Dir, record: &Record, kind: Kind) -> Result<(), SetError> {
        if kind == Kind::Net {
            return self.take_net(name, record);
        }
        unpin(dir, kind.name().as_ref(), Unpin::All)?;
        dir.remove_file(kind.name())?;
        Ok(())
    }

    /// Takes the network namespace away that is on record for a set.
    pub(super) fn take_net(&self, name: &SetName, record: &Record) -> Result<(), SetError> {
        let recorded = (record.netns_file, record.namespace(Kind::Net), &self.netns);
        if let (Some(inode), Some(id), Some(netns)) = recorded {
            netns.unpin(name, id, inode)?;
        }
        Ok(())
    }
}

fn end_keeper(name: &SetName, record: &Record) -> Result<(), SetError> {
    let Some(mark) = record.keeper else { return Ok(()) };
    let keeper = mark.find().map_err(|source| SetError::Keeper { name: name.clone(), source })?;
    keeper.map_or(Ok(()), |keeper| end(name, &keeper))
}

/// Kills the keeper of a set, and waits for its end.
pub(super) fn end(name: &SetName, keeper: &PidFd) -> Result<(), SetError> {
    match kill(keeper) {
        Ok(true) => Ok(()),
        Ok(false) => Err(SetError::KeeperStays { name: name.clone() }),
        Err(source) => Err(SetError::EndKeeper { name: name.clone(), source }),
    }
}
