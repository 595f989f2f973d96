//! Keepers that are on no record.
//!
//! They end by themselves if their maker does before they are on record. But a record can vanish later: when its user
//! logs out, systemd removes their runtime directory, and what they run may go on.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use insula_ns::{Kind, Namespace, Pid, PidFd, ProcDir, ProcessMark};
use rustix::fs::AtFlags;

use super::record::Record;
use super::{SetError, SetName};
use crate::keeper::{KEEPER, view};
use crate::store::{Dir, Store};

/// A keeper of a set in a store.
#[derive(Debug)]
pub(super) struct FoundKeeper {
    pub(super) process: PidFd,
    pub(super) name: SetName,
    mark: ProcessMark,
}

/// The caller's keepers that were told to stay for a set in this store, whatever is on record.
pub(super) fn keepers(store: &Store) -> Result<Vec<FoundKeeper>, SetError> {
    let proc = ProcDir::open()?;
    let pids = proc.pids().unwrap_or_default();
    let view = view().map_err(|source| SetError::View { source })?;
    Ok(pids.into_iter().filter_map(|pid| look_at(&proc, pid, store.path(), &view)).collect())
}

fn look_at(proc: &ProcDir, pid: Pid, store: &Path, view: &OsStr) -> Option<FoundKeeper> {
    if proc.name(pid).ok()? != KEEPER.as_bytes() || proc.uid(pid).ok()? != rustix::process::geteuid().as_raw()
    {
        return None;
    }
    let process = PidFd::open(pid).ok()?;
    let words = proc.command_line(pid).ok()?;
    let mut words = words.split(|byte| *byte == 0).skip(2);
    let path = Path::new(OsStr::from_bytes(words.next()?));
    // In another mount namespace, that path may be another store, of which we see no record.
    if words.nth(1)? != view.as_bytes() {
        return None;
    }
    // Anybody can call themselves a keeper; only ours execute this file in memory.
    let program = rustix::fs::readlinkat(proc, format!("{pid}/exe"), Vec::new()).ok()?;
    if path.parent()? != store || !program.to_bytes().starts_with(b"/memfd:insula-init") {
        return None;
    }
    // As long as it has its line to its maker it ends by itself, unless the maker tells it to stay.
    let line = format!("{pid}/fd/0");
    if rustix::fs::statat(proc, line, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
        return None;
    }
    let name = SetName::from_os(path.file_name()?).ok()?;
    let mark = ProcessMark::of(&process, pid).ok()?;
    // What was read by its id was its own only if it has not ended since.
    (!process.has_exited()).then_some(FoundKeeper { process, name, mark })
}

impl FoundKeeper {
    /// Whether it lives and nobody knows of it. `root`, the store, is locked.
    pub(super) fn is_orphan(&self, root: &Dir) -> Result<bool, SetError> {
        // In this order: who removes a set ends the keeper before the record.
        Ok(self.is_unrecorded(root)? && !self.process.has_exited())
    }

    fn is_unrecorded(&self, root: &Dir) -> Result<bool, SetError> {
        let Some(dir) = root.find_dir(&self.name)? else { return Ok(true) };
        if !dir.try_lock()? {
            // The set is being made or removed.
            return Ok(false);
        }
        let Some(record) = Record::read(&dir)? else { return Ok(true) };
        let is_of_here = match record.made_in(Kind::Pid) {
            Some(made_in) => made_in.ns_id() == Namespace::of_self(Kind::Pid)?.id(),
            None => true,
        };
        let is_recorded = record.keeper.is_some_and(|mark| mark.is_same_process(&self.mark));
        Ok(is_of_here && !is_recorded)
    }
}
