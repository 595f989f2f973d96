//! A process that is added to a container.

use std::os::fd::OwnedFd;
use std::path::Path;

use insula_ns::Kinds;
use insula_sandbox::{Child, Join, Sandbox};

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
    /// # Errors
    /// [`Error::State`] if the container does not run; [`Error::Start`] if the process did not start.
    pub fn exec(&self, process: &Process, addition: Addition) -> Result<Added, Error> {
        let status = self.status()?;
        if status != Status::Running {
            return Err(Error::State { doing: "exec in", id: self.id.clone(), status });
        }
        let spec = self.spec()?;
        let mut warnings: Vec<Warning> =
            process.validate()?.into_iter().map(Warning::Configuration).collect();
        let surroundings =
            Surroundings { console: addition.console, preserved: addition.preserved, no_new_keyring: true };
        let root = format!("/proc/{}/root", self.pid());
        let sandbox = translate::added(Path::new(&root), &spec, process, surroundings)?;
        let mut sandbox = self.inside(&spec, sandbox)?;
        sandbox.seccomp = translate::seccomp(&self.id, &self.record.bundle, &spec, status)?;
        warnings.extend(crate::create::unknown_calls(&sandbox));
        if let Some(group) = self.cgroup()? {
            cgroup::enter(&group, &mut sandbox)?;
        }
        sandbox.cgroups.extend(resctrl::tasks(&self.id, &spec)?);
        let initial = process.exec_cpu_affinity.as_ref().and_then(|affinity| affinity.initial.as_deref());
        let plan = sandbox.plan()?;
        let _there = initial.map(Affinity::hold).transpose()?;
        Ok(Added { child: plan.spawn()?, warnings })
    }

    /// Has a process enter all namespaces of the container's own.
    pub(super) fn inside(&self, spec: &Spec, sandbox: Sandbox) -> Result<Sandbox, Error> {
        let process = self.process()?.ok_or_else(|| Error::NotRunning(self.id.clone()))?;
        let kinds: Kinds = translate::kinds(spec);
        Ok(sandbox.join(Join::Process(process.into(), kinds)))
    }
}
