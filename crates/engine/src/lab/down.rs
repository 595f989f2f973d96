//! Taking a lab away.

use super::error::LabError;
use super::labs::Labs;
use super::open_files::OpenFiles;
use super::record::{self, Record};
use super::step::LabStep;
use super::up::Claim;
use crate::network::Networks;
use crate::set::{Disposal, Removal, SetName, State, boot_id};
use crate::store::{Dir, Store};

/// What is left of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabGarbage {
    /// The lab.
    pub name: SetName,
    /// Where its record is.
    pub path: std::path::PathBuf,
}

impl Labs {
    /// Takes a lab away, with all that runs in it.
    ///
    /// # Errors
    /// [`LabError::Missing`]; others if something can't be taken away, which is then tried again by whoever removes it next, or collects what is left.
    pub fn down(&self, name: &SetName) -> Result<(), LabError> {
        let missing = || LabError::Missing { name: name.clone() };
        let claim = self.lock(name)?.ok_or_else(missing)?;
        let record = Record::read(&claim.dir)?;
        self.take_away(&claim, name, record)?;
        self.tidy(claim)
    }

    /// What is left of labs whose making or removal was interrupted; taken away if `remove`.
    ///
    /// # Errors
    /// [`LabError`] if the store can't be used at all; what can't be taken away is in the second list.
    pub fn collect(&self, disposal: Disposal) -> Result<(Vec<LabGarbage>, Vec<LabError>), LabError> {
        let (mut garbage, mut failures) = (Vec::new(), Vec::new());
        let store = self.store()?;
        let Some(root) = store.find()? else { return Ok((garbage, failures)) };
        for entry in root.names()? {
            let Ok(name) = SetName::from_os(&entry) else { continue };
            match self.collect_one(&store, &name, disposal) {
                Ok(found) => garbage.extend(found),
                Err(error) => failures.push(error),
            }
        }
        if disposal == Disposal::Remove {
            store.remove_if_empty()?;
        }
        Ok((garbage, failures))
    }

    fn collect_one(
        &self,
        store: &Store,
        name: &SetName,
        disposal: Disposal,
    ) -> Result<Option<LabGarbage>, LabError> {
        let Some(root) = store.lock()? else { return Ok(None) };
        let Some(dir) = root.find_dir(name)? else { return Ok(None) };
        if !dir.try_lock()? {
            return Ok(None);
        }
        let record = Record::read(&dir)?;
        if let Some(record) = &record
            && record.state == State::Ready
            && record.boot == boot_id()?
        {
            return Ok(None);
        }
        let path = dir.path().to_owned();
        if disposal == Disposal::Remove {
            let claim = Claim { root: root.unlocked()?, dir };
            self.take_away(&claim, name, record)?;
        }
        Ok(Some(LabGarbage { name: name.clone(), path }))
    }

    /// Opens and locks the directory of a lab; `None` if there is none.
    pub(super) fn lock(&self, name: &SetName) -> Result<Option<Claim>, LabError> {
        let store = self.store()?;
        loop {
            let Some(root) = store.lock()? else { return Ok(None) };
            let Some(dir) = root.find_dir(name)? else { return Ok(None) };
            if dir.try_lock()? {
                return Ok(Some(Claim { root: root.unlocked()?, dir }));
            }
            // It is being made or removed: wait how that ends, and do not hold up others meanwhile.
            drop(root);
            dir.lock()?;
        }
    }

    /// Takes a lab away, whole or in part as it may be, and its record last. Its directory is locked.
    pub(super) fn take_away(
        &self,
        claim: &Claim,
        name: &SetName,
        record: Option<Record>,
    ) -> Result<(), LabError> {
        if let Some(mut record) = record {
            if record.state == State::Ready {
                record.state = State::Removing;
                record.write(&claim.dir)?;
            }
            self.reached(LabStep::Condemn);
            let ends = Networks::of(self.sets.clone()).remove_ends_of_lab(name.as_str());
            ends.map_err(|source| LabError::Walls { source: Box::new(source) })?;
            self.reached(LabStep::RemoveEnds);
            let names = record.sets.iter().filter_map(|name| name.parse().ok()).collect::<Vec<SetName>>();
            let _open_files = OpenFiles::to_remove();
            self.sets.remove_many(&names, record.net_nodes, name.as_str(), &|how_far| {
                self.reached(match how_far {
                    Removal::Aside => LabStep::NodesAside,
                    Removal::Unmounted => LabStep::UnmountNodes,
                    Removal::One => LabStep::RemoveNode,
                });
            })?;
            self.reached(LabStep::RemoveNodes);
        }
        claim.dir.remove_file(record::DRAFT)?;
        claim.dir.remove_file(record::FILE)?;
        self.reached(LabStep::Forget);
        claim.root.remove_dir(name)?;
        Ok(())
    }

    /// Takes away what is left after a failure.
    pub(super) fn forget(&self, claim: Claim, name: &SetName) -> Result<(), LabError> {
        let record = Record::read(&claim.dir)?;
        self.take_away(&claim, name, record)?;
        self.tidy(claim)
    }

    /// Takes away what was published for nodes that are gone, and the stores if nothing is in them any more.
    pub(super) fn tidy(&self, claim: Claim) -> Result<(), LabError> {
        drop(claim);
        let published = |source| LabError::Published { source: Box::new(source) };
        Networks::of(self.sets.clone()).forget_gone().map_err(published)?;
        self.store()?.remove_if_empty()?;
        self.sets.own_store()?.remove_if_empty()?;
        Ok(())
    }

    /// Locks the store of labs, and makes it if need be.
    pub(super) fn lock_store(&self, store: &Store) -> Result<Dir, LabError> {
        // The one that it is in is locked while this one is made, so that nobody takes it away meanwhile.
        let _outer = self.sets.lock_own_store()?;
        Ok(store.lock_or_make()?)
    }
}
