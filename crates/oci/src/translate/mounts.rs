//! `root`, `mounts` and the paths that are covered.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::Path;

use insula_ns::idmap::IdMaps;
use insula_sandbox::mounts::{
    AttributeChange, Attributes, Bind, FileSystem, Mount, MountPlan, Propagation, Root,
};
use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::{cgroup_mounts, copy_up, devices, namespaces};
use crate::error::Error;
use crate::spec::{self, Binding, MountOptions, Process, PropagationType, Spec};

pub(super) fn mounts(bundle: &Path, spec: &Spec, process: &Process) -> Result<MountPlan, Error> {
    let root = spec.root.as_ref().ok_or(Error::NoRoot)?;
    let directory = super::rootfs(bundle, spec)?;
    let mut list = Vec::with_capacity(spec.mounts.len() + 16);
    for mount in &spec.mounts {
        add(&mut list, bundle, &directory, spec, mount)?;
    }
    devices::add(&mut list, spec)?;
    if process.cwd.as_os_str() != "/" {
        list.push(Mount::Dir { target: process.cwd.clone(), mode: 0o755 });
    }
    Ok(MountPlan {
        propagation: Some(match spec.linux.rootfs_propagation.map(|propagation| propagation.kind) {
            // What the host mounts later below a mount that is bound arrives there, if that mount is a slave.
            None | Some(PropagationType::Slave) => Propagation::Slave,
            Some(PropagationType::Shared) => Propagation::Shared,
            Some(PropagationType::Private) => Propagation::Private,
            Some(PropagationType::Unbindable) => Propagation::Unbindable,
        }),
        root: Root::Dir(directory),
        mounts: list,
        read_only_root: root.readonly,
        read_only: spec.linux.readonly_paths.clone(),
        masked: spec.linux.masked_paths.clone(),
        ..MountPlan::default()
    })
}

/// Appends what one entry of the list stands for.
fn add(
    list: &mut Vec<Mount>,
    bundle: &Path,
    root: &Path,
    spec: &Spec,
    mount: &spec::Mount,
) -> Result<(), Error> {
    let options = MountOptions::parse(&mount.options);
    let target = Path::new("/").join(&mount.destination);
    let file_system = mount.file_system.as_deref().unwrap_or("none");
    if options.remount {
        for (recursive, change) in [(true, options.recursive), (false, options.attributes)] {
            list.push(Mount::Attributes { target: target.clone(), change: changed(change), recursive });
        }
    } else if options.binding.is_some() || file_system == "bind" {
        list.push(Mount::Bind(bind(bundle, mount, &options, &target)?));
    } else if file_system == "cgroup" {
        cgroup_mounts::add(list, spec, &target, changed(options.attributes).set)?;
    } else {
        list.push(Mount::FileSystem(new(root, spec, mount, &options, &target)?));
        if options.copy_up && file_system == "tmpfs" {
            let (uid, gid) = (&spec.linux.uid_mappings, &spec.linux.gid_mappings);
            let maps = IdMaps { uid: namespaces::map(uid)?, gid: namespaces::map(gid)?, ..IdMaps::default() };
            let maps = Some(&maps).filter(|maps| !maps.is_empty());
            let entries = copy_up::entries(root, &target, maps)?;
            list.push(Mount::Tree { target: target.clone(), entries });
        }
        if !no_change(options.recursive) {
            let change = changed(options.recursive);
            list.push(Mount::Attributes { target: target.clone(), change, recursive: true });
        }
    }
    for propagation in &options.propagation {
        list.push(Mount::Propagation {
            target: target.clone(),
            propagation: match propagation.kind {
                PropagationType::Shared => Propagation::Shared,
                PropagationType::Slave => Propagation::Slave,
                PropagationType::Private => Propagation::Private,
                PropagationType::Unbindable => Propagation::Unbindable,
            },
            recursive: propagation.recursive,
        });
    }
    Ok(())
}

fn bind(
    bundle: &Path,
    mount: &spec::Mount,
    options: &MountOptions<'_>,
    target: &Path,
) -> Result<Bind, Error> {
    let source = mount.source.as_deref().ok_or_else(|| Error::NoSource(target.to_owned()))?;
    let mut bind = Bind::new(bundle.join(source), target);
    bind.recursive = options.binding == Some(Binding::Recursive);
    let all = changed(options.recursive);
    (bind.attributes, bind.allowed, bind.top) = (all.set, all.clear, changed(options.attributes));
    if !mount.uid_mappings.is_empty() || !mount.gid_mappings.is_empty() {
        let (uid, gid) = (&mount.uid_mappings, &mount.gid_mappings);
        bind.ids =
            Some(IdMaps { uid: namespaces::map(uid)?, gid: namespaces::map(gid)?, ..IdMaps::default() });
    }
    Ok(bind)
}

fn new(
    root: &Path,
    spec: &Spec,
    mount: &spec::Mount,
    options: &MountOptions<'_>,
    target: &Path,
) -> Result<FileSystem, Error> {
    let fstype = mount.file_system.as_deref().ok_or_else(|| Error::NoType(target.to_owned()))?;
    let mut new = FileSystem::new(fstype, target);
    new.attributes = changed(options.attributes).set;
    new.source = mount.source.as_ref().filter(|_| !is_virtual(fstype)).map(OsString::from);
    for word in options.file_system.words() {
        new = new.flag(word);
    }
    if fstype == "tmpfs"
        && !options.data.iter().any(|option| option.starts_with("mode="))
        && let Some(mode) = mode_in(root, target)
    {
        new = new.option("mode", format!("{mode:o}"));
    }
    for option in &options.data {
        new = match option.split_once('=') {
            Some((key, value)) => new.option(key, value),
            None => new.flag(*option),
        };
    }
    if let Some(label) = &spec.linux.mount_label
        && !matches!(fstype, "proc" | "sysfs" | "cgroup2")
    {
        new = new.option("context", label);
    }
    Ok(new)
}

/// File systems without a device, whose source is a word for `/proc/mounts`.
fn is_virtual(fstype: &str) -> bool {
    matches!(
        fstype,
        "proc" | "sysfs" | "tmpfs" | "devpts" | "mqueue" | "cgroup2" | "ramfs" | "debugfs" | "tracefs"
    )
}

/// Opens a path inside a root; symbolic links are resolved as if that were `/`.
pub(crate) fn open_in(root: &Path, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let directory = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open(root, directory, Mode::empty())?;
    let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    rustix::fs::openat2(&root, path, flags | OFlags::CLOEXEC, Mode::empty(), how)
}

/// The permissions of the directory that is covered, which a tmpfs takes over if it is told none.
fn mode_in(root: &Path, target: &Path) -> Option<u32> {
    let covered = open_in(root, target, OFlags::PATH).ok()?;
    rustix::fs::fstat(&covered).ok().map(|stat| stat.st_mode & 0o7777)
}

fn changed(change: spec::AttributeChange) -> AttributeChange {
    let (set, clear) = (Attributes::from_bits(change.set), Attributes::from_bits(change.clear));
    AttributeChange { set, clear }
}

const fn no_change(change: spec::AttributeChange) -> bool {
    change.set == 0 && change.clear == 0
}
