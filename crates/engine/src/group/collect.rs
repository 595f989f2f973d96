//! Groups of commands whose `insula` was killed.

use std::path::PathBuf;
use std::time::Instant;

use insula_cgroup::{Cgroup, Hierarchies};

use super::record::Recorded;
use super::{END, GroupError};
use crate::set::Disposal;

/// The group of a command that has ended, and whoever made it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupGarbage {
    /// Its directories, or that of its record if there are none.
    pub paths: Vec<PathBuf>,
}

/// Takes away the groups of commands that have ended after `insula` itself was killed. What still runs stays, and stays limited.
///
/// # Errors
/// [`GroupError`] if the store can't be used at all; what can't be taken away is in the second list.
pub fn collect(disposal: Disposal) -> Result<(Vec<GroupGarbage>, Vec<GroupError>), GroupError> {
    let (mut garbage, mut failures) = (Vec::new(), Vec::new());
    for record in Recorded::abandoned()? {
        match collect_one(record, disposal) {
            Ok(found) => garbage.extend(found),
            Err(error) => failures.push(error),
        }
    }
    Ok((garbage, failures))
}

fn collect_one(record: Recorded, disposal: Disposal) -> Result<Option<GroupGarbage>, GroupError> {
    let group = match record.traces()? {
        Some(traces) => Cgroup::find(&Hierarchies::find()?, &traces)?,
        None => None,
    };
    let mut paths = vec![record.path().to_owned()];
    if let Some(group) = &group {
        if !group.processes()?.is_empty() {
            return Ok(None);
        }
        paths = group.directories().map(PathBuf::from).collect();
    }
    if disposal == Disposal::Remove {
        if let Some(group) = group {
            group.remove(Instant::now() + END).map_err(insula_cgroup::EndError::from)?;
        }
        record.forget()?;
    }
    Ok(Some(GroupGarbage { paths }))
}
