//! What is written down of a command's group: where it is, so that it can be found when its maker is killed.
//!
//! The directory of a record is locked as long as its maker lives.

use insula_cgroup::{Trace, Which};
use serde::{Deserialize, Serialize};

use super::GroupError;
use crate::store::record::{self, Unreadable};
use crate::store::{Deed, Dir, PathError, Store};

/// The directory of the records in a store. No set has such a name.
const DIRECTORY: &str = ".groups";
const FILE: &str = "record.json";
/// What it is written as before it gets that name.
const DRAFT: &str = "record.json.new";
/// The version of the format that this code writes, and the only one that it reads.
const VERSION: u32 = 1;

/// The content of a record.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    version: u32,
    #[serde(rename = "type")]
    object: Object,
    places: Vec<Place>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Object {
    Group,
}

/// Where the group is in one hierarchy.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    hierarchy: Box<str>,
    path: Box<str>,
    /// The inode number of its directory, when it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inode: Option<u64>,
    /// Whether nobody else gives a group this name.
    is_unique: bool,
}

impl From<Trace> for Place {
    fn from(Trace { hierarchy, path, which }: Trace) -> Self {
        let inode = if let Which::Inode(inode) = which { Some(inode) } else { None };
        Self { hierarchy, path, inode, is_unique: which == Which::Any }
    }
}

impl From<Place> for Trace {
    fn from(Place { hierarchy, path, inode, is_unique }: Place) -> Self {
        let planned = if is_unique { Which::Any } else { Which::Marked };
        Self { hierarchy, path, which: inode.map_or(planned, Which::Inode) }
    }
}

impl Record {
    fn new(traces: Vec<Trace>) -> Self {
        Self {
            version: VERSION,
            object: Object::Group,
            places: traces.into_iter().map(Place::from).collect(),
        }
    }

    fn write(&self, dir: &Dir) -> Result<(), GroupError> {
        let text = serde_json::to_vec(self).expect("a record has string keys only");
        Ok(dir.replace(FILE, DRAFT, &text)?)
    }
}

/// A record, whose directory is locked.
#[derive(Debug)]
pub(super) struct Recorded {
    store: Store,
    dir: Dir,
    name: String,
}

impl Recorded {
    /// Writes down that a group is about to be made.
    pub(super) fn claim(traces: Vec<Trace>) -> Result<Self, GroupError> {
        let name = super::unique_name();
        let outer = Store::of_caller()?;
        let store = outer.inner(DIRECTORY);
        let root = {
            // The one that it is in is locked while this one is made, so that nobody takes it away meanwhile.
            let _outer = outer.lock_or_make()?;
            store.lock_or_make()?
        };
        root.make_dir(&name, 0o700)?;
        let dir = root.find_dir(&name)?.ok_or_else(|| PathError {
            deed: Deed::Open,
            path: root.path_of(&name),
            source: rustix::io::Errno::NOENT,
        })?;
        dir.lock()?;
        drop(root);
        let recorded = Self { store: outer, dir, name };
        match Record::new(traces).write(&recorded.dir) {
            Ok(()) => Ok(recorded),
            Err(error) => {
                let _ = recorded.forget();
                Err(error)
            }
        }
    }

    /// Writes down which group it is.
    pub(super) fn found(&mut self, traces: Vec<Trace>) -> Result<(), GroupError> {
        Record::new(traces).write(&self.dir)
    }

    /// Where the group is; nothing if its maker was killed before it wrote that down.
    pub(super) fn traces(&self) -> Result<Option<Vec<Trace>>, GroupError> {
        let Some(text) = self.dir.read(FILE)? else { return Ok(None) };
        let path = self.dir.path_of(FILE);
        let record: Record = record::parse(&text, VERSION).map_err(|why| match why {
            Unreadable::Invalid(source) => GroupError::Record { path, source },
            Unreadable::Version(version) => GroupError::Version { path, version },
        })?;
        Ok(Some(record.places.into_iter().map(Trace::from).collect()))
    }

    /// The record's directory, for people to read.
    pub(super) fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Takes the record away, and the stores if nothing is in them any more.
    pub(super) fn forget(self) -> Result<(), GroupError> {
        self.dir.remove_file(DRAFT)?;
        self.dir.remove_file(FILE)?;
        let records = self.store.inner(DIRECTORY);
        if let Some(root) = records.lock()? {
            root.remove_dir(&self.name)?;
        }
        drop(self.dir);
        records.remove_if_empty()?;
        self.store.remove_if_empty()?;
        Ok(())
    }

    /// Those whose maker is no more, locked.
    pub(super) fn abandoned() -> Result<Vec<Self>, GroupError> {
        let outer = Store::of_caller()?;
        let Some(root) = outer.inner(DIRECTORY).lock()? else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for entry in root.names()? {
            let Some(name) = entry.to_str() else { continue };
            if let Some(dir) = root.find_dir(name)?
                && dir.try_lock()?
            {
                all.push(Self { store: outer.clone(), dir, name: name.to_owned() });
            }
        }
        Ok(all)
    }
}
