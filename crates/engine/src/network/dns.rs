//! Names inside a set: its `resolv.conf`, its `hosts`, and no daemon of the host's that would answer for it.
//!
//! A set has a directory beside the records of sets, `.net/NAME`, with the files as they are to be seen, and what was made with them:
//! a mount namespace in which they lie over those of the host, and in which the sockets of resolver daemons are out of reach. It is
//! made once and stays; the files are written in place, so that what runs inside sees a change.

mod content;
mod record;
mod room;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use insula_ns::{Kind, Namespace, Pid};
use serde::{Deserialize, Serialize};

use super::lock::{DIRECTORY, NetworkLock};
use super::{NetworkError, NetworkStep, Networks};
use crate::set::{Set, SetName};
use crate::store::{Dir, Store, StoreError};
use record::Record;

pub use content::{InvalidHostName, host_name};

/// Where an administrator has files for a network namespace instead of those in `/etc`: `ip-netns(8)`.
const ETC_NETNS: &str = "/etc/netns";

/// Who answers for names in a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolver {
    /// Name servers, asked in this order. The C library takes three.
    pub servers: Vec<IpAddr>,
    /// Domains that names without a dot are looked for in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    /// Names and their addresses, for `hosts`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<(String, IpAddr)>,
}

impl Networks {
    /// Sets who answers for names in a set, for what runs in it already as well.
    ///
    /// # Errors
    /// [`NetworkError`]: it is as before then.
    pub fn set_resolver(&self, name: &SetName, resolver: &Resolver) -> Result<(), NetworkError> {
        let set = self.sets.find(name)?;
        set.open(Kind::Net)?;
        if set.kinds().contains(Kind::Mnt) {
            return Err(NetworkError::OwnMounts { name: name.clone() });
        }
        let lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let theirs = etc_netns(name).join("resolv.conf");
        if rustix::fs::stat(&theirs).is_ok() {
            return Err(NetworkError::Decided { name: name.clone(), path: theirs });
        }
        let before = entry(lock.dir(), name)?.map(|dir| Record::read(&dir)).transpose()?.flatten();
        let written = self.furnish_room(lock.dir(), &set, Some(resolver));
        if written.is_err() && before.is_none() {
            let _ = take_away(lock.dir(), name);
        }
        written
    }

    /// Who answers for names in a set; `None` if that was not set.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn resolver(&self, name: &SetName) -> Result<Option<Resolver>, NetworkError> {
        let set = self.sets.find(name)?;
        let Some(dir) = self.entry(name)? else { return Ok(None) };
        let record = Record::read(&dir)?.filter(|record| record.is_of(&set));
        Ok(record.and_then(|record| record.resolver))
    }

    /// Takes away what [`Networks::set_resolver`] did; whether there was something. What runs in the set keeps what it has.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn clear_resolver(&self, name: &SetName) -> Result<bool, NetworkError> {
        let lock = NetworkLock::take(self.store()?)?;
        let there = entry(lock.dir(), name)?.is_some();
        take_away(lock.dir(), name)?;
        Ok(there)
    }

    /// The mount namespace in which what is entered in a set finds its files, if there are any; up to date.
    ///
    /// It is none for a set that has a mount namespace of its own.
    /// # Errors
    /// [`NetworkError`].
    pub fn room(&self, set: &Set) -> Result<Option<Namespace>, NetworkError> {
        if !set.kinds().contains(Kind::Net) || set.kinds().contains(Kind::Mnt) {
            return Ok(None);
        }
        let name = set.name();
        let has_record = match self.entry(name) {
            Ok(dir) => dir.is_some(),
            // Another user's set, of which nothing can be known.
            Err(_) => false,
        };
        if !has_record && rustix::fs::stat(etc_netns(name)).is_err() {
            return Ok(None);
        }
        let lock = NetworkLock::take(self.store()?)?;
        let record = entry(lock.dir(), name)?.map(|dir| Record::read(&dir)).transpose()?.flatten();
        let resolver = record.filter(|record| record.is_of(set)).and_then(|record| record.resolver);
        self.furnish_room(lock.dir(), set, resolver.as_ref())?;
        let Some(dir) = entry(lock.dir(), name)? else { return Ok(None) };
        let Some(record) = Record::read(&dir)? else { return Ok(None) };
        room::open(&dir, &record).map(Some)
    }

    fn entry(&self, name: &SetName) -> Result<Option<Dir>, NetworkError> {
        let Some(root) = self.store()?.find()? else { return Ok(None) };
        let Some(all) = root.find_dir(DIRECTORY)? else { return Ok(None) };
        entry(&all, name)
    }

    /// Writes the files, and makes the mount namespace if there is none or it lacks something. `all` is locked.
    fn furnish_room(&self, all: &Dir, set: &Set, resolver: Option<&Resolver>) -> Result<(), NetworkError> {
        let name = set.name();
        let old = entry(all, name)?.map(|dir| Record::read(&dir)).transpose()?.flatten();
        let old = match old {
            Some(record) if record.is_of(set) => Some(record),
            Some(_) => {
                // It was another set's of the same name.
                take_away(all, name)?;
                None
            }
            None => None,
        };
        match all.make_dir(name, 0o700) {
            Err(error) if error.source != rustix::io::Errno::EXIST => return Err(error.into()),
            _ => {}
        }
        let dir = entry(all, name)?.ok_or_else(|| crate::set::SetError::Missing { name: name.clone() })?;
        let layout = room::Layout::of(name, &dir, resolver)?;
        if let Some(old) = &old
            && old.covers == layout.covers
            && room::open(&dir, old).is_ok()
        {
            let record = Record { resolver: resolver.cloned(), ..old.clone() };
            return Ok(record.write(&dir)?);
        }
        if let Some(old) = &old {
            room::end(&dir, old)?;
        }
        if self.store()?.scope() == crate::store::Scope::System {
            // A mount namespace can be pinned only on a mount that passes nothing on.
            let root =
                self.store()?.find()?.ok_or_else(|| crate::set::SetError::Missing { name: name.clone() })?;
            self.store()?.cover(&root)?;
        }
        let path = self.store()?.path().join(DIRECTORY).join(name.as_str());
        let dir = Dir::open(&path)?;
        let record = Record::new(set, layout.covers.clone(), resolver.cloned())?;
        record.write(&dir)?;
        room::make(&dir, set, &layout, record)
    }
}

/// Where an administrator has files for the set.
fn etc_netns(name: &SetName) -> PathBuf {
    Path::new(ETC_NETNS).join(name.as_str())
}

fn entry(all: &Dir, name: &SetName) -> Result<Option<Dir>, NetworkError> {
    Ok(all.find_dir(name)?)
}

/// Takes away all that belongs to a set of this name.
fn take_away(all: &Dir, name: &SetName) -> Result<(), NetworkError> {
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
        record::Kept::Keeper(mark) => mark.find().ok().flatten().and(mark.pid()),
        _ => None,
    }
}

/// Takes away what belongs to a set that was removed; nothing is made for it.
pub(crate) fn forget(store: &Store, name: &SetName) -> Result<(), NetworkError> {
    let is_there = || -> Result<bool, StoreError> {
        let Some(root) = store.find()? else { return Ok(false) };
        let Some(all) = root.find_dir(DIRECTORY)? else { return Ok(false) };
        Ok(all.find_dir(name)?.is_some())
    };
    if is_there()? {
        let lock = NetworkLock::take(store)?;
        take_away(lock.dir(), name)?;
    }
    Ok(())
}

/// As [`forget`], for who has the lock.
pub(super) fn forget_locked(store: &Store, name: &SetName) -> Result<(), NetworkError> {
    let Some(root) = store.find()? else { return Ok(()) };
    let Some(all) = root.find_dir(DIRECTORY)? else { return Ok(()) };
    take_away(&all, name)
}

/// The names that there is a directory of, but no set: it was removed by somebody else.
pub(super) fn orphans(networks: &Networks) -> Result<Vec<SetName>, NetworkError> {
    let Some(root) = networks.store()?.find()? else { return Ok(Vec::new()) };
    let Some(all) = root.find_dir(DIRECTORY)? else { return Ok(Vec::new()) };
    let mut orphans = Vec::new();
    for name in all.names()? {
        let Ok(name) = SetName::from_os(&name) else { continue };
        let Some(dir) = all.find_dir(&name)? else { continue };
        let record = Record::read(&dir)?;
        let is_gone = match networks.sets.find(&name) {
            Err(crate::set::SetError::Missing { .. }) => true,
            Ok(set) => !record.is_some_and(|record| record.is_of(&set) && record.is_complete()),
            Err(_) => false,
        };
        if is_gone {
            orphans.push(name);
        }
    }
    Ok(orphans)
}
