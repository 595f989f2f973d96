//! A process that is added to a container.

use std::os::fd::OwnedFd;
use std::path::Path;

use insula_cgroup::CgroupPath;
use insula_ns::{Kind, Kinds};
use insula_sandbox::{Child, Join, Sandbox};
use rustix::fs::{FlockOperation, flock};

use super::Container;
use crate::affinity::Affinity;
use crate::error::Error;
use crate::spec::{Process, Spec};
use crate::state::Status;
use crate::translate::{self, Surroundings};
use crate::{Warning, cgroup, resctrl};

/// How a process is added: `runc-exec(8)`.
#[derive(Debug, Default)]
pub struct Addition {
    /// A connected socket that the controlling side of its terminal is sent to, if it has one.
    pub console: Option<OwnedFd>,
    /// How many descriptors from 3 on it keeps.
    pub preserved: u32,
    /// The groups that it is in: the container's own, or below that. Without, it is the container's own or, where that of version 2
    /// gives controllers to others and so lets nobody in, that of the container's first process.
    pub groups: Vec<Subgroup>,
    /// What becomes of it where the container is paused.
    pub paused: Paused,
}

/// A control group of a container, or below that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subgroup {
    /// The hierarchy of version 1, by one of its controllers; without, all hierarchies.
    pub hierarchy: Option<String>,
    /// The path below the container's own group; without, that itself.
    pub path: Option<CgroupPath>,
}

/// What becomes of a process that is added to a container that is paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paused {
    /// It is not started.
    #[default]
    Refuse,
    /// It is started, and waits as all others until the container is resumed.
    Wait,
}

/// A process that was added.
#[derive(Debug)]
pub struct Added {
    /// The process, a child of the caller's.
    pub child: Child,
    /// What could not be had, and is no failure.
    pub warnings: Vec<Warning>,
}

impl Container {
    /// Starts a process in the container's namespaces: `runc-exec(8)`.
    ///
    /// In a container that is paused, with [`Paused::Wait`], this returns when others have resumed it, who may change it from the
    /// moment that the process is there.
    ///
    /// # Errors
    /// [`Error::State`] if the container does not run; [`Error::Start`] if the process did not start.
    pub fn exec(&self, process: &Process, addition: Addition) -> Result<Added, Error> {
        let status = self.status()?;
        let waits = status == Status::Paused && addition.paused == Paused::Wait;
        if status != Status::Running && !waits {
            return Err(Error::State { doing: "exec in", id: self.id.clone(), status });
        }
        let spec = self.spec()?;
        let mut warnings: Vec<Warning> =
            process.validate()?.into_iter().map(Warning::Configuration).collect();
        let surroundings = Surroundings {
            console: addition.console,
            preserved: addition.preserved,
            activated: 0,
            no_new_keyring: true,
        };
        let root = format!("/proc/{}/root", self.pid());
        let sandbox = translate::added(Path::new(&root), spec, process, surroundings)?;
        let mut sandbox = self.inside(spec, sandbox)?;
        sandbox.seccomp = translate::seccomp(&self.id, &self.record.bundle, spec, status)?;
        warnings.extend(crate::create::unknown_calls(&sandbox));
        if addition.groups.is_empty() {
            if let Some(group) = self.cgroup()? {
                let entry = self.first().map_or_else(|| group.entry(), |first| group.entry_with(first))?;
                cgroup::enter(entry, &mut sandbox);
            }
        } else {
            let mut group = self.open_cgroup("exec below the group of")?;
            for below in &addition.groups {
                group = group.descend(below.hierarchy.as_deref(), below.path.as_ref())?;
            }
            cgroup::enter(group.entry()?, &mut sandbox);
        }
        sandbox.cgroups.extend(resctrl::tasks(&self.id, spec)?);
        let initial = process.exec_cpu_affinity.as_ref().and_then(|affinity| affinity.initial.as_deref());
        let plan = sandbox.plan()?;
        let _there = initial.map(Affinity::hold).transpose()?;
        if waits {
            // Whoever resumes the container has to get at it meanwhile.
            flock(&self.room.directory, FlockOperation::Unlock)
                .map_err(|errno| Error::System { doing: "unlock the container", errno })?;
        }
        Ok(Added { child: plan.spawn()?, warnings })
    }

    /// Has a process enter all namespaces of the container's own.
    pub(super) fn inside(&self, spec: &Spec, sandbox: Sandbox) -> Result<Sandbox, Error> {
        let process = self.process()?.ok_or_else(|| Error::NotRunning(self.id.clone()))?;
        let mut kinds: Kinds = translate::kinds(spec);
        if self.record.restored {
            kinds.insert(Kind::Time);
        }
        Ok(sandbox.join(Join::Process(process.into(), kinds)))
    }
}
