//! Many sets at once, the nodes of a lab: their names are claimed together, and each is one record and its mounts.
//!
//! A node that is a network namespace alone has no directory: it is on record with its lab, and but for that what `ip netns add`
//! makes. A thousand directories and records would take longer to write and to remove than the namespaces.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::sync::{Mutex, PoisonError};

use insula_ns::{Kind, Kinds, Namespace, NsId, ProcDir, ProcessMark};
use serde::{Deserialize, Serialize};

use super::create::held_in;
use super::netns::{NamelessFile, NetnsDir};
use super::pin::pin;
use super::record::{Held, Identity, Record, State, made_in};
use super::teardown::Teardown;
use super::together::Pinned;
use super::{CreateError, Set, SetError, SetName, Sets, boot_id};
use crate::store::{Dir, Store, StoreError};

/// The threads that take sets away: they mostly wait.
const REMOVERS: usize = 16;

/// What is on a lab's record of those of its sets that have no directories.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NetNodes {
    /// The boot that they were made in.
    boot: String,
    /// The mount and PID namespace that they were made in.
    made_in: BTreeMap<String, Identity>,
    nodes: Vec<NetNode>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct NetNode {
    name: String,
    /// Its network namespace.
    net: Identity,
    /// The inode number of the file that was made for it.
    file: u64,
}

impl NetNodes {
    /// Whether there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What is taken away.
    fn doomed(self) -> impl Iterator<Item = Doomed> {
        let Self { boot, made_in, nodes } = self;
        nodes.into_iter().filter_map(move |node| {
            let record = Record::of_net(boot.clone(), made_in.clone(), node.net, node.file);
            Some(Doomed { name: node.name.parse().ok()?, dir: None, record: Some(record) })
        })
    }
}

/// Names of sets that are made.
///
/// Each is ours alone as long as this value lives: a locked directory in the store, so that whoever comes by leaves it alone; if we
/// are killed, what is in them is garbage as that of a single set. One of [`NetNodes`] has its name when its network
/// namespace gets it.
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
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: SetName,
    place: Spot,
}

/// Where a set is on record.
#[derive(Debug)]
enum Spot {
    /// In a directory of its own.
    Own(Dir),
    /// With the lab; the file that gets its name, once that is made.
    WithLab(Option<NamelessFile>),
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
        doomed.extend(net_nodes.doomed());
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
        doomed.retain(|one| one.dir.is_some() || one.record.as_ref().is_some_and(Record::has_netns_file));
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

    /// Claims names for the nodes of a lab, of these kinds: all or none. Needs a store in which namespaces are kept by mounts.
    pub(crate) fn claim_many(&self, nodes: &[(SetName, Kinds)], lab: &str) -> Result<Claims, CreateError> {
        let store = self.own.clone()?;
        let mut claims = Claims {
            netns: NetnsDir::prepare(&self.netns)?,
            proc: ProcDir::open().map_err(SetError::from)?,
            boot: boot_id()?,
            here: [Namespace::of_self(Kind::Mnt)?, Namespace::of_self(Kind::Pid)?],
            lab: lab.to_owned(),
            entries: Vec::with_capacity(nodes.len()),
            root: self.lock_own_store()?.unlocked()?,
            sets: self.clone(),
            store,
        };
        match claims.take(nodes) {
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

/// Whether a set of these kinds is on record with its lab.
pub(crate) fn is_net_node(kinds: Kinds) -> bool {
    kinds == Kind::Net.into()
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
    fn take(&mut self, nodes: &[(SetName, Kinds)]) -> Result<(), CreateError> {
        'again: loop {
            let root = self.sets.lock_own_store()?;
            let taken = self.sets.netns_names()?;
            let taken: HashSet<_> = taken.into_iter().collect();
            while let Some((name, kinds)) = nodes.get(self.entries.len()) {
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
                let place =
                    if is_net_node(*kinds) { Spot::WithLab(None) } else { own_directory(&root, name)? };
                self.entries.push(Entry { name: name.clone(), place });
            }
            self.root = root.unlocked()?;
            return Ok(());
        }
    }

    /// The store that they are in.
    pub(crate) fn store_path(&self) -> &std::path::Path {
        self.store.path()
    }

    /// The directory of a name, or where it would be.
    pub(crate) fn directory(&self, index: usize) -> std::path::PathBuf {
        self.root.path_of(&self.entries[index].name)
    }

    /// Makes the files for the network namespaces of those that have no directory, and tells what is to be on the lab's record of them
    /// before they are held. `net` gives the network namespace of each.
    pub(crate) fn net_nodes<'a>(
        &mut self,
        net: impl Fn(usize) -> &'a Namespace,
    ) -> Result<NetNodes, CreateError> {
        let mut nodes = Vec::new();
        for (index, Entry { name, place }) in self.entries.iter_mut().enumerate() {
            let Spot::WithLab(made) = place else { continue };
            let file = made.insert(self.netns.make_nameless()?);
            nodes.push(NetNode { name: name.to_string(), net: Identity::of(net(index)), file: file.inode });
        }
        Ok(NetNodes { boot: self.boot.clone(), made_in: made_in(&self.here), nodes })
    }

    /// Puts the set of a name on record, if it is none of [`NetNodes`], and keeps its namespaces: the network namespace by a mount in
    /// `/run/netns`, others by the keeper if there is one, else by mounts too.
    ///
    /// The record is complete before anything is mounted. If we don't come that far, nothing of what it says is there.
    pub(crate) fn hold<'a>(
        &self,
        index: usize,
        namespaces: impl Iterator<Item = &'a Namespace> + Clone,
        keeper: Option<ProcessMark>,
    ) -> Result<(), CreateError> {
        let Entry { name, place } = &self.entries[index];
        let dir = match place {
            Spot::Own(dir) => dir,
            Spot::WithLab(file) => {
                for (file, namespace) in file.iter().zip(namespaces) {
                    self.netns.pin_by(&self.proc, file, name, namespace)?;
                }
                return Ok(());
            }
        };
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

    /// Takes all sets that have directories away again; the others are on the lab's record. What fails is found by its record later.
    pub(crate) fn abandon(self) -> Result<(), SetError> {
        let mut result = Ok(());
        let teardown = Teardown::prepare(&self.sets, &self.root)?;
        for Entry { name, place } in &self.entries {
            let Spot::Own(dir) = place else { continue };
            let record = Record::read(dir);
            let gone = record.and_then(|record| teardown.take(name, dir, record));
            result = result.and(gone);
        }
        drop(self.entries);
        let _ = self.store.remove_if_empty();
        result
    }
}

fn own_directory(root: &Dir, name: &SetName) -> Result<Spot, CreateError> {
    root.make_dir(name, 0o755)?;
    let dir = root.find_dir(name)?.ok_or_else(|| SetError::Missing { name: name.clone() })?;
    dir.lock()?;
    Ok(Spot::Own(dir))
}
