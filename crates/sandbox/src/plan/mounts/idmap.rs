//! Bind mounts with ids of their own. The calling process prepares them: only it has the capability.

use std::os::fd::{AsFd as _, OwnedFd};

use insula_ns::idmap::IdMaps;
use insula_ns::{Kind, Namespace, ProcDir};
use insula_sys::pause::Paused;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::mount::{OpenTreeFlags, open_tree};

use super::{absolute, changing};
use crate::error::Error;
use crate::mounts::{AttributeChange, Bind};

/// Opens a copy of the source's mount, attached to nothing, with its ids mapped.
pub(super) fn open(bind: &Bind, maps: &IdMaps) -> Result<OwnedFd, Error> {
    let failed = |doing| move |errno| Error::MapMount { source_path: bind.source.clone(), doing, errno };
    let mut flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    flags.set(OpenTreeFlags::AT_RECURSIVE, bind.recursive);
    let mount = open_tree(CWD, absolute(&bind.source)?, flags).map_err(failed("copy its mount"))?;
    let user = user_namespace(maps, failed("make a user namespace with these ids"))?;
    insula_sys::mount::map_ids(mount.as_fd(), bind.recursive, user.as_fd())
        .map_err(failed("map ids in its file system"))?;
    let all = AttributeChange { set: bind.attributes, clear: bind.allowed };
    let changes = [(bind.recursive, all), (false, bind.top)];
    for (recursive, change) in changes.into_iter().filter(|(_, change)| !change.is_empty()) {
        insula_sys::mount::set_attributes(mount.as_fd(), recursive, changing(change))
            .map_err(failed("set attributes of the mount"))?;
    }
    Ok(mount)
}

/// A user namespace with these maps, which nobody lives in.
fn user_namespace(maps: &IdMaps, failed: impl Fn(Errno) -> Error) -> Result<Namespace, Error> {
    let proc = ProcDir::open_own()?;
    let holder = Paused::start(Kind::User.clone_flag()).map_err(&failed)?;
    for (file, map) in [("uid_map", &maps.uid), ("gid_map", &maps.gid)] {
        if map.is_empty() {
            continue;
        }
        let path = format!("{}/{file}", holder.pid().as_raw_pid());
        let file =
            openat(proc.as_fd(), path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()).map_err(&failed)?;
        rustix::io::write(&file, map.to_string().as_bytes()).map_err(&failed)?;
    }
    Ok(Namespace::of_process(&holder, Kind::User)?)
}
