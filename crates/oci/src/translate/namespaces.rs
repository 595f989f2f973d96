//! `linux.namespaces`, with what is set in the new ones.

use insula_ns::idmap::{Extent, IdMap, IdMaps};
use insula_ns::{Kind, Kinds, Namespace};
use insula_sandbox::{Clock, Join, Namespaces};

use crate::error::Error;
use crate::spec::{self, IdMapping, Spec};

/// The kinds that the container has of its own, new or entered.
pub(crate) fn kinds(spec: &Spec) -> Kinds {
    spec.linux.namespaces.iter().fold(Kinds::NONE, |kinds, namespace| kinds | namespace.kind)
}

pub(super) fn namespaces(spec: &Spec) -> Result<Namespaces, Error> {
    let mut namespaces = Namespaces {
        hostname: spec.hostname.clone(),
        domainname: spec.domainname.clone(),
        ..Namespaces::default()
    };
    for namespace in &spec.linux.namespaces {
        match &namespace.path {
            None => namespaces.new.insert(namespace.kind),
            Some(path) => {
                let opened = Namespace::open(path).and_then(|opened| opened.require(namespace.kind))?;
                namespaces.join.push(Join::Namespace(opened));
            }
        }
    }
    if namespaces.new.contains(Kind::User) {
        let (uid, gid) = (&spec.linux.uid_mappings, &spec.linux.gid_mappings);
        namespaces.ids = Some(IdMaps { uid: map(uid)?, gid: map(gid)?, ..IdMaps::default() });
    }
    namespaces.loopback_up = namespaces.new.contains(Kind::Net);
    for (clock, offset) in &spec.linux.time_offsets {
        let nanoseconds = i128::from(offset.secs) * 1_000_000_000 + i128::from(offset.nanosecs);
        let clock = match clock {
            spec::Clock::Monotonic => Clock::Monotonic,
            spec::Clock::Boottime => Clock::Boottime,
        };
        namespaces.time_offsets.push((clock, nanoseconds));
    }
    namespaces.sysctls =
        spec.linux.sysctl.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(namespaces)
}

pub(super) fn map(mappings: &[IdMapping]) -> Result<IdMap, Error> {
    Ok(IdMap::new(mappings.iter().copied().map(Extent::from))?)
}
