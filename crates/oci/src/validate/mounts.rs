//! `mounts`.

use insula_ns::Kind;

use super::{Invalid, Problem, Warning, namespaces, no_nul, present, refuse};
use crate::spec::{MountOptions, Spec};

pub(super) fn check(spec: &Spec, warnings: &mut Vec<Warning>) -> Result<(), Invalid> {
    for (index, mount) in spec.mounts.iter().enumerate() {
        present(format_args!("mounts[{index}].destination"), &mount.destination)?;
        if !mount.destination.is_absolute() {
            let destination = mount.destination.clone();
            warnings.push(Warning::RelativeDestination { index, destination });
        }
        let texts = mount.file_system.iter().map(|text| ("type", text));
        for (key, text) in texts.chain(mount.source.iter().map(|text| ("source", text))) {
            no_nul(format_args!("mounts[{index}].{key}"), text)?;
        }
        for (at, option) in mount.options.iter().enumerate() {
            no_nul(format_args!("mounts[{index}].options[{at}]"), option)?;
        }
        let (uids, gids) = (&mount.uid_mappings, &mount.gid_mappings);
        for (name, mappings, others) in [("uid", uids, gids), ("gid", gids, uids)] {
            let key = format_args!("mounts[{index}].{name}Mappings");
            if !mappings.is_empty() {
                namespaces::map(key, mappings)?;
            } else if !others.is_empty() {
                return refuse(key, Problem::Missing);
            }
        }
        let is_mapped = MountOptions::parse(&mount.options).id_mapped.is_some();
        if is_mapped && uids.is_empty() && !spec.has_namespace(Kind::User) {
            return refuse(format_args!("mounts[{index}].uidMappings"), Problem::Missing);
        }
    }
    Ok(())
}
