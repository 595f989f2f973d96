//! The nodes of a lab are made: their names are claimed together, and each is on record before it is mounted.
//!
//! A node that is a network namespace alone has no directory: it is on record with its lab, and but for that what `ip netns add`
//! makes. A thousand directories and records would take longer to write and to remove than the namespaces.

use std::collections::HashSet;
use std::ffi::OsStr;

use insula_ns::{Kind, Kinds, Namespace, ProcDir, ProcessMark};

use super::create::held_in;
use super::net_nodes::{NetNodes, is_net_node};
use super::netns::{NamelessFile, NetnsDir};
use super::pin::pin;
use super::record::{Held, Record, State};
use super::teardown::Teardown;
use super::{CreateError, SetError, SetName, Sets, boot_id};
use crate::store::{Dir, Store, StoreError};

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
    recorded: Recorded,
}

/// Where a set is on record.
#[derive(Debug)]
enum Recorded {
    /// In a directory of its own.
    InDirectory(Dir),
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
                let recorded =
                    if is_net_node(*kinds) { Recorded::WithLab(None) } else { own_directory(&root, name)? };
                self.entries.push(Entry { name: name.clone(), recorded });
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
        let mut nodes = NetNodes::new(self.boot.clone(), &self.here);
        for (index, Entry { name, recorded }) in self.entries.iter_mut().enumerate() {
            let Recorded::WithLab(made) = recorded else { continue };
            let file = made.insert(self.netns.make_nameless()?);
            nodes.add(name, net(index), file.inode);
        }
        Ok(nodes)
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
        let Entry { name, recorded } = &self.entries[index];
        let dir = match recorded {
            Recorded::InDirectory(dir) => dir,
            Recorded::WithLab(file) => {
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
        for Entry { name, recorded } in &self.entries {
            let Recorded::InDirectory(dir) = recorded else { continue };
            let record = Record::read(dir);
            let gone = record.and_then(|record| teardown.take(name, dir, record));
            result = result.and(gone);
        }
        drop(self.entries);
        let _ = self.store.remove_if_empty();
        result
    }
}

fn own_directory(root: &Dir, name: &SetName) -> Result<Recorded, CreateError> {
    root.make_dir(name, 0o755)?;
    let dir = root.find_dir(name)?.ok_or_else(|| SetError::Missing { name: name.clone() })?;
    dir.lock()?;
    Ok(Recorded::InDirectory(dir))
}
