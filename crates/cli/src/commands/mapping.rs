//! Which ids a new user namespace has, in the words of `--map`, `--map-users` and `--map-groups`.

use insula_ns::idmap::{Caller, IdMaps, IdRequest, IdSources, Ranges, ResolveError, SetGroups};

use crate::args::{Arg, Invalid, text};
use crate::report::{Failure, chain};

/// The ids as they were asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Mapping {
    /// A whole map in one word, or what becomes of the caller's own ids beside the ranges.
    pub(super) how: Option<How>,
    /// Ranges of user ids.
    pub(super) users: Vec<Ranges>,
    /// Ranges of group ids.
    pub(super) groups: Vec<Ranges>,
    /// Whether `setgroups(2)` may be called.
    pub(super) setgroups: Option<SetGroups>,
}

/// A map in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Root inside is the caller.
    Root,
    /// The caller's ids are the same inside.
    Keep,
    /// Root inside is the caller, and all subordinate ids follow.
    Auto,
    /// All ids of the parent namespace.
    All,
    /// None are written.
    None,
}

impl How {
    /// The words, for tables of flags.
    pub(super) const WORDS: &'static [&'static str] = &["root", "keep", "auto", "all", "none"];

    /// What `--map` does, for tables of flags.
    pub(super) const DOC: &'static str = "which ids the new user namespace has: root (the caller), keep (the caller's \
                                          own ids), auto (root and all subordinate ids), all (of the parent), none";

    pub(super) fn parse(word: Arg) -> Result<Self, Invalid> {
        match text(word)? {
            "root" => Ok(Self::Root),
            "keep" => Ok(Self::Keep),
            "auto" => Ok(Self::Auto),
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            _ => Err(Invalid("expected root, keep, auto, all or none".to_owned())),
        }
    }
}

/// `allow` or `deny`.
pub(super) fn setgroups(word: Arg) -> Result<SetGroups, Invalid> {
    match text(word)? {
        "allow" => Ok(SetGroups::Allow),
        "deny" => Ok(SetGroups::Deny),
        _ => Err(Invalid("expected allow or deny".to_owned())),
    }
}

impl Mapping {
    /// Whether nothing was said.
    pub(super) const fn is_empty(&self) -> bool {
        self.how.is_none() && !self.lists() && self.setgroups.is_none()
    }

    const fn lists(&self) -> bool {
        !self.users.is_empty() || !self.groups.is_empty()
    }

    /// The maps: root inside is the caller, unless something else was said. `None` if nothing is to be written.
    pub(super) fn maps(&self, caller: &Caller) -> Result<Option<IdMaps>, Failure> {
        let mut maps = if self.lists() { self.ranges(caller)? } else { self.in_one_word(caller)? };
        if let Some(setgroups) = self.setgroups {
            maps.setgroups = setgroups;
        }
        Ok(Some(maps).filter(|maps| !maps.is_empty() || self.setgroups.is_some()))
    }

    /// The two usual maps need no file to be read.
    fn in_one_word(&self, caller: &Caller) -> Result<IdMaps, Failure> {
        match self.how.unwrap_or(How::Root) {
            How::Root => Ok(IdMaps::root_only(caller.euid, caller.egid)?),
            How::Keep => Ok(IdMaps::keep_my_id(caller.euid, caller.egid)?),
            How::Auto => {
                IdMaps::all_subids(caller, &IdSources::of_this_machine()).map_err(|error| unresolved(&error))
            }
            How::All => {
                IdMaps::all(caller, &IdSources::of_this_machine()).map_err(|error| unresolved(&error))
            }
            How::None => Ok(IdMaps::default()),
        }
    }

    fn ranges(&self, caller: &Caller) -> Result<IdMaps, Failure> {
        let (uid, gid) = match self.how {
            Some(How::Root) => (Some(0), Some(0)),
            Some(How::Keep) => (Some(caller.euid), Some(caller.egid)),
            Some(How::None) | None => (None, None),
            Some(How::Auto | How::All) => {
                return Err(Failure::usage(
                    "`--map auto` and `--map all` are whole maps: they take no further ranges",
                ));
            }
        };
        let users = IdRequest { own: uid, ranges: self.users.clone() };
        let groups = IdRequest { own: gid, ranges: self.groups.clone() };
        IdMaps::resolve(&users, &groups, caller, &IdSources::of_this_machine())
            .map_err(|error| unresolved(&error))
    }
}

/// Why there are no ids to map.
fn unresolved(error: &ResolveError) -> Failure {
    Failure::new(chain(error)).explained(None, error.hint())
}
