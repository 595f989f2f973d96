//! Mount propagation, mounts and the root.

use std::ffi::CString;
use std::path::Path;

use insula_sys::step::Step;

use super::Plan;
use crate::Action;
use crate::command::c_string;
use crate::error::Error;
use crate::mounts::{Mount, MountPlan, Propagation, Root};

const NOSUID_NODEV_NOEXEC: u64 = libc_flags::NOSUID | libc_flags::NODEV | libc_flags::NOEXEC;

/// `MS_*` of `mount(2)`.
mod libc_flags {
    pub(super) const NOSUID: u64 = 1 << 1;
    pub(super) const NODEV: u64 = 1 << 2;
    pub(super) const NOEXEC: u64 = 1 << 3;
    pub(super) const REC: u64 = 1 << 14;
    pub(super) const PRIVATE: u64 = 1 << 18;
    pub(super) const SLAVE: u64 = 1 << 19;
    pub(super) const SHARED: u64 = 1 << 20;
}

pub(super) fn compile(plan: &mut Plan, mounts: &MountPlan) -> Result<(), Error> {
    let propagation = match mounts.propagation {
        Some(Propagation::Private) => Some(libc_flags::PRIVATE),
        Some(Propagation::Slave) => Some(libc_flags::SLAVE),
        Some(Propagation::Shared) => Some(libc_flags::SHARED),
        Some(Propagation::Unchanged) | None => None,
    };
    if let Some(flag) = propagation {
        plan.world(Action::Propagation, mount(None, Path::new("/"), None, libc_flags::REC | flag)?);
    }
    for one in &mounts.mounts {
        match one {
            Mount::Proc(target) => {
                let step = mount(Some(c"proc"), target, Some(c"proc"), NOSUID_NODEV_NOEXEC)?;
                plan.world(Action::Mount("procfs".to_owned(), target.clone()), step);
            }
        }
    }
    if let Root::Chroot(dir) = &mounts.root {
        plan.world(Action::EnterRoot(dir.clone()), Step::Chdir(c_string(dir)?));
        plan.world(Action::EnterRoot(dir.clone()), Step::ChrootHere);
    }
    Ok(())
}

fn mount(
    source: Option<&std::ffi::CStr>,
    target: &Path,
    fstype: Option<&std::ffi::CStr>,
    flags: u64,
) -> Result<Step, Error> {
    Ok(Step::Mount {
        source: source.map(CString::from),
        target: c_string(target)?,
        fstype: fstype.map(CString::from),
        flags,
        data: None,
    })
}
