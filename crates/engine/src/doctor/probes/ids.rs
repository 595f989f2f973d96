//! Each way to map ids, by mapping them.

use insula_ns::Kind;
use insula_ns::idmap::{IdKind, IdMaps, ResolveError, SubIdError};
use insula_sandbox::Error;
use rustix::thread::CapabilitySet;

use super::super::probe::{Lab, Outcome, chain};
use super::super::trial;

pub(super) fn own(lab: &Lab) -> Outcome {
    let result = trial::sandbox(Kind::User.into()).and_then(trial::run);
    lab.outcome(result, "a child mapped the id of its user to root")
}

pub(super) fn granted(lab: &Lab) -> Outcome {
    match IdMaps::all_subids(&lab.caller, &lab.sources) {
        Err(ResolveError::SubIds { source: error @ SubIdError::NoRange { .. }, .. })
            if lab.caller.capabilities.contains(CapabilitySet::SETUID | CapabilitySet::SETGID) =>
        {
            Outcome::limited(format!("{error}; with CAP_SETUID and CAP_SETGID any id can be mapped without"))
                .maybe_fix(error.hint())
        }
        maps => map(lab, maps),
    }
}

pub(super) fn all(lab: &Lab) -> Outcome {
    let outcome = map(lab, IdMaps::all(&lab.caller, &lab.sources));
    if lab.caller.capabilities.contains(CapabilitySet::SETUID | CapabilitySet::SETGID) {
        outcome
    } else {
        // No grant is that large; it would be no fix to make one.
        outcome.unless_works("run as root, or map the ids granted to you: `--map-auto`")
    }
}

fn map(lab: &Lab, maps: Result<IdMaps, ResolveError>) -> Outcome {
    let maps = match maps {
        Ok(maps) => maps,
        Err(error) => return Outcome::no(chain(&error)).maybe_fix(error.hint()),
    };
    let (users, groups) = (maps.uid.len(), maps.gid.len());
    let result = trial::sandbox(Kind::User.into()).map(|sandbox| sandbox.ids(maps)).and_then(trial::run);
    match result {
        Ok(()) => Outcome::works(format!("a child got {users} user and {groups} group ids")),
        Err(Error::Ids(error)) => Outcome::no(chain(&error)).maybe_fix(error.hint()),
        Err(error) => lab.failed(&error),
    }
}

pub(super) fn helpers(lab: &Lab) -> Outcome {
    let mut found = Vec::new();
    for kind in [IdKind::Uid, IdKind::Gid] {
        match lab.sources.helper(kind) {
            Ok(program) => found.push(program.to_string_lossy().into_owned()),
            Err(error) => return Outcome::no(error.to_string()).fix(error.hint()),
        }
    }
    Outcome::works(format!("found with the privilege that they need: {}", found.join(", ")))
}
