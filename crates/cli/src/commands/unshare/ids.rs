//! Which ids the new user namespace has.

use insula_ns::accounts::Accounts;
use insula_ns::idmap::{Caller, IdMap, IdMaps, IdRequest, IdSources, Ranges, ResolveError, SetGroups};
use insula_sandbox::Owner;

use crate::args::Invalid;
use crate::report::Failure;

/// The maps as asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) user: Option<Own>,
    pub(super) group: Option<Own>,
    pub(super) users: Vec<Ranges>,
    pub(super) groups: Vec<Ranges>,
    pub(super) setgroups: Option<SetGroups>,
}

/// What the caller's own id becomes inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// The same.
    Same,
    /// This.
    Id(u32),
}

impl Options {
    /// The maps of the new user namespace; `None` if nothing is to be written.
    pub(super) fn maps(self) -> Result<Option<IdMaps>, Failure> {
        if self == Self::default() {
            return Ok(None);
        }
        let group_alone = self.group.is_some() && self.groups.is_empty();
        if group_alone && self.setgroups == Some(SetGroups::Allow) {
            return Err(Failure::usage("`--setgroups=allow` and `--map-group` exclude each other"));
        }
        let caller = Caller::current();
        let request = |own: Option<Own>, same, ranges| IdRequest {
            own: own.map(|own| if let Own::Id(id) = own { id } else { same }),
            ranges,
        };
        let users = request(self.user, caller.euid, self.users);
        let groups = request(self.group, caller.egid, self.groups);
        let mut maps = if users.ranges.is_empty() && groups.ranges.is_empty() {
            // No file needs to be read for these.
            plain(&users, &groups, &caller)?
        } else {
            IdMaps::resolve(&users, &groups, &caller, &IdSources::of_this_machine()).map_err(unresolved)?
        };
        maps.setgroups = match self.setgroups {
            Some(said) => said,
            None if group_alone => SetGroups::Deny,
            None => SetGroups::Unchanged,
        };
        Ok(Some(maps).filter(|maps| !maps.is_empty()))
    }
}

/// The failure that a request without map is to the user.
fn unresolved(error: ResolveError) -> Failure {
    let hint = if let ResolveError::SubIds { source, .. } = &error { source.hint() } else { None };
    let failure = Failure::from(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Maps of the caller's own ids alone.
fn plain(users: &IdRequest, groups: &IdRequest, caller: &Caller) -> Result<IdMaps, Failure> {
    let single = |own: Option<u32>, outside| {
        own.map_or_else(|| Ok(IdMap::default()), |own| IdMap::single(own, outside))
    };
    Ok(IdMaps {
        uid: single(users.own, caller.euid)?,
        gid: single(groups.own, caller.egid)?,
        setgroups: SetGroups::Unchanged,
    })
}

/// A user id, or the id of the user with this name in `/etc/passwd`.
pub(super) fn user(word: &str) -> Result<u32, Invalid> {
    match word.parse() {
        Ok(id) => Ok(id),
        Err(_) => Accounts::of_this_machine()?
            .uid_of(word)
            .ok_or_else(|| Invalid("`/etc/passwd` has no user of this name".to_owned())),
    }
}

/// A group id, or the id of the group with this name in `/etc/group`.
pub(super) fn group(word: &str) -> Result<u32, Invalid> {
    match word.parse() {
        Ok(id) => Ok(id),
        Err(_) => Accounts::of_this_machine()?
            .gid_of(word)
            .ok_or_else(|| Invalid("`/etc/group` has no group of this name".to_owned())),
    }
}

/// `UID:GID`.
pub(super) fn owner(word: &str) -> Result<Owner, Invalid> {
    word.split_once(':')
        .and_then(|(uid, gid)| Some(Owner { uid: uid.parse().ok()?, gid: gid.parse().ok()? }))
        .ok_or_else(|| Invalid("expected UID:GID, two numbers".to_owned()))
}
