//! Names inside a set: its `resolv.conf`, its `hosts`, and no daemon of the host's that would answer for it.
//!
//! A set has a directory beside the records of sets, `.net/NAME`, with the files as they are to be seen, and what was made with them.
//! They are seen in the set's mount namespace. Where it has none of its own one is made, once, and stays. There they lie over those of
//! the host, and the sockets of resolver daemons are out of reach. The files are written in place and the mounts changed in place, so
//! that what runs inside sees a change.

mod answers;
mod content;
mod forget;
mod inside;
mod layout;
mod record;
mod room;
mod tunnels;

use std::path::{Path, PathBuf};

use insula_ns::{Kind, Namespace};

use super::lock::{DIRECTORY, NetworkLock};
use super::{NetworkError, NetworkStep, Networks};
use crate::set::{Set, SetError, SetName};
use crate::store::{Dir, Scope, StoreError};
use inside::Inside;
use layout::Layout;
use record::{Kept, Record};

pub use answers::{Answers, Resolver};
pub use content::{InvalidHostName, host_name};
pub(crate) use forget::{forget, keeper};
pub(super) use forget::{forget_locked, orphans};
pub(super) use tunnels::{stale_tunnels, tunnels_of};

/// Where an administrator has files for a network namespace instead of those in `/etc`: `ip-netns(8)`.
const ETC_NETNS: &str = "/etc/netns";

/// A mount namespace in which the files of a set are seen.
#[derive(Debug)]
pub enum Room {
    /// One that was made for this: it has the set's interfaces in `/sys`.
    Made(Namespace),
    /// The set's own.
    OfSet(Namespace),
}

impl Networks {
    /// Sets who answers for names in a set, for what runs in it already as well.
    ///
    /// # Errors
    /// [`NetworkError`]: it is as before then.
    pub fn set_resolver(&self, name: &SetName, resolver: &Resolver) -> Result<(), NetworkError> {
        let lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let set = self.sets.find(name)?;
        set.open(Kind::Net)?;
        decided(name, resolver)?;
        self.change_answers(lock.dir(), &set, |answers| answers.resolver = Some(resolver.clone()))
    }

    /// What was said of names in a set.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn answers(&self, name: &SetName) -> Result<Answers, NetworkError> {
        let set = self.sets.find(name)?;
        let all = self.all()?;
        let found = all.map(|all| valid(&all, &set)).transpose()?.flatten();
        Ok(found.map(|(_, record)| record.answers).unwrap_or_default())
    }

    /// Takes away what [`Networks::set_resolver`] did, for what runs in the set as well; whether there was something.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn clear_resolver(&self, name: &SetName) -> Result<bool, NetworkError> {
        let lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        let set = self.sets.find(name)?;
        let found = valid(lock.dir(), &set)?;
        let was_set = found.is_some_and(|(_, record)| record.answers.resolver.is_some());
        self.change_answers(lock.dir(), &set, |answers| answers.resolver = None)?;
        Ok(was_set)
    }

    /// The mount namespace in which what is entered in a set finds its files, where that is none of the set's own; `None` if there is
    /// none. What is seen in it, or in the set's own, is brought up to date.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn room(&self, set: &Set) -> Result<Option<Namespace>, NetworkError> {
        if !set.kinds().contains(Kind::Net) {
            return Ok(None);
        }
        let name = set.name();
        let has_record = match self.all().and_then(|all| all.map(|all| entry(&all, name)).transpose()) {
            Ok(dir) => dir.flatten().is_some(),
            // Another user's set, of which nothing can be known.
            Err(_) => false,
        };
        if !has_record && rustix::fs::stat(etc_netns(name)).is_err() {
            return Ok(None);
        }
        let lock = NetworkLock::take(self.store()?)?;
        self.change_answers(lock.dir(), set, |_| {})?;
        match valid(lock.dir(), set)? {
            Some((dir, record)) if record.kept != Kept::Set => room::open(&dir, set, &record).map(Some),
            _ => Ok(None),
        }
    }

    /// As [`Networks::room`], but only for a set for which something was said of names, and then also its own mount namespace.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn room_with_answers(&self, name: &SetName) -> Result<Option<Room>, NetworkError> {
        // Most have none, which costs as little as can be.
        let Some(all) = self.all()? else { return Ok(None) };
        if entry(&all, name)?.is_none() {
            return Ok(None);
        }
        let set = self.sets.find(name)?;
        if valid(&all, &set)?.is_none_or(|(_, record)| record.answers.is_empty()) {
            return Ok(None);
        }
        Ok(Some(match self.room(&set)? {
            Some(room) => Room::Made(room),
            None => Room::OfSet(set.open(Kind::Mnt)?),
        }))
    }

    /// The directory of what belongs to networks; not locked.
    fn all(&self) -> Result<Option<Dir>, StoreError> {
        let Some(root) = self.store()?.find()? else { return Ok(None) };
        Ok(root.find_dir(DIRECTORY)?)
    }

    /// Changes what was said of names in a set, and what is seen in it. `all` is locked.
    fn change_answers(
        &self,
        all: &Dir,
        set: &Set,
        change: impl FnOnce(&mut Answers),
    ) -> Result<(), NetworkError> {
        let before = valid(all, set)?.map(|(_, record)| record.answers);
        if before.is_none() {
            // It was another set's of the same name, or its making was interrupted.
            self.undo(all, set.name())?;
        }
        let before = before.unwrap_or_default();
        let mut answers = before.clone();
        change(&mut answers);
        if answers.is_empty() && rustix::fs::stat(etc_netns(set.name())).is_err() {
            return self.undo(all, set.name());
        }
        let furnished = self.furnish_room(all, set, answers);
        if furnished.is_err() {
            // What the failure itself was is worth more than what went wrong after it.
            let _ = if before.is_empty() {
                self.undo(all, set.name())
            } else {
                self.furnish_room(all, set, before)
            };
        }
        furnished
    }

    /// Writes the files, makes the mount namespace if there is none, and has the files seen in it.
    fn furnish_room(&self, all: &Dir, set: &Set, answers: Answers) -> Result<(), NetworkError> {
        let (dir, mut record) = match valid(all, set)? {
            Some((dir, record)) if room::open(&dir, set, &record).is_ok() => (dir, record),
            _ => {
                self.undo(all, set.name())?;
                let dir = self.make_entry(all, set.name())?;
                let mut record = Record::new(set, answers.clone())?;
                record.write(&dir)?;
                if set.kinds().contains(Kind::Mnt) {
                    record.kept = Kept::Set;
                } else {
                    room::make(&dir, set, &mut record)?;
                }
                self.reached(NetworkStep::Room);
                (dir, record)
            }
        };
        let inside = Inside::open(set, room::open(&dir, set, &record)?)?;
        let layout = Layout::of(set.name(), &dir, answers.resolver().as_ref(), &inside)?;
        inside.fit(&dir, &layout, &mut record)?;
        self.reached(NetworkStep::Cover);
        if !record.is_whole || record.answers != answers {
            record.is_whole = true;
            record.answers = answers;
            record.write(&dir)?;
        }
        Ok(())
    }

    fn make_entry(&self, all: &Dir, name: &SetName) -> Result<Dir, NetworkError> {
        all.make_dir(name, 0o700)?;
        let store = self.store()?;
        if store.scope() == Scope::System {
            // A mount namespace can be pinned only on a mount that passes nothing on.
            let root = store.find()?.ok_or_else(|| SetError::Missing { name: name.clone() })?;
            store.cover(&root)?;
        }
        // By its path, which leads through that mount.
        Ok(Dir::open(&store.path().join(DIRECTORY).join(name.as_str()))?)
    }

    /// Takes away all that belongs to a set of this name, in the set too if it is there.
    fn undo(&self, all: &Dir, name: &SetName) -> Result<(), NetworkError> {
        let Some(dir) = entry(all, name)? else { return Ok(()) };
        let record = Record::read(&dir)?;
        let set = self.sets.find(name).ok();
        if let Some(set) = set
            && let Some(record) = record.filter(|record| record.is_of(&set))
            && let Ok(mnt) = room::open(&dir, &set, &record)
        {
            Inside::open(&set, mnt)?.uncover(&record)?;
            self.reached(NetworkStep::Uncover);
        }
        forget::take_away(all, name)
    }
}

/// The record of a set, and its directory, if there is a whole one of this very set.
fn valid(all: &Dir, set: &Set) -> Result<Option<(Dir, Record)>, NetworkError> {
    let Some(dir) = entry(all, set.name())? else { return Ok(None) };
    let record = Record::read(&dir)?.filter(|record| record.is_of(set) && record.is_whole);
    Ok(record.map(|record| (dir, record)))
}

/// Refuses what an administrator has decided.
fn decided(name: &SetName, resolver: &Resolver) -> Result<(), NetworkError> {
    let files = [("resolv.conf", resolver.asks()), ("hosts", !resolver.hosts.is_empty())];
    for (file, is_wanted) in files {
        let path = etc_netns(name).join(file);
        if is_wanted && rustix::fs::stat(&path).is_ok() {
            return Err(NetworkError::Decided { name: name.clone(), path });
        }
    }
    Ok(())
}

/// Where an administrator has files for the set.
fn etc_netns(name: &SetName) -> PathBuf {
    Path::new(ETC_NETNS).join(name.as_str())
}

fn entry(all: &Dir, name: &SetName) -> Result<Option<Dir>, StoreError> {
    Ok(all.find_dir(name)?)
}
