//! `linux.namespaces`, and what says more of them.

use insula_ns::Kind;
use insula_ns::idmap::IdMap;

use super::{Invalid, Problem, absolute, refuse, within};
use crate::spec::{IdMapping, Process, Spec};

pub(super) fn check(spec: &Spec, process: &Process) -> Result<(), Invalid> {
    let namespaces = &spec.linux.namespaces;
    for (index, namespace) in namespaces.iter().enumerate() {
        let key = format_args!("linux.namespaces[{index}]");
        if namespaces[..index].iter().any(|earlier| earlier.kind == namespace.kind) {
            return refuse(key, Problem::Twice);
        }
        if let Some(path) = &namespace.path {
            absolute(format_args!("linux.namespaces[{index}].path"), path)?;
        }
    }
    ids(spec, process)?;
    if !spec.linux.time_offsets.is_empty() && !spec.has_new_namespace(Kind::Time) {
        return refuse("linux.timeOffsets", Problem::NeedsNewNamespace { kind: Kind::Time });
    }
    for (clock, offset) in &spec.linux.time_offsets {
        within(format_args!("linux.timeOffsets.{}.nanosecs", clock.name()), offset.nanosecs, 0, 999_999_999)?;
    }
    let paths = [("maskedPaths", &spec.linux.masked_paths), ("readonlyPaths", &spec.linux.readonly_paths)];
    for (key, paths) in paths {
        if !paths.is_empty() && !spec.has_namespace(Kind::Mnt) {
            return refuse(format_args!("linux.{key}"), Problem::NeedsNamespace { kind: Kind::Mnt });
        }
        for (index, path) in paths.iter().enumerate() {
            absolute(format_args!("linux.{key}[{index}]"), path)?;
        }
    }
    Ok(())
}

/// A user namespace has both maps or none, and who runs the process is in them. Without any, of a new one the runtime
/// chooses them, and one that is entered has them already.
fn ids(spec: &Spec, process: &Process) -> Result<(), Invalid> {
    let user = &process.user;
    let sides = [
        ("uid", &spec.linux.uid_mappings, user.uid, &[][..]),
        ("gid", &spec.linux.gid_mappings, user.gid, &user.additional_gids),
    ];
    for (name, mappings, id, more) in sides {
        let key = format_args!("linux.{name}Mappings");
        if mappings.is_empty() {
            if !spec.linux.uid_mappings.is_empty() || !spec.linux.gid_mappings.is_empty() {
                return refuse(key, Problem::Missing);
            }
            continue;
        }
        if !spec.has_namespace(Kind::User) {
            return refuse(key, Problem::NeedsNamespace { kind: Kind::User });
        }
        let map = map(key, mappings)?;
        if map.to_outside(id).is_none() {
            return refuse(format_args!("process.user.{name}"), Problem::Unmapped { id });
        }
        if let Some((index, &id)) = more.iter().enumerate().find(|(_, id)| map.to_outside(**id).is_none()) {
            return refuse(format_args!("process.user.additionalGids[{index}]"), Problem::Unmapped { id });
        }
    }
    Ok(())
}

/// The map, if the kernel would take it.
pub(super) fn map(key: impl std::fmt::Display, mappings: &[IdMapping]) -> Result<IdMap, Invalid> {
    IdMap::new(mappings.iter().map(|mapping| (*mapping).into()))
        .or_else(|error| refuse(key, Problem::Map(error)))
}
