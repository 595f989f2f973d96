//! The world of a lab of somebody who is not root: a set with a user namespace, in which they are.
//!
//! All nodes are made inside of it, as root makes them: in its own `/run`, which nobody else sees. It ends with its keeper,
//! and the whole lab with it.

use insula_ns::Kind;
use insula_sandbox::mounts::{Bind, Mount, Tmpfs};
use rustix::io::Errno;

use super::error::LabError;
use super::labs::{Labs, Listed};
use super::record::{Record, Source};
use super::topology::{Link, Role, Topology, Wire};
use super::up::Claim;
use crate::set::{Inside, NewSet, Set, SetName, Sets, boot_id};
use crate::store::{SYSTEM, Store};

/// Where this program is in a world.
pub const PROGRAM: &str = "/run/insula-program";

/// The claim on a lab whose world is being filled. While it is on record, and nobody has it locked, the world is garbage.
#[derive(Debug)]
pub struct Unfinished {
    claim: Claim,
    name: SetName,
}

impl Labs {
    /// Whether the caller's labs need worlds: they may not make and mount namespaces.
    #[must_use]
    pub fn need_worlds(&self) -> bool {
        !self.sets.are_mounted()
    }

    /// Makes the world of a lab, in which nothing is yet. It is complete when [`Labs::finish_world`] says so.
    ///
    /// # Errors
    /// [`LabError::OutOfWorld`], [`LabError::Exists`], [`LabError::Create`].
    pub fn make_world(&self, topology: &Topology, source: Source) -> Result<(Set, Unfinished), LabError> {
        out_of_world(topology)?;
        let name = &topology.name;
        let unfinished = Unfinished { claim: self.claim(name)?, name: name.clone() };
        if let Ok(world) = self.world(name) {
            self.finish_world(unfinished)?;
            let path = world.directory().unwrap_or_default();
            return Err(LabError::Exists { name: name.clone(), path });
        }
        let written = Record::new(boot_id()?, [name], source).write(&unfinished.claim.dir);
        match written.and_then(|()| self.create_world(name)) {
            Ok(world) => Ok((world, unfinished)),
            Err(error) => {
                // What cannot be taken away now is found by its record later.
                let _ = self.abandon_world(unfinished);
                Err(error)
            }
        }
    }

    /// The world has all that it is to have.
    ///
    /// # Errors
    /// [`LabError`]: it is garbage still.
    pub fn finish_world(&self, Unfinished { claim, name }: Unfinished) -> Result<(), LabError> {
        self.take_away(&claim, &name, None)?;
        self.tidy(claim)
    }

    /// Takes away a world that was not finished.
    ///
    /// # Errors
    /// [`LabError`]: what is left is garbage.
    pub fn abandon_world(&self, Unfinished { claim, name }: Unfinished) -> Result<(), LabError> {
        self.forget(claim, &name)
    }

    fn create_world(&self, name: &SetName) -> Result<Set, LabError> {
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
        Ok(self.sets.create(name, new)?)
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
        if let Some(claim) = self.lock(name)? {
            // Whoever made it was interrupted.
            return self.forget(claim, name);
        }
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

    /// The labs with a node called `node`, in worlds or not as the caller's are.
    ///
    /// # Errors
    /// [`LabError`] if the caller's labs can't be read.
    pub fn with_node(&self, node: &str) -> Result<Vec<SetName>, LabError> {
        let all = if self.need_worlds() { self.list_worlds()? } else { self.list()? };
        let has =
            |listed: &Listed| listed.lab.as_ref().is_some_and(|lab| lab.topology().find(node).is_some());
        Ok(all.into_iter().filter(has).map(|listed| listed.name).collect())
    }

    /// All labs in worlds, and those whose worlds are not finished.
    ///
    /// # Errors
    /// [`LabError`] if the caller's sets can't be read.
    pub fn list_worlds(&self) -> Result<Vec<Listed>, LabError> {
        let mut all = self.list()?;
        for set in self.sets.list()?.sets {
            let is_unfinished = all.iter().any(|listed| listed.name == *set.name());
            if set.lab() == Some(set.name().as_str()) && !is_unfinished {
                all.extend(self.in_world(&set).and_then(|labs| labs.list()).unwrap_or_default());
            }
        }
        Ok(all)
    }
}

/// Refuses what leads out of the network that a lab is made from: nothing does from that of a world.
fn out_of_world(topology: &Topology) -> Result<(), LabError> {
    let (line, what) = if let Some(node) = topology.nodes.iter().find(|node| node.role == Role::HostBridge) {
        (node.line, format!("`{}` is a bridge of this machine", node.name))
    } else if let Some(link) = topology.links.iter().find(|link| leads_out(link)) {
        (link.line, format!("a link of type `{}` leads out of this machine's network", link.type_name()))
    } else {
        return Ok(());
    };
    Err(LabError::OutOfWorld { line, what })
}

const fn leads_out(link: &Link) -> bool {
    matches!(link.wire, Wire::Macvlan { .. } | Wire::Vxlan { .. } | Wire::VxlanStitch { .. })
}
