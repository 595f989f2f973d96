//! Finding and removing what interrupted commands left.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::condition::{Condition, Remnant, condition};
use super::orphans::{FoundKeeper, keepers};
use super::record::Record;
use super::teardown::end;
use super::{SetError, SetName, Sets};
use crate::store::{Dir, Scope, is_dir};

/// Something that is left of a set, or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Garbage {
    /// The directory.
    pub path: PathBuf,
    /// Why there is no set in it; `None` if it is the store, which is empty.
    pub why: Option<Remnant>,
}

/// What is done with garbage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposal {
    /// It is only named.
    DryRun,
    /// It is removed.
    Remove,
}

/// What a collection found.
#[derive(Debug, Default)]
pub struct Collected {
    /// What was removed, or would be.
    pub garbage: Vec<Garbage>,
    /// Why something else could not be judged or removed.
    pub failures: Vec<SetError>,
    /// Sets that were made in another mount or PID namespace: only from there it can be seen how they are.
    pub elsewhere: Vec<SetName>,
}

impl Sets {
    /// Removes what is left of sets whose making or removal was interrupted, or that have ended by themselves.
    ///
    /// Whatever somebody is making or removing right now is left alone, and so is everything without a record that
    /// this code would have written.
    /// # Errors
    /// [`SetError`] when the caller's store can't be used at all.
    pub fn collect(&self, disposal: Disposal) -> Result<Collected, SetError> {
        let store = self.own.clone()?;
        let mut collected = Collected::default();
        // Without a store there may be keepers; without either there is nothing to make one for.
        let was_there = store.find()?.is_some();
        if !was_there && keepers(&store)?.is_empty() {
            return Ok(collected);
        }
        let root = store.lock_or_make()?;
        let names = root.names()?;
        let was_empty = names.is_empty();
        for name in names {
            if let Err(error) = self.collect_one(&root, store.scope(), &name, disposal, &mut collected) {
                collected.failures.push(error);
            }
        }
        for keeper in keepers(&store)? {
            if let Err(error) = collect_keeper(&root, &keeper, disposal, &mut collected) {
                collected.failures.push(error);
            }
        }
        drop(root);
        let was_idle = was_there && was_empty && collected.garbage.is_empty();
        let is_gone =
            if disposal == Disposal::Remove || !was_there { store.remove_if_empty()? } else { was_empty };
        if was_idle && is_gone {
            collected.garbage.push(Garbage { path: store.path().to_owned(), why: None });
        }
        Ok(collected)
    }

    /// Looks at one entry of the store `root`, which is locked.
    fn collect_one(
        &self,
        root: &Dir,
        scope: Scope,
        entry: &OsStr,
        disposal: Disposal,
        collected: &mut Collected,
    ) -> Result<(), SetError> {
        let Ok(name) = SetName::from_os(entry) else { return Ok(()) };
        if !root.stat(&name)?.is_some_and(|stat| is_dir(&stat)) {
            return Ok(());
        }
        let Some(dir) = root.find_dir(&name)? else { return Ok(()) };
        if !dir.try_lock()? {
            return Ok(());
        }
        let record = Record::read(&dir)?;
        match condition(&name, scope, &dir, record.as_ref())? {
            Condition::Sound => {}
            Condition::Elsewhere => collected.elsewhere.push(name),
            Condition::Remnant(why) => {
                if disposal == Disposal::Remove {
                    self.tear_down(root, &name, &dir, record)?;
                }
                collected.garbage.push(Garbage { path: root.path_of(&name), why: Some(why) });
            }
        }
        Ok(())
    }
}

/// Ends a keeper that is on no record.
fn collect_keeper(
    root: &Dir,
    keeper: &FoundKeeper,
    disposal: Disposal,
    collected: &mut Collected,
) -> Result<(), SetError> {
    if !keeper.is_orphan(root)? {
        return Ok(());
    }
    if disposal == Disposal::Remove {
        end(&keeper.name, &keeper.process)?;
    }
    collected.garbage.push(Garbage { path: root.path_of(&keeper.name), why: Some(Remnant::Unrecorded) });
    Ok(())
}
