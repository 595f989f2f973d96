//! Whom the command becomes.

use std::borrow::Cow;

use insula_ns::Kind;
use insula_ns::idmap::{Caller, IdSources, SetGroups};
use insula_sandbox::{Identity, Sandbox};

use super::options::Options;
use super::user;
use crate::diagnosis::explain;
use crate::report::Failure;

/// Who the command becomes: whom the options name, or root where the new user namespace has no number for the caller.
pub(super) fn of(sandbox: &Sandbox, options: &Options) -> Result<Identity, Failure> {
    let words = &options.user.words;
    if words.is_empty() {
        let (uid, gid) = sandbox.namespaces.file_ids();
        let becomes_root = uid.is_some() || gid.is_some();
        // The caller's groups have no number there either, but open files as they do here.
        let groups = (becomes_root && may_set_groups(sandbox)?).then(Vec::new);
        return Ok(Identity { uid, gid, groups, ..Identity::default() });
    }
    let root = options.files.rootfs.as_deref().map(user::RootFiles::open).transpose()?;
    user::identity(words, root.as_ref(), || may_set_groups(sandbox))
}

/// Whether `setgroups(2)` will be allowed where the command is.
fn may_set_groups(sandbox: &Sandbox) -> Result<bool, Failure> {
    if !sandbox.namespaces.new.contains(Kind::User) {
        return Ok(true);
    }
    // Without a map of groups there is none to set.
    let Some(maps) = sandbox.namespaces.ids.as_ref().filter(|maps| !maps.gid.is_empty()) else {
        return Ok(false);
    };
    let current = || Cow::Owned(Caller::current());
    let caller = sandbox.namespaces.caller.as_ref().map_or_else(current, Cow::Borrowed);
    let plan = maps.plan(&caller, &IdSources::of_this_machine());
    Ok(plan.map_err(|error| explain(&error.into()))?.setgroups != SetGroups::Deny)
}
