//! Mount propagation, mounts and the root.

use std::ffi::CString;
use std::path::Path;

use insula_sys::step::{Fd, Slot, Step};

use super::Plan;
use crate::Action;
use crate::command::c_string;
use crate::error::Error;
use crate::mounts::{Directory, Mount, MountPlan, Propagation, Root};

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

pub(super) fn compile(plan: &mut Plan, mounts: MountPlan) -> Result<(), Error> {
    let propagation = match mounts.propagation {
        Some(Propagation::Private) => Some(libc_flags::PRIVATE),
        Some(Propagation::Slave) => Some(libc_flags::SLAVE),
        Some(Propagation::Shared) => Some(libc_flags::SHARED),
        Some(Propagation::Unchanged) | None => None,
    };
    if let Some(flag) = propagation {
        plan.world(Action::Propagation, mount(None, Path::new("/"), None, libc_flags::REC | flag)?);
    }
    // A registered interpreter is looked up in the old root, so this comes first; what is made here is put in its place in
    // the new one.
    let mut formats = Vec::new();
    for one in &mounts.mounts {
        if let Mount::Binfmt { target, register } = one {
            formats.push(binfmt(plan, target, register));
        }
    }
    let mut formats = formats.into_iter();
    enter_root(plan, mounts.root)?;
    match mounts.directory {
        Some(Directory::Path(dir)) => {
            let step = Step::Chdir(c_string(&dir)?);
            plan.world(Action::WorkingDirectory(dir), step);
        }
        Some(Directory::Handle { directory, name }) => {
            let directory = plan.keep(directory)?;
            plan.world(Action::WorkingDirectory(name), Step::Fchdir(directory));
        }
        None => {}
    }
    for one in &mounts.mounts {
        match one {
            Mount::Proc(target) => {
                let step = mount(Some(c"proc"), target, Some(c"proc"), NOSUID_NODEV_NOEXEC)?;
                plan.world(Action::Mount("procfs".to_owned(), target.clone()), step);
            }
            Mount::Private(target) => {
                plan.world(Action::Propagation, Step::MakePrivate(c_string(target)?));
            }
            Mount::Binfmt { target, .. } => {
                let made = formats.next().expect("one was made for each above");
                let action = || Action::Mount("binfmt_misc".to_owned(), target.clone());
                let place = plan.slot();
                plan.world(action(), Step::Open { path: c_string(target)?, into: place });
                plan.world(action(), Step::MoveMount { mount: made.into(), target: place.into() });
                plan.world(action(), Step::Close(place));
                plan.world(action(), Step::Close(made));
            }
        }
    }
    Ok(())
}

fn enter_root(plan: &mut Plan, root: Root) -> Result<(), Error> {
    let (path, step) = match root {
        Root::Unchanged => return Ok(()),
        Root::Chroot(dir) => {
            let step = Step::Chdir(c_string(&dir)?);
            (dir, step)
        }
        Root::Handle { directory, name } => (name, Step::Fchdir(plan.keep(directory)?)),
    };
    plan.world(Action::EnterRoot(path.clone()), step);
    plan.world(Action::EnterRoot(path), Step::ChrootHere);
    Ok(())
}

/// A mount of the list of binary formats, attached to nothing yet, with `register` in it.
fn binfmt(plan: &mut Plan, target: &Path, register: &[Vec<u8>]) -> Slot {
    const ATTRIBUTES_NOSUID_NODEV_NOEXEC: u32 = 0x02 | 0x04 | 0x08;
    let action = || Action::Mount("binfmt_misc".to_owned(), target.to_owned());
    let (context, made) = (plan.slot(), plan.slot());
    plan.world(action(), Step::FsOpen { fstype: c"binfmt_misc".into(), into: context });
    plan.world(action(), Step::FsCreate { context });
    let attributes = ATTRIBUTES_NOSUID_NODEV_NOEXEC;
    plan.world(action(), Step::FsMount { context, attributes, into: made });
    plan.world(action(), Step::Close(context));
    for format in register {
        let (at, data) = (Fd::from(made), format.as_slice().into());
        let step = Step::Write { at, path: c"register".into(), data };
        plan.world(Action::BinaryFormat(String::from_utf8_lossy(format).into_owned()), step);
    }
    made
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
