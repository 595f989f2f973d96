//! The world of a lab of somebody who is not root: a set with a user namespace, in which they are.
//!
//! All nodes are made inside of it, as root makes them: in its own `/run`, which nobody else sees. It ends with its keeper,
//! and the whole lab with it.

use insula_ns::Kind;
use insula_sandbox::mounts::{Bind, Mount, Tmpfs};
use rustix::io::Errno;

use super::error::LabError;
use super::labs::{Labs, Listed};
use crate::set::{CreateError, Inside, NewSet, Set, SetName, Sets};
use crate::store::{SYSTEM, Store};

/// Where this program is in a world.
pub const PROGRAM: &str = "/run/insula-program";

impl Labs {
    /// Whether the caller's labs need worlds: they may not make and mount namespaces.
    #[must_use]
    pub fn need_worlds(&self) -> bool {
        !self.sets.are_mounted()
    }

    /// Makes the world of a lab, in which nothing is yet.
    ///
    /// # Errors
    /// [`LabError::Create`].
    pub fn make_world(&self, name: &SetName) -> Result<Set, LabError> {
        let kinds = Kind::User | Kind::Mnt | Kind::Pid | Kind::Net | Kind::Uts;
        let mut new = NewSet::new(kinds).map_err(|source| LabError::Map { source })?;
        new.lab = Some(name.to_string());
        new.mounts.mounts.push(Mount::Private("/run".into()));
        new.mounts.mounts.push(Mount::Tmpfs(Tmpfs::new("/run")));
        // Wherever it is on the host, and whatever becomes of that.
        let own = std::fs::read_link("/proc/self/exe").map_err(|error| LabError::Program {
            source: Errno::from_io_error(&error).unwrap_or(Errno::IO),
        })?;
        new.mounts.mounts.push(Mount::Bind(Bind::read_only(own, PROGRAM)));
        match self.sets.create(name, new) {
            Err(CreateError::Exists { path, .. }) if self.world(name).is_ok() => {
                Err(LabError::Exists { name: name.clone(), path })
            }
            other => Ok(other?),
        }
    }

    /// The world of a lab.
    ///
    /// # Errors
    /// [`LabError::Missing`] if there is no lab of that name.
    pub fn world(&self, name: &SetName) -> Result<Set, LabError> {
        let missing = || LabError::Missing { name: name.clone() };
        let set = self.sets.find(name).map_err(|_| missing())?;
        if set.lab() == Some(name.as_str()) { Ok(set) } else { Err(missing()) }
    }

    /// Takes the world of a lab away, and the lab with it.
    ///
    /// # Errors
    /// [`LabError`].
    pub fn remove_world(&self, name: &SetName) -> Result<(), LabError> {
        self.world(name)?;
        self.sets.remove(name, Inside::Kill).map_err(Box::new)?;
        Ok(())
    }

    /// The labs inside of a world, as they are on record there. They can be looked at, and not more.
    ///
    /// # Errors
    /// [`LabError`] if its keeper has ended.
    pub fn in_world(&self, world: &Set) -> Result<Self, LabError> {
        let missing = || LabError::Missing { name: world.name().clone() };
        world.keeper()?.ok_or_else(missing)?;
        let pid = world.keeper_pid().ok_or_else(missing)?.as_raw_nonzero();
        Ok(Self::of(Sets::in_store(Store::user_at(format!("/proc/{pid}/root{SYSTEM}")))))
    }

    /// All labs in worlds.
    ///
    /// # Errors
    /// [`LabError`] if the caller's sets can't be read.
    pub fn list_worlds(&self) -> Result<Vec<Listed>, LabError> {
        let mut all = Vec::new();
        for set in self.sets.list()?.sets {
            if set.lab() == Some(set.name().as_str()) {
                all.extend(self.in_world(&set).and_then(|labs| labs.list()).unwrap_or_default());
            }
        }
        Ok(all)
    }
}
