//! Taking away all that a record speaks of, and the record last.

use std::path::Path;

use insula_ns::{Kind, PidFd};

use super::netns::NetnsDir;
use super::pin::{Unpin, unpin};
use super::record::{self, Record, State};
use super::{SetError, SetName, Sets, Step, boot_id};
use crate::keeper::kill;
use crate::store::Dir;

impl Sets {
    /// Takes a set away, whole or in part as it may be. `dir`, its directory in `store`, is locked.
    ///
    /// Whatever interrupts this, the record that is left says that it is to be done again.
    pub(super) fn tear_down(
        &self,
        store: &Dir,
        name: &SetName,
        dir: &Dir,
        record: Option<Record>,
    ) -> Result<(), SetError> {
        if let Some(mut record) = record {
            if record.state == State::Ready {
                record.state = State::Removing;
                record.write(dir)?;
            }
            self.reached(Step::Condemn);
            // Nothing is born in its PID namespace from here on, and what is in it ends.
            let is_of_this_boot = record.boot == boot_id()?;
            let ended = if is_of_this_boot { end_keeper(name, &record) } else { Ok(()) };
            self.reached(Step::EndKeeper);
            let mut results = vec![ended];
            for kind in record.mounted().iter() {
                results.push(take_file(&self.netns, name, dir, &record, kind));
                self.reached(Step::Unpin);
            }
            self.reached(Step::UnpinAll);
            // All that could be done is done before the first failure is told.
            results.into_iter().collect::<Result<(), _>>()?;
        }
        dir.remove_file(record::DRAFT)?;
        dir.remove_file(record::FILE)?;
        self.reached(Step::Forget);
        store.remove_dir(name)?;
        self.reached(Step::RemoveDir);
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

fn take_file(netns: &Path, name: &SetName, dir: &Dir, record: &Record, kind: Kind) -> Result<(), SetError> {
    if kind != Kind::Net {
        unpin(dir, kind.name().as_ref(), Unpin::All)?;
        dir.remove_file(kind.name())?;
        return Ok(());
    }
    if let (Some(inode), Some(id)) = (record.netns_file, record.namespace(kind))
        && let Some(netns) = NetnsDir::find(netns)?
    {
        netns.unpin(name, id, inode)?;
    }
    Ok(())
}
