//! What is left of a set that is gone.

use insula_ns::Pid;

use super::super::lock::{DIRECTORY, NetworkLock};
use super::super::{NetworkError, Networks};
use super::record::{Kept, Record};
use super::{entry, room};
use crate::set::{Set, SetError, SetName};
use crate::store::{Dir, Store, StoreError};

/// Takes away all that belongs to a set of this name, but nothing in the set. `all` is locked.
pub(super) fn take_away(all: &Dir, name: &SetName) -> Result<(), NetworkError> {
    let Some(dir) = entry(all, name)? else { return Ok(()) };
    if let Some(record) = Record::read(&dir)? {
        room::end(&dir, &record)?;
    }
    for file in dir.names()? {
        dir.remove_file(&file)?;
    }
    all.remove_dir(name)?;
    Ok(())
}

/// The process that holds the mount namespace of a set's files, if one does: it goes with the set, and is no occupant of it.
pub(crate) fn keeper(set: &Set) -> Option<Pid> {
    let directory = set.directory()?;
    let dir = Dir::open(&directory.parent()?.join(DIRECTORY).join(set.name().as_str())).ok()?;
    match Record::read(&dir).ok()??.kept {
        Kept::Keeper(mark) => mark.find().ok().flatten().and(mark.pid()),
        _ => None,
    }
}

/// Takes away what belongs to a set that was removed; nothing is made for it.
pub(crate) fn forget(store: &Store, name: &SetName) -> Result<(), NetworkError> {
    let is_there = || -> Result<bool, StoreError> {
        let Some(root) = store.find()? else { return Ok(false) };
        let Some(all) = root.find_dir(DIRECTORY)? else { return Ok(false) };
        Ok(entry(&all, name)?.is_some())
    };
    if is_there()? {
        let lock = NetworkLock::take(store)?;
        take_away(lock.dir(), name)?;
    }
    Ok(())
}

/// As [`forget`], for who has the lock, and in the set too if that is there.
pub(in super::super) fn forget_locked(networks: &Networks, name: &SetName) -> Result<(), NetworkError> {
    match networks.all()? {
        Some(all) => networks.undo(&all, name),
        None => Ok(()),
    }
}

/// The names that there is a directory of, but no set, which was removed by somebody else; or which was not made to an end.
pub(in super::super) fn orphans(networks: &Networks) -> Result<Vec<SetName>, NetworkError> {
    let Some(all) = networks.all()? else { return Ok(Vec::new()) };
    let mut orphans = Vec::new();
    for name in all.names()? {
        let Ok(name) = SetName::from_os(&name) else { continue };
        let Some(dir) = entry(&all, &name)? else { continue };
        let record = Record::read(&dir)?;
        let is_gone = match networks.sets.find(&name) {
            Err(SetError::Missing { .. }) => true,
            Ok(set) => !record.is_some_and(|record| record.is_of(&set) && record.is_whole),
            Err(_) => false,
        };
        if is_gone {
            orphans.push(name);
        }
    }
    Ok(orphans)
}
