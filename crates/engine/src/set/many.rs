//! Many sets at once: their names are claimed together, and each is one record and its mounts.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::sync::{Mutex, PoisonError};

use insula_ns::{Kind, Namespace, NsId, ProcDir, ProcessMark};

use super::create::held_in;
use super::netns::NetnsDir;
use super::pin::pin;
use super::record::{Held, Record, State};
use super::teardown::Teardown;
use super::together::Pinned;
use super::{CreateError, Set, SetError, SetName, Sets, boot_id};
use crate::store::{Dir, Store, StoreError};

/// The threads that take sets away: they mostly wait.
const REMOVERS: usize = 16;

/// Names that are ours alone as long as this value lives.
///
/// Each is a locked directory in the store, so that whoever comes by leaves it alone; if we are killed, what is in them is
/// garbage as that of a single set.
#[derive(Debug)]
pub(crate) struct Claims {
    sets: Sets,
    store: Store,
    root: Dir,
    netns: NetnsDir,
    proc: ProcDir,
    boot: String,
    here: [Namespace; 2],
    lab: String,
    entries: Vec<(SetName, Dir)>,
}

impl Sets {
    /// Whether sets of the caller's are kept by mounts, and not by a keeper each.
    pub(crate) fn are_mounted(&self) -> bool {
        self.own.as_ref().is_ok_and(|store| held_in(store) == Held::Mount)
    }

    /// Locks the caller's own store, makes it if need be, and mounts it on itself where namespaces are mounted in it.
    pub(crate) fn lock_own_store(&self) -> Result<Dir, StoreError> {
        let store = self.own.clone()?;
        loop {
            let root = store.lock_or_make()?;
            if held_in(&store) == Held::Keeper || !store.cover(&root)? {
                return Ok(root);
            }
        }
    }

    /// Removes those of `names` that are nodes of a lab, with all that runs in them; `reached` is told how far it has come.
    ///
    /// The lab is on record as one that is being removed, and locked.
    pub(crate) fn remove_many(
        &self,
        names: &[SetName],
        lab: &str,
        reached: &(dyn Fn(Removal) + Sync),
    ) -> Result<(), SetError> {
        let store = self.own.clone()?;
        let mut members = loop {
            let Some(root) = store.lock()? else { return Ok(()) };
            match lock_members(&root, names, lab)? {
                Locked::All(members) => break members,
                Locked::Busy(dir) => {
                    // Somebody removes a set of the lab: wait how that ends, and do not hold up others meanwhile.
                    drop(root);
                    dir.lock()?;
                }
            }
        };
        let root = Dir::open(store.path())?;
        let boot = boot_id()?;
        let mut here = Vec::new();
        for (name, dir, record) in &members {
            let Some(record) = record.as_ref().filter(|record| record.boot == boot) else { continue };
            // All were made in one place.
            if here.is_empty() {
                let set = Set::recorded(name, store.scope(), dir, record.clone());
                set.check_here(record, Kind::Mnt)?;
                set.check_here(record, Kind::Pid)?;
            }
            here.push((name, record));
        }
        end_keepers(&here)?;
        let nets: HashSet<NsId> = here.iter().filter_map(|(_, record)| record.namespace(Kind::Net)).collect();
        super::occupants::end_all_in(&nets)?;
        let mut gone = HashSet::new();
        if let Some(netns) = NetnsDir::find(&self.netns)? {
            let pinned: Vec<_> = here.iter().filter_map(|(name, record)| pinned(name, record)).collect();
            gone = netns.unpin_together(lab, &pinned, reached)?;
        }
        let teardown = Teardown::prepare(self, &root)?;
        // The kernel lets whoever unmounts wait until no processor looks at the mount any more; who waits at the same time
        // waits together.
        let work = Mutex::new(members.drain(..));
        let next = || work.lock().unwrap_or_else(PoisonError::into_inner).next();
        let take = || {
            let mut result = Ok(());
            while let Some((name, dir, mut record)) = next() {
                if let Some(record) = &mut record {
                    // The lab's record says so already.
                    record.state = State::Removing;
                    if gone.contains(AsRef::<OsStr>::as_ref(&name)) {
                        record.netns_file = None;
                    }
                }
                result = result.and(teardown.take(&name, &dir, record));
                reached(Removal::One);
            }
            result
        };
        std::thread::scope(|scope| {
            let started: Vec<_> = (0..REMOVERS.min(names.len())).map(|_| scope.spawn(take)).collect();
            let ended = started
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            // The others end too before the first failure is told.
            ended.collect()
        })
    }

    /// Claims names for the nodes of a lab: all or none. Needs a store in which namespaces are kept by mounts.
    pub(crate) fn claim_many(&self, names: &[SetName], lab: &str) -> Result<Claims, CreateError> {
        let store = self.own.clone()?;
        let mut claims = Claims {
            netns: NetnsDir::prepare(&self.netns)?,
            proc: ProcDir::open().map_err(SetError::from)?,
            boot: boot_id()?,
            here: [Namespace::of_self(Kind::Mnt)?, Namespace::of_self(Kind::Pid)?],
            lab: lab.to_owned(),
            entries: Vec::with_capacity(names.len()),
            root: self.lock_own_store()?.unlocked()?,
            sets: self.clone(),
            store,
        };
        match claims.take(names) {
            Ok(()) => Ok(claims),
            Err(error) => {
                // What cannot be taken away now is found later, without a record.
                let _ = claims.abandon();
                Err(error)
            }
        }
    }
}

/// How far the removal of many sets has come, for tests.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Removal {
    /// The files of their network namespaces are where they are unmounted together.
    Aside,
    /// They are unmounted.
    Unmounted,
    /// One set is gone.
    One,
}

/// What a record says of the set's file in `/run/netns`.
fn pinned<'a>(name: &'a SetName, record: &Record) -> Option<Pinned<'a>> {
    Some(Pinned { name, id: record.namespace(Kind::Net)?, inode: record.netns_file? })
}

/// The sets of a lab, locked; or one of them that somebody else has locked.
enum Locked {
    All(Vec<(SetName, Dir, Option<Record>)>),
    Busy(Dir),
}

/// Locks the sets of a lab. `root`, the store, is locked.
fn lock_members(root: &Dir, names: &[SetName], lab: &str) -> Result<Locked, SetError> {
    let mut members = Vec::with_capacity(names.len());
    for name in names {
        let Some(dir) = root.find_dir(name)? else { continue };
        if !dir.try_lock()? {
            return Ok(Locked::Busy(dir));
        }
        let record = Record::read(&dir)?;
        // Without a record it is ours or nobody's: whoever makes it has it locked.
        if record.as_ref().is_none_or(|record| record.lab.as_deref() == Some(lab)) {
            members.push((name.clone(), dir, record));
        }
    }
    Ok(Locked::All(members))
}

/// Ends the keepers of sets: all are told before any is waited for.
fn end_keepers(sets: &[(&SetName, &Record)]) -> Result<(), SetError> {
    for (name, record) in sets {
        let Some(mark) = record.keeper else { continue };
        let found = mark.find().map_err(|source| SetError::Keeper { name: (*name).clone(), source })?;
        if let Some(keeper) = found {
            // `tear_down` waits for it, and says if it can't be.
            let _ = keeper.signal(rustix::process::Signal::KILL);
        }
    }
    Ok(())
}

impl Claims {
    fn take(&mut self, names: &[SetName]) -> Result<(), CreateError> {
        'again: loop {
            let root = self.sets.lock_own_store()?;
            let taken = self.sets.netns_names()?;
            let taken: HashSet<_> = taken.into_iter().collect();
            while let Some(name) = names.get(self.entries.len()) {
                if root.stat(name)?.is_some() {
                    // Which lets go of the store.
                    self.sets.make_room(root, self.store.scope(), name)?;
                    continue 'again;
                }
                if taken.contains(AsRef::<OsStr>::as_ref(name))
                    && let Some(set) = self.sets.find_netns(name)?
                {
                    let path = set.mount_point(Kind::Net).unwrap_or_default();
                    return Err(CreateError::Exists { name: name.clone(), path });
                }
                root.make_dir(name, 0o755)?;
                let dir = root.find_dir(name)?.ok_or_else(|| SetError::Missing { name: name.clone() })?;
                dir.lock()?;
                self.entries.push((name.clone(), dir));
            }
            self.root = root.unlocked()?;
            return Ok(());
        }
    }

    /// The store that they are in.
    pub(crate) fn store_path(&self) -> &std::path::Path {
        self.store.path()
    }

    /// The directory of a name.
    pub(crate) fn directory(&self, index: usize) -> &std::path::Path {
        self.entries[index].1.path()
    }

    /// Puts the set of a name on record and keeps its namespaces: the network namespace by a mount in `/run/netns`, others
    /// by the keeper if there is one, else by mounts too.
    ///
    /// The record is complete before anything is mounted. If we don't come that far, nothing of what it says is there.
    pub(crate) fn hold<'a>(
        &self,
        index: usize,
        namespaces: impl Iterator<Item = &'a Namespace> + Clone,
        keeper: Option<ProcessMark>,
    ) -> Result<(), CreateError> {
        let (name, dir) = &self.entries[index];
        let mut record = Record::new(self.boot.clone(), Held::Mount, namespaces.clone(), &self.here);
        record.state = State::Ready;
        record.lab = Some(self.lab.clone());
        record.keeper = keeper;
        if keeper.is_some() {
            for namespace in namespaces.clone().filter(|namespace| namespace.kind() != Kind::Net) {
                record.leave_to_keeper(namespace.kind());
            }
        }
        let file = self.netns.make_nameless()?;
        record.netns_file = Some(file.inode);
        record.write(dir)?;
        for namespace in namespaces.filter(|namespace| record.held(namespace.kind()) == Some(Held::Mount)) {
            let kind = namespace.kind();
            if kind == Kind::Net {
                self.netns.pin_by(&self.proc, &file, name, namespace)?;
            } else {
                dir.make_file(kind.name())?;
                pin(namespace, dir, kind.name().as_ref())?;
            }
        }
        Ok(())
    }

    /// Takes all sets away again. What fails is found by its record later.
    pub(crate) fn abandon(self) -> Result<(), SetError> {
        let mut result = Ok(());
        let teardown = Teardown::prepare(&self.sets, &self.root)?;
        for (name, dir) in &self.entries {
            let record = Record::read(dir);
            let gone = record.and_then(|record| teardown.take(name, dir, record));
            result = result.and(gone);
        }
        drop(self.entries);
        let _ = self.store.remove_if_empty();
        result
    }
}
