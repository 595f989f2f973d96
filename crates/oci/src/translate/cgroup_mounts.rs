//! The mount of type `cgroup`: what the container sees of control groups.
//!
//! As runc has it: where the machine has version 2 alone it is that; else a tmpfs with a mount for each hierarchy.

use std::path::Path;

use insula_cgroup::{Hierarchies, Hierarchy, Version};
use insula_ns::Kind;
use insula_sandbox::mounts::{AttributeChange, Attributes, Bind, FileSystem, Mount, Tmpfs};

use super::namespaces::kinds;
use crate::error::Error;
use crate::spec::Spec;

/// Appends it.
pub(super) fn add(
    list: &mut Vec<Mount>,
    spec: &Spec,
    target: &Path,
    attributes: Attributes,
) -> Result<(), Error> {
    let hierarchies = Hierarchies::find()?;
    if hierarchies.is_unified() {
        let mut new = FileSystem::cgroup2(target);
        new.attributes = attributes;
        list.push(Mount::FileSystem(new));
        return Ok(());
    }
    let mut top = Tmpfs::new(target);
    top.attributes = Attributes::NO_SUID | Attributes::NO_DEV | Attributes::NO_EXEC;
    list.push(Mount::Tmpfs(top));
    for hierarchy in hierarchies.as_slice() {
        let Some(directory) = hierarchy.mount_point().file_name() else { continue };
        let place = target.join(directory);
        list.push(if kinds(spec).contains(Kind::Cgroup) {
            let mut new = of_namespace(hierarchy, &place);
            new.attributes = attributes;
            Mount::FileSystem(new)
        } else {
            // Without a namespace that begins at its own group, it sees that alone.
            let group = spec.linux.cgroups_path.as_deref().unwrap_or_default().trim_start_matches('/');
            let mut bind = Bind::new(hierarchy.mount_point().join(group), place);
            bind.attributes = attributes;
            Mount::Bind(bind)
        });
        // `cpu` leads to `cpu,cpuacct`.
        let names = hierarchy.name().split(',').filter(|name| *name != directory && !name.contains('='));
        for name in names.filter(|name| !name.is_empty()) {
            list.push(Mount::Symlink { target: target.join(name), to: directory.into() });
        }
    }
    if attributes.contains(Attributes::READ_ONLY) {
        let change = AttributeChange { set: Attributes::READ_ONLY, clear: Attributes::NONE };
        list.push(Mount::Attributes { target: target.into(), change, recursive: false });
    }
    Ok(())
}

/// The hierarchy from the root of the cgroup namespace down.
fn of_namespace(hierarchy: &Hierarchy, target: &Path) -> FileSystem {
    if matches!(hierarchy.version(), Version::V2) {
        return FileSystem::cgroup2(target);
    }
    let new = FileSystem::new("cgroup", target);
    hierarchy.name().split(',').fold(new, |new, word| match word.split_once('=') {
        Some((key, value)) => new.option(key, value),
        None => new.flag(word),
    })
}
