//! What is written down of a lab.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::env_file;
use super::error::LabError;
use super::problem::FileError;
use super::topology::Topology;
use crate::set::{NetNodes, SetName, State};
use crate::store::Dir;
use crate::store::record::{self, Unreadable};

/// The file in a lab's directory.
pub(super) const FILE: &str = "record.json";
/// What it is written as before it gets that name.
pub(super) const DRAFT: &str = "record.json.new";
/// The version of the format that this code writes, and the only one that it reads.
const VERSION: u32 = 1;

/// The file that a lab is made from: its text, and what else decides what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What it was called by.
    pub path: String,
    /// The directory that paths in it are relative to.
    pub directory: String,
    /// Its text.
    pub text: String,
    /// The variables that are asked for in it, with their values; those that are not set have none.
    pub variables: BTreeMap<String, Option<String>>,
    /// What is in the files that it names in `env-files`, by their paths as they are named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env_files: BTreeMap<String, String>,
}

/// The content of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    #[serde(rename = "type")]
    object: Object,
    pub(super) state: State,
    /// The boot that it was made in.
    pub(super) boot: String,
    /// The names of the sets that its nodes are and that have records of their own.
    pub(super) sets: Vec<String>,
    /// The others, each a network namespace alone; written down before the first of them has a name.
    #[serde(default, skip_serializing_if = "NetNodes::is_empty")]
    pub(super) net_nodes: NetNodes,
    pub(super) source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Object {
    Lab,
}

impl Source {
    /// Takes the text of a file, with the variables that are asked for in it; `lookup` gives their values. Files with variables that it
    /// names are read now.
    ///
    /// # Errors
    /// [`FileError`] if the file is no lab.
    pub fn read(
        path: String,
        directory: String,
        text: String,
        lookup: super::Lookup<'_>,
    ) -> Result<(Self, Topology, Vec<super::Warning>), FileError> {
        let variables = std::cell::RefCell::new(BTreeMap::new());
        let remembering = |name: &str| {
            let value = lookup(name);
            variables.borrow_mut().insert(name.to_owned(), value.clone());
            value
        };
        let (mut topology, warnings) = Topology::read(text.as_bytes(), &remembering)?;
        let env_files = env_file::read(&topology, Path::new(&directory))?;
        env_file::apply(&mut topology, &env_files)?;
        Ok((Self { path, directory, text, variables: variables.into_inner(), env_files }, topology, warnings))
    }

    /// The topology, as it was when it was read first.
    ///
    /// # Errors
    /// [`FileError`], if another version of this program made the lab.
    pub fn topology(&self) -> Result<Topology, FileError> {
        let lookup = |name: &str| self.variables.get(name).cloned().flatten();
        let (mut topology, _) = Topology::read(self.text.as_bytes(), &lookup)?;
        env_file::apply(&mut topology, &self.env_files)?;
        Ok(topology)
    }
}

impl Record {
    /// Of a lab that is about to be made.
    pub(super) fn new<'a>(boot: String, sets: impl IntoIterator<Item = &'a SetName>, source: Source) -> Self {
        let sets = sets.into_iter().map(ToString::to_string).collect();
        let (state, net_nodes) = (State::Making, NetNodes::default());
        Self { version: VERSION, object: Object::Lab, state, boot, sets, net_nodes, source }
    }

    /// Reads it from a lab's directory; `None` if it was never written.
    pub(super) fn read(dir: &Dir) -> Result<Option<Self>, LabError> {
        let Some(text) = dir.read(FILE)? else { return Ok(None) };
        let path = dir.path_of(FILE);
        record::parse(&text, VERSION).map(Some).map_err(|why| match why {
            Unreadable::Invalid(source) => LabError::Record { path, source },
            Unreadable::Version(version) => LabError::Version { path, version },
        })
    }

    /// Writes it into a lab's directory.
    pub(super) fn write(&self, dir: &Dir) -> Result<(), LabError> {
        let text = serde_json::to_vec(self).expect("a record has string keys only");
        Ok(dir.replace(FILE, DRAFT, &text)?)
    }
}
