//! A place in a scope of the systemd of this user: see `systemd.scope(5)` and systemd's `CGROUP_DELEGATION.md`.

use insula_cgroup::systemd::{Systemd, Unit};
use insula_cgroup::{Cgroup, CgroupPath, Hierarchies, Resources};

use super::{GroupError, Told};

/// Moves this process to a new scope that is delegated to this user, and gives a path in it. The scope goes, with all groups in it,
/// when the last process in it has ended.
pub(super) fn enter(
    hierarchies: &Hierarchies,
    name: &str,
    tell: &dyn Fn(Told<'_>),
) -> Result<CgroupPath, GroupError> {
    let unit = Unit::scope(None, "", name).expect("the name has letters and digits");
    let own = rustix::process::getpid();
    let scope = Systemd::user()?.start_scope(&unit, &[own], hierarchies, &Resources::default(), &[])?;
    tell(Told::Scope(unit.name()));
    // A group with processes cannot give controllers to those in it.
    let apart = CgroupPath::new(&format!("{scope}/insula"))?;
    Cgroup::create(hierarchies, &apart)?.add(own).map_err(GroupError::Move)?;
    Ok(CgroupPath::new(&format!("{scope}/{name}"))?)
}
