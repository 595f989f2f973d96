//! A root of its own.

use std::path::PathBuf;

use insula_sys::step::{Fd, MountAttributes, Step};
use rustix::fs::{StatVfsMountFlags, statvfs};

use super::place::Place;
use super::{absolute, file_system, layers, set};
use crate::Action;
use crate::error::Error;
use crate::mounts::{Attributes, Root};
use crate::plan::Plan;

/// What messages call the root.
pub(super) fn name(root: &Root) -> PathBuf {
    match root {
        Root::Unchanged => "/".into(),
        Root::Chroot(dir) | Root::Dir(dir) => dir.clone(),
        Root::Handle { name, .. } => name.clone(),
        Root::Tmpfs(_) => "tmpfs".into(),
        Root::Overlay(layers) => layers.lower.first().cloned().unwrap_or_else(|| "overlay".into()),
    }
}

/// Plans the root, mounted over the old one, where it is out of everybody's sight until it is entered.
pub(super) fn prepare(plan: &mut Plan, root: &Root, read_only: bool) -> Result<Fd, Error> {
    let action = Action::Root(name(root));
    let mount = match root {
        Root::Dir(dir) => {
            let into = plan.slot();
            let path = absolute(dir)?;
            plan.world(action.clone(), Step::OpenTree { at: Fd::Cwd, path, recursive: true, into });
            into
        }
        Root::Tmpfs(tmpfs) => file_system::detached(plan, &tmpfs.into(), &action)?,
        Root::Overlay(of) => {
            let mut place = Place::root(Fd::Cwd);
            let mount = layers::detached(plan, &mut place, of, Attributes::NONE, &action)?;
            // Left between the old root and the new one, it would be what goes when the old root should.
            place.detach_scratch(plan);
            mount
        }
        Root::Unchanged | Root::Chroot(_) | Root::Handle { .. } => {
            unreachable!("only a root of its own is prepared")
        }
    };
    if let (Root::Dir(dir), true) = (root, read_only) {
        // All that came along; but mount points may still have to be made in the top mount, unless it was read-only.
        plan.world(action.clone(), set(mount.into(), true, Attributes::READ_ONLY));
        let writable = statvfs(dir).is_ok_and(|stat| !stat.f_flag.contains(StatVfsMountFlags::RDONLY));
        if writable {
            let attributes =
                MountAttributes { clear: Attributes::READ_ONLY.bits().into(), ..MountAttributes::default() };
            plan.world(action.clone(), Step::SetMount { mount: mount.into(), recursive: false, attributes });
        }
    }
    let old = plan.slot();
    plan.world(action.clone(), Step::Open { path: c"/".into(), into: old });
    plan.world(action, Step::MoveMount { mount: mount.into(), target: old.into(), name: c"".into() });
    plan.release(old);
    Ok(mount.into())
}
