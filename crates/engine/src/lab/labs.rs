//! Labs by name.

use super::error::LabError;
use super::record::{Record, Source};
use super::step::LabStep;
use super::topology::{Node, Topology};
use crate::set::{Set, SetName, Sets, State, boot_id};
use crate::store::{Dir, Store};

/// The directory of labs in a store. No set has such a name.
const DIRECTORY: &str = ".labs";

/// Where labs are looked for and made: the caller's own store.
#[derive(Clone, Debug)]
pub struct Labs {
    pub(super) sets: Sets,
    pub(super) killed_after: Option<LabStep>,
}

/// A lab that is there.
#[derive(Clone, Debug)]
pub struct Lab {
    pub(super) name: SetName,
    pub(super) source: Source,
    pub(super) topology: Topology,
}

/// A lab in a list.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub name: SetName,
    /// How it is.
    pub condition: LabCondition,
    /// The lab; `None` if its record can't be read.
    pub lab: Option<Lab>,
}

/// How a lab is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabCondition {
    /// It is there.
    Ready,
    /// Somebody is making or removing it.
    Busy,
    /// Whoever made or removed it was interrupted, or the machine was restarted: `insula gc` takes it away.
    Remnant,
}

impl Labs {
    /// Those of the caller.
    #[must_use]
    pub fn of_caller() -> Self {
        Self::of(Sets::of_caller())
    }

    /// Those whose nodes are among `sets`.
    #[must_use]
    pub const fn of(sets: Sets) -> Self {
        Self { sets, killed_after: None }
    }

    /// The sets that nodes are among.
    #[must_use]
    pub const fn sets(&self) -> &Sets {
        &self.sets
    }

    /// The store of labs, in the store of sets.
    pub(super) fn store(&self) -> Result<Store, LabError> {
        let sets = self.sets.own_store()?;
        Ok(sets.inner(DIRECTORY))
    }

    /// The lab called `name`.
    ///
    /// # Errors
    /// [`LabError::Missing`]; [`LabError::Incomplete`]; others if it can't be read.
    pub fn find(&self, name: &SetName) -> Result<Lab, LabError> {
        let missing = || LabError::Missing { name: name.clone() };
        let store = self.store()?.find()?.ok_or_else(missing)?;
        let dir = store.find_dir(name)?.ok_or_else(missing)?;
        let record = Record::read(&dir)?.ok_or_else(missing)?;
        if record.state != State::Ready || record.boot != boot_id()? {
            return Err(LabError::Incomplete { name: name.clone() });
        }
        Lab::of(name, record)
    }

    /// All labs.
    ///
    /// # Errors
    /// [`LabError`] if the store can't be read at all.
    pub fn list(&self) -> Result<Vec<Listed>, LabError> {
        let Some(store) = self.store()?.find()? else { return Ok(Vec::new()) };
        let boot = boot_id()?;
        let mut all = Vec::new();
        for entry in store.names()? {
            let Ok(name) = SetName::from_os(&entry) else { continue };
            let Some(dir) = store.find_dir(&name)? else { continue };
            let record = Record::read(&dir).ok().flatten();
            let condition = match &record {
                Some(record) if record.state == State::Ready && record.boot == boot => LabCondition::Ready,
                _ if is_locked(&dir)? => LabCondition::Busy,
                _ => LabCondition::Remnant,
            };
            let lab = record.and_then(|record| Lab::of(&name, record).ok());
            all.push(Listed { name, condition, lab });
        }
        Ok(all)
    }
}

/// Whether somebody else has a directory locked.
fn is_locked(dir: &Dir) -> Result<bool, LabError> {
    Ok(!dir.try_lock()?)
}

impl Lab {
    pub(super) fn of(name: &SetName, record: Record) -> Result<Self, LabError> {
        let file = |source| LabError::File { name: name.clone(), source };
        let topology = record.source.topology().map_err(file)?;
        Ok(Self { name: name.clone(), source: record.source, topology })
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &SetName {
        &self.name
    }

    /// The file that it was made from.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// What it is.
    #[must_use]
    pub const fn topology(&self) -> &Topology {
        &self.topology
    }

    /// A node of it, and the set that this is; one that is the host, or a bridge of it, is none.
    ///
    /// # Errors
    /// [`LabError::NoSuchNode`]; [`LabError::Set`] if the set is gone.
    pub fn node(&self, labs: &Labs, node: &str) -> Result<(&Node, Option<Set>), LabError> {
        let missing = || LabError::NoSuchNode { lab: self.name.clone(), node: node.to_owned() };
        let index = self.topology.find(node).ok_or_else(missing)?;
        let node = self.topology.node(index);
        let set = node.role.is_set().then(|| labs.sets.find(&self.topology.set_name(node))).transpose()?;
        Ok((node, set))
    }
}
