//! Mounts that ordinary users need, by mounting them in a namespace that ends at once.

use std::path::Path;

use insula_ns::idmap::IdMaps;
use insula_ns::{Kind, Kinds};
use insula_sandbox::Error;
use insula_sandbox::mounts::{Attributes, Bind, Changes, Layers, Mount, Overlay, Propagation};
use rustix::thread::CapabilitySet;

use super::super::probe::{Lab, Outcome};
use super::super::trial;

/// A directory that every machine has.
const DIRECTORY: &str = "/etc";

pub(super) fn proc(lab: &Lab) -> Outcome {
    both_ways(lab, Kind::Pid | Kind::Mnt, || Mount::Proc("/proc".into()))
}

pub(super) fn overlay(lab: &Lab) -> Outcome {
    both_ways(lab, Kind::Mnt.into(), || {
        Mount::Overlay(Overlay {
            target: DIRECTORY.into(),
            layers: Layers {
                lower: vec![DIRECTORY.into()],
                changes: Changes::Discarded { size: Some(1 << 20) },
            },
            attributes: Attributes::NONE,
        })
    })
}

pub(super) fn idmapped(lab: &Lab) -> Outcome {
    let kinds = lab.with_user(Kind::Mnt.into());
    let result = IdMaps::root_only(1, 1).map_err(Error::from).and_then(|ids| {
        // The kernel asks for a recursive one only inside a user namespace.
        let bind = Bind { recursive: false, ids: Some(ids), ..Bind::new(DIRECTORY, DIRECTORY) };
        attempt(kinds, Mount::Bind(bind))
    });
    let fs_type = lab.evidence.mount_of(Path::new(DIRECTORY)).map_or_else(String::new, |facts| facts.fs_type);
    lab.outcome(
        result,
        &format!("mounted {DIRECTORY} ({fs_type}) with other ids; other file systems may differ"),
    )
}

/// Tries it in a new user namespace, as ordinary users have to; and if that fails, without, for those who can.
fn both_ways(lab: &Lab, kinds: Kinds, mount: impl Fn() -> Mount) -> Outcome {
    let error = match attempt(Kind::User | kinds, mount()) {
        Ok(()) => return Outcome::works("mounted one in a new user namespace"),
        Err(error) => error,
    };
    let failed = lab.failed(&error);
    if lab.caller.capabilities.contains(CapabilitySet::SYS_ADMIN) && attempt(kinds, mount()).is_ok() {
        failed.but("mounted one without a user namespace, as root; in one:")
    } else {
        failed
    }
}

fn attempt(kinds: Kinds, mount: Mount) -> Result<(), Error> {
    let mut sandbox = trial::sandbox(kinds)?;
    sandbox.mounts.propagation = Some(Propagation::Private);
    sandbox.mounts.mounts.push(mount);
    trial::run(sandbox)
}
