//! The control group of a container as a scope of systemd: `systemd.scope(5)`.

use insula_cgroup::systemd::{Systemd, SystemdError, Unit, Value};
use insula_cgroup::{Cgroup, Hierarchies, Resources};
use rustix::process::Pid;

use super::{Rights, property};
use crate::error::Error;
use crate::spec::Spec;
use crate::state::{CgroupDriver, CgroupRecord};
use crate::{ContainerId, translate};

/// What is before the name of a container in the name of its scope, where the configuration does not say.
const PREFIX: &str = "insula";

/// A scope that is to be made around a new process. systemd has been reached, and asked for nothing yet.
#[derive(Debug)]
pub(crate) struct Scope {
    rights: Rights,
    systemd: Systemd,
    unit: Unit,
    hierarchies: Hierarchies,
    resources: Resources,
    /// What the configuration says to systemd alone.
    properties: Vec<(Box<str>, Value)>,
}

impl Scope {
    pub(super) fn prepare(rights: Rights, id: &ContainerId, spec: &Spec) -> Result<Self, Error> {
        let unit = match &spec.linux.cgroups_path {
            Some(path) => Unit::from_cgroups_path(path),
            None => Unit::scope(None, PREFIX, id.as_str()),
        }?;
        let resources = translate::resources::of_container(spec)?;
        let properties = property::properties(&spec.annotations)?;
        let hierarchies = Hierarchies::find()?;
        Ok(Self { rights, systemd: reach(rights)?, unit, hierarchies, resources, properties })
    }

    /// Has systemd put a process into a new scope. Gives what is to be written down before anything else is done: until
    /// then the scope goes with the process.
    pub(crate) fn start(&mut self, process: Pid) -> Result<CgroupRecord, Error> {
        let path = self.systemd.start_scope(
            &self.unit,
            &[process],
            &self.hierarchies,
            &self.resources,
            &self.properties,
        )?;
        let name = self.unit.name().to_owned();
        let driver = match self.rights {
            Rights::Root => CgroupDriver::Systemd(name),
            Rights::User => CgroupDriver::UserSystemd(name),
        };
        Ok(CgroupRecord { driver, path: path.to_string(), found_in: Vec::new() })
    }

    /// Makes what systemd does not make in version 1, puts the process there too, and limits what systemd has no words for.
    pub(crate) fn complete(&self, record: &CgroupRecord, process: Pid) -> Result<(), Error> {
        let group = Cgroup::create(&self.hierarchies, &insula_cgroup::CgroupPath::new(&record.path)?)?;
        group.add(process)?;
        Ok(group.set(&self.resources)?)
    }
}

fn reach(rights: Rights) -> Result<Systemd, SystemdError> {
    match rights {
        Rights::Root => Systemd::system(),
        Rights::User => Systemd::user(),
    }
}

/// The unit of a record, and whose systemd has it; nothing if no systemd made it.
fn unit(record: &CgroupRecord) -> Result<Option<(Rights, Unit)>, Error> {
    let (rights, name) = match &record.driver {
        CgroupDriver::Cgroupfs => return Ok(None),
        CgroupDriver::Systemd(name) => (Rights::Root, name),
        CgroupDriver::UserSystemd(name) => (Rights::User, name),
    };
    Ok(Some((rights, Unit::scope(None, "", name.strip_suffix(".scope").unwrap_or(name))?)))
}

/// Tells systemd of new limits, if it made the group: else it would undo them.
pub(crate) fn update(record: &CgroupRecord, resources: &Resources) -> Result<(), Error> {
    let Some((rights, unit)) = unit(record)? else { return Ok(()) };
    Ok(reach(rights)?.set(&unit, &Hierarchies::find()?, resources)?)
}

/// Stops the unit, if systemd made the group and is there. Where it is not, as after its user has logged out, there is the group
/// alone to take away.
pub(super) fn stop(record: &CgroupRecord) -> Result<(), Error> {
    let Some((rights, unit)) = unit(record)? else { return Ok(()) };
    match reach(rights) {
        Ok(mut systemd) => Ok(systemd.stop(&unit)?),
        Err(_) => Ok(()),
    }
}
