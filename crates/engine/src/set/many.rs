//! The nodes of a lab are taken away, all at once.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::sync::{Mutex, PoisonError};

use insula_ns::{Kind, NsId};

use super::net_nodes::NetNodes;
use super::netns::NetnsDir;
use super::record::{Record, State};
use super::teardown::Teardown;
use super::together::Pinned;
use super::{Set, SetError, SetName, Sets, boot_id};
use crate::store::Dir;

/// The threads that take sets away: they mostly wait.
const REMOVERS: usize = 16;

impl Sets {
    /// Removes those of `names` that are nodes of a lab, and its `net_nodes`, with all that runs in them; `reached` is told how far it has
    /// come.
    ///
    /// The lab is on record as one that is being removed, and locked.
    pub(crate) fn remove_many(
        &self,
        names: &[SetName],
        net_nodes: NetNodes,
        lab: &str,
        reached: &(dyn Fn(Removal) + Sync),
    ) -> Result<(), SetError> {
        let store = self.own.clone()?;
        let mut doomed = loop {
            let Some(root) = store.lock()? else { return Ok(()) };
            match lock_nodes(&root, names, lab)? {
                Locked::All(doomed) => break doomed,
                Locked::Busy(dir) => {
                    // Somebody removes a set of the lab: wait how that ends, and do not hold up others meanwhile.
                    drop(root);
                    dir.lock()?;
                }
            }
        };
        let root = Dir::open(store.path())?;
        let boot = boot_id()?;
        let of_lab = |(name, record)| Doomed { name, dir: None, record: Some(record) };
        doomed.extend(net_nodes.records().map(of_lab));
        let mut here = Vec::new();
        for Doomed { name, dir, record } in &doomed {
            let Some(record) = record.as_ref().filter(|record| record.boot == boot) else { continue };
            // All were made in one place.
            if here.is_empty() {
                let set = Set::recorded(name, store.scope(), dir.as_ref().unwrap_or(&root), record.clone());
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
        for one in &mut doomed {
            if let Some(record) = &mut one.record
                && gone.contains(AsRef::<OsStr>::as_ref(&one.name))
            {
                record.netns_file = None;
            }
        }
        // Of one without a directory that was all.
        doomed.retain(|one| {
            one.dir.is_some() || one.record.as_ref().is_some_and(|record| record.netns_file.is_some())
        });
        self.tear_down_all(&root, doomed, reached)
    }

    fn tear_down_all(
        &self,
        root: &Dir,
        doomed: Vec<Doomed>,
        reached: &(dyn Fn(Removal) + Sync),
    ) -> Result<(), SetError> {
        let teardown = Teardown::prepare(self, root)?;
        // The kernel lets whoever unmounts wait until no processor looks at the mount any more; who waits at the same time
        // waits together.
        let threads = REMOVERS.min(doomed.len());
        let work = Mutex::new(doomed.into_iter());
        let next = || work.lock().unwrap_or_else(PoisonError::into_inner).next();
        let take = || {
            let mut result = Ok(());
            while let Some(Doomed { name, dir, mut record }) = next() {
                if let Some(record) = &mut record {
                    // The lab's record says so already.
                    record.state = State::Removing;
                }
                let taken = match (dir, record) {
                    (Some(dir), record) => teardown.take(&name, &dir, record),
                    (None, Some(record)) => teardown.take_net(&name, &record),
                    (None, None) => Ok(()),
                };
                result = result.and(taken);
                reached(Removal::One);
            }
            result
        };
        std::thread::scope(|scope| {
            let started: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
            let ended = started
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            // The others end too before the first failure is told.
            ended.collect()
        })
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

/// A set that is taken away.
#[derive(Debug)]
struct Doomed {
    name: SetName,
    /// Its directory, locked; none of one of [`NetNodes`].
    dir: Option<Dir>,
    record: Option<Record>,
}

/// The sets of a lab that have directories, locked; or one of them that somebody else has locked.
enum Locked {
    All(Vec<Doomed>),
    Busy(Dir),
}

/// Locks the sets of a lab that have directories. `root`, the store, is locked.
fn lock_nodes(root: &Dir, names: &[SetName], lab: &str) -> Result<Locked, SetError> {
    let mut doomed = Vec::with_capacity(names.len());
    for name in names {
        let Some(dir) = root.find_dir(name)? else { continue };
        if !dir.try_lock()? {
            return Ok(Locked::Busy(dir));
        }
        let record = Record::read(&dir)?;
        // Without a record it is ours or nobody's: whoever makes it has it locked.
        if record.as_ref().is_none_or(|record| record.lab.as_deref() == Some(lab)) {
            doomed.push(Doomed { name: name.clone(), dir: Some(dir), record });
        }
    }
    Ok(Locked::All(doomed))
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
