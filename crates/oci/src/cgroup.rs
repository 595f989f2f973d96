//! The control group of a container.

use std::time::{Duration, Instant};

use insula_cgroup::{Cgroup, CgroupPath, Entry, Hierarchies};
use insula_sandbox::Sandbox;

use crate::error::Error;
use crate::spec::Spec;
use crate::state::{CgroupDriver, CgroupRecord};
use crate::{ContainerId, translate};

mod property;
mod scope;

pub(crate) use scope::{Scope, update};

/// Who makes the control group of a container: `--cgroup-manager` and `--systemd-cgroup`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CgroupManager {
    /// We do, as directories.
    #[default]
    Cgroupfs,
    /// systemd does, as scopes.
    Systemd,
    /// Nobody: the container stays in the caller's.
    Disabled,
}

/// With whose rights control groups are made: `--rootless`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// With those of root: a group that cannot be made is an error, and systemd is that of the machine.
    Root,
    /// With those of an ordinary user: a container without limits and `cgroupsPath` does without a group, and systemd is the
    /// user's own.
    User,
}

impl Rights {
    /// Root has those of root in the initial user namespace.
    #[must_use]
    pub fn of_this_caller() -> Self {
        let is_root = rustix::process::geteuid().is_root() && !translate::in_user_namespace();
        if is_root { Self::Root } else { Self::User }
    }
}

/// What is to be a container's group, when nothing has been made yet.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// None.
    Nothing,
    /// Directories, before the process is there.
    Directories(Option<Rights>),
    /// A scope, around the process.
    Scope(Box<Scope>),
}

impl Prepared {
    /// Whether directories may be made before there is a record of them.
    pub(crate) const fn may_make_directories(&self) -> bool {
        matches!(self, Self::Directories(_))
    }
}

/// Finds out whether a group can be made at all, as far as that is possible.
pub(crate) fn prepare(
    manager: CgroupManager,
    rights: Option<Rights>,
    id: &ContainerId,
    spec: &Spec,
) -> Result<Prepared, Error> {
    Ok(match manager {
        CgroupManager::Disabled => Prepared::Nothing,
        CgroupManager::Cgroupfs => Prepared::Directories(rights),
        CgroupManager::Systemd => {
            let rights = rights.unwrap_or_else(Rights::of_this_caller);
            Prepared::Scope(Box::new(Scope::prepare(rights, id, spec)?))
        }
    })
}

/// How long processes of a group that were killed may take to go.
const END: Duration = Duration::from_secs(10);

/// Makes the group of a new container, unless that can do without.
pub(crate) fn make(rights: Option<Rights>, id: &ContainerId, spec: &Spec) -> Result<Option<Made>, Error> {
    let text = path(id, spec);
    let hierarchies = Hierarchies::find()?;
    let path = CgroupPath::new(&text)?;
    let group = match Cgroup::create(&hierarchies, &path) {
        Ok(group) => group,
        Err(_) if is_optional(rights, spec) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let found_in = group.found_in().map(str::to_owned).collect();
    let made = Made { record: CgroupRecord { driver: CgroupDriver::Cgroupfs, path: text, found_in }, group };
    if let Err(error) = usable(&made) {
        let _ = made.group.remove_from(Instant::now(), |hierarchy| is_ours(&made.record, hierarchy));
        return Err(error);
    }
    let set =
        translate::resources::of_container(spec).and_then(|resources| Ok(made.group.set(&resources)?));
    if let Err(error) = set {
        // What is told is why it could not be had.
        let _ = take_away(&made.record, &made.group);
        return Err(error);
    }
    Ok(Some(made))
}

/// Finds out whether a process that is born in the group will be alone there, and run.
fn usable(made: &Made) -> Result<(), Error> {
    if !made.group.is_new() && !made.group.processes()?.is_empty() {
        return Err(Error::CgroupInUse(made.record.path.clone()));
    }
    if made.group.is_frozen()? {
        return Err(Error::CgroupFrozen(made.record.path.clone()));
    }
    Ok(())
}

/// Where the group of a container is.
fn path(id: &ContainerId, spec: &Spec) -> String {
    spec.linux.cgroups_path.clone().unwrap_or_else(|| format!("/{id}"))
}

/// Takes the group of a container away if nobody is in it. It need not bear our mark yet.
pub(crate) fn remove_empty(id: &ContainerId, spec: &Spec) -> Result<(), Error> {
    let record = CgroupRecord { driver: CgroupDriver::Cgroupfs, path: path(id, spec), found_in: Vec::new() };
    match open(&record)? {
        Some(group) if group.processes()?.is_empty() => Ok(group.remove(Instant::now() + END)?),
        _ => Ok(()),
    }
}

/// Whether the container can do without: an ordinary user to whom nothing is delegated, and who asked for nothing.
fn is_optional(rights: Option<Rights>, spec: &Spec) -> bool {
    let limits = spec.linux.resources.as_ref();
    rights.unwrap_or_else(Rights::of_this_caller) == Rights::User
        && spec.linux.cgroups_path.is_none()
        && limits.is_none_or(|limits| *limits == crate::spec::Resources::default())
}

/// A group that was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) record: CgroupRecord,
    pub(crate) group: Cgroup,
}

/// Opens the group of a container; none if it has none any more.
pub(crate) fn open(record: &CgroupRecord) -> Result<Option<Cgroup>, Error> {
    let hierarchies = Hierarchies::find()?;
    match Cgroup::open(&hierarchies, &CgroupPath::new(&record.path)?) {
        Err(insula_cgroup::CgroupError::Missing { .. }) => Ok(None),
        other => Ok(Some(other?)),
    }
}

/// Has the process be born in the group, where that is of version 2, and move to it where it is of version 1.
pub(crate) fn enter(entry: Entry, sandbox: &mut Sandbox) {
    sandbox.cgroup = entry.directory;
    sandbox.cgroups = entry.files;
}

/// Kills what is left in the group, which is open if it is there, and takes it away, but where it was before.
pub(crate) fn remove(record: &CgroupRecord, group: Option<&Cgroup>) -> Result<(), Error> {
    if record.driver == CgroupDriver::Cgroupfs {
        return group.map_or(Ok(()), |group| take_away(record, group));
    }
    group.map_or(Ok(()), Cgroup::clear)?;
    scope::stop(record)?;
    // systemd takes away what it made.
    open(record)?.map_or(Ok(()), |group| take_away(record, &group))
}

fn take_away(record: &CgroupRecord, group: &Cgroup) -> Result<(), Error> {
    Ok(group.end_from(Instant::now() + END, |hierarchy| is_ours(record, hierarchy))?)
}

fn is_ours(record: &CgroupRecord, hierarchy: &str) -> bool {
    !record.found_in.iter().any(|found| found == hierarchy)
}
