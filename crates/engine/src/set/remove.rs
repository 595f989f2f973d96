//! Removing a set.

use std::path::PathBuf;

use insula_ns::{Kind, PidFdError, ScanError};
use rustix::io::Errno;

use super::condition::{Condition, condition};
use super::netns::NetnsDir;
use super::occupants::{Occupant, end_all, occupants, who_stays};
use super::record::Record;
use super::{Set, SetError, SetName, Sets, Source};
use crate::store::{Dir, PathError, Store, StoreError, is_dir};

/// What becomes of the processes in a set that is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Nothing: if there are any, the set stays.
    Spare,
    /// They are killed.
    Kill,
}

/// Why a set was not removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoveError {
    /// The set can't be found or used.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A directory can't be used.
    #[error(transparent)]
    Path(#[from] PathError),
    /// What answers for names in it could not be taken away.
    #[error(transparent)]
    Network {
        /// Why.
        source: Box<crate::network::NetworkError>,
    },
    /// Processes are in it.
    #[error("the set `{name}` is in use")]
    Occupied {
        /// The set.
        name: SetName,
        /// The processes.
        occupants: Vec<Occupant>,
    },
    /// It belongs to somebody else.
    #[error("the set `{name}` is the system's, `{}`", path.display())]
    NotOurs {
        /// The set.
        name: SetName,
        /// Where it is.
        path: PathBuf,
    },
    /// Processes can't be looked for.
    #[error("cannot find what runs in the set `{name}`")]
    Scan {
        /// The set.
        name: SetName,
        /// Why.
        source: ScanError,
    },
    /// A process in it can't be killed.
    #[error("cannot end process {} in the set `{name}`", occupant.pid)]
    Kill {
        /// The set.
        name: SetName,
        /// The process.
        occupant: Occupant,
        /// Why.
        source: PidFdError,
    },
    /// Processes in it were killed and are still there, or new ones are started as fast as they are killed.
    #[error("processes in the set `{name}` do not end")]
    Survivors {
        /// The set.
        name: SetName,
        /// The processes.
        occupants: Vec<Occupant>,
    },
}

impl Sets {
    /// Removes a set; returns the processes that were killed for it.
    ///
    /// # Errors
    /// [`RemoveError::Occupied`] if processes are in it and to be spared; others if something can't be taken away,
    /// which is then tried again by whoever removes it next, or collects what is left.
    pub fn remove(&self, name: &SetName, inside: Inside) -> Result<Vec<Occupant>, RemoveError> {
        let store = self.own.clone()?;
        let Some((parent, dir)) = lock_set(&store, name)? else { return self.remove_other(name, inside) };
        let record = Record::read(&dir)?;
        let killed = match (condition(name, store.scope(), &dir, record.as_ref())?, &record) {
            (Condition::Sound | Condition::Elsewhere, Some(record)) => {
                let set = Set::recorded(name, store.scope(), &dir, record.clone());
                set.check_here(record, Kind::Mnt)?;
                set.check_here(record, Kind::Pid)?;
                clear(&set, inside)?
            }
            // If anything runs in what is left, it keeps no more than its own namespaces.
            _ => Vec::new(),
        };
        self.tear_down(&parent, name, &dir, record)?;
        drop(dir);
        let forgotten = crate::network::dns::forget(&store, name);
        store.remove_if_empty()?;
        forgotten.map_err(|source| RemoveError::Network { source: Box::new(source) })?;
        Ok(killed)
    }

    /// Removes a network namespace that `ip netns add` made.
    fn remove_other(&self, name: &SetName, inside: Inside) -> Result<Vec<Occupant>, RemoveError> {
        let set = self.find(name)?;
        let not_ours = |path| RemoveError::NotOurs { name: name.clone(), path };
        let Source::Netns(path, id) = &set.source else {
            return Err(not_ours(set.directory().unwrap_or_default()));
        };
        let killed = clear(&set, inside)?;
        let Some(netns) = NetnsDir::find(&self.netns)? else { return Ok(killed) };
        match netns.delete(name, *id) {
            Ok(()) => {
                let forgotten = crate::network::dns::forget(self.own_store()?, name);
                forgotten.map_err(|source| RemoveError::Network { source: Box::new(source) })?;
                Ok(killed)
            }
            Err(SetError::Path(PathError { source: Errno::PERM, .. })) => Err(not_ours(path.clone())),
            Err(error) => Err(error.into()),
        }
    }
}

/// Opens and locks the directory of a set, and opens the store that it is in; `None` if there is none.
fn lock_set(store: &Store, name: &SetName) -> Result<Option<(Dir, Dir)>, StoreError> {
    loop {
        let Some(root) = store.lock()? else { return Ok(None) };
        if !root.stat(name)?.is_some_and(|stat| is_dir(&stat)) {
            return Ok(None);
        }
        let Some(dir) = root.find_dir(name)? else { return Ok(None) };
        if dir.try_lock()? {
            return Ok(Some((Dir::open(root.path())?, dir)));
        }
        // It is being made or removed: wait how that ends, and do not hold up others meanwhile.
        drop(root);
        dir.lock()?;
    }
}

/// Sees to it that no process is in a set.
fn clear(set: &Set, inside: Inside) -> Result<Vec<Occupant>, RemoveError> {
    let name = || set.name().clone();
    let look = || occupants(set).map_err(|source| RemoveError::Scan { name: name(), source });
    let found = look()?;
    match inside {
        _ if found.is_empty() => Ok(found),
        Inside::Spare => match who_stays(found, look)? {
            left if left.is_empty() => Ok(left),
            occupants => Err(RemoveError::Occupied { name: name(), occupants }),
        },
        Inside::Kill => end_all(set, found),
    }
}
