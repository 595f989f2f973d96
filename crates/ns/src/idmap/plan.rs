//! Who has to write a map, decided before the process exists: `user_namespaces(7)`, "Defining user and group ID
//! mappings".

use std::ffi::CString;

use rustix::thread::CapabilitySet;

use super::extent::Extent;
use super::helper::HelperError;
use super::map::IdMap;
use super::maps::{IdMaps, SetGroups};
use super::sources::{IdKind, IdSources, ParentMapError};
use super::subid::{Origin, SubIdError, SubIds};

/// What decides which maps a process may write: its ids, and its capabilities in its own user namespace, which will
/// be the parent of the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Real user id.
    pub uid: u32,
    /// Real group id.
    pub gid: u32,
    /// Effective user id, which will own the namespace.
    pub euid: u32,
    /// Effective group id.
    pub egid: u32,
    /// Effective capabilities.
    pub capabilities: CapabilitySet,
}

impl Caller {
    /// This process.
    #[must_use]
    pub fn current() -> Self {
        // Under a seccomp filter that hides capget(2), count on none: the maps for ordinary users still work.
        let capabilities =
            rustix::thread::capabilities(None).map_or_else(|_| CapabilitySet::empty(), |sets| sets.effective);
        // Two calls instead of four, where none of them is hidden.
        let ids = insula_sys::ids::users().and_then(|users| Ok((users, insula_sys::ids::groups()?)));
        match ids {
            Ok((users, groups)) => Self {
                uid: users.real,
                gid: groups.real,
                euid: users.effective,
                egid: groups.effective,
                capabilities,
            },
            Err(_) => Self {
                uid: rustix::process::getuid().as_raw(),
                gid: rustix::process::getgid().as_raw(),
                euid: rustix::process::geteuid().as_raw(),
                egid: rustix::process::getegid().as_raw(),
                capabilities,
            },
        }
    }

    /// The effective id of this kind.
    #[must_use]
    pub const fn effective(&self, kind: IdKind) -> u32 {
        match kind {
            IdKind::Uid => self.euid,
            IdKind::Gid => self.egid,
        }
    }

    const fn real(&self, kind: IdKind) -> u32 {
        match kind {
            IdKind::Uid => self.uid,
            IdKind::Gid => self.gid,
        }
    }

    fn may_set(&self, kind: IdKind) -> bool {
        self.capabilities.contains(match kind {
            IdKind::Uid => CapabilitySet::SETUID,
            IdKind::Gid => CapabilitySet::SETGID,
        })
    }
}

/// How one map gets into the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Not at all: the map is empty.
    Nothing,
    /// The new process writes this text to its own `uid_map` or `gid_map`, in one `write(2)`.
    Itself(Vec<u8>),
    /// A process outside, in the parent user namespace, writes this text to the new one's.
    Outside(Vec<u8>),
    /// A process outside runs this program, with the PID of the new process before the arguments.
    Helper {
        /// An absolute path.
        program: CString,
        /// What comes after the PID: inside id, outside id, count, and so on.
        arguments: Vec<CString>,
    },
}

/// How the maps of a user namespace get into the kernel. Steps in order: `setgroups`, `gid`, `uid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapPlan {
    /// What to write to `/proc/PID/setgroups`, before the group map; never left out where `gid` needs it.
    pub setgroups: SetGroups,
    /// The user map.
    pub uid: Writing,
    /// The group map.
    pub gid: Writing,
}

/// Why maps can't be written by this caller.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// An id outside doesn't exist in the user namespace that will be the parent.
    #[error("{kind} id {id} does not exist in this user namespace, so `{extent}` cannot be mapped to it")]
    NotInParent {
        /// Which kind of id.
        kind: IdKind,
        /// The first such id.
        id: u32,
        /// The range that has it.
        extent: Extent,
    },
    /// The parent's map is not known.
    #[error("cannot tell which {kind} ids this user namespace has")]
    Parent {
        /// Which kind of id.
        kind: IdKind,
        /// Why.
        #[source]
        source: ParentMapError,
    },
    /// More than one's own id is to be mapped, and none is granted.
    #[error("cannot map {kind} ids `{extent}` without privilege")]
    SubIds {
        /// Which kind of id.
        kind: IdKind,
        /// The first range that would need a grant.
        extent: Extent,
        /// Why there is none.
        #[source]
        source: SubIdError,
    },
    /// An id outside has not been granted, nor is it one's own.
    #[error("{kind} id {id} of `{extent}` is not among those that `{origin}` grants to uid {uid}")]
    NotGranted {
        /// Which kind of id.
        kind: IdKind,
        /// The first such id.
        id: u32,
        /// The range that has it.
        extent: Extent,
        /// Where the grants stand.
        origin: Origin,
        /// The user.
        uid: u32,
    },
    /// A range starts in a granted one and goes past its end.
    #[error("`{extent}` takes {} {kind} ids, and `{origin}` grants {granted} from {} on to uid {uid}",
        extent.count, extent.outside)]
    RangeTooSmall {
        /// Which kind of id.
        kind: IdKind,
        /// The range.
        extent: Extent,
        /// How many ids from its start on are granted.
        granted: u32,
        /// Where the grants stand.
        origin: Origin,
        /// The user.
        uid: u32,
    },
    /// The program that would write it can't.
    #[error("cannot map {kind} ids `{extent}` without privilege")]
    Helper {
        /// Which kind of id.
        kind: IdKind,
        /// The first range that needs the program.
        extent: Extent,
        /// Why not.
        #[source]
        source: HelperError,
    },
    /// `newuidmap` works for a process whose real and effective ids are the same, and ours aren't.
    #[error("`{}` serves no process whose real {kind} id {real} differs from its effective one {effective}",
        kind.helper())]
    TwoIdentities {
        /// Which kind of id.
        kind: IdKind,
        /// The real id.
        real: u32,
        /// The effective id.
        effective: u32,
    },
    /// User 0 outside is to be mapped by someone without the capability for that, since Linux 5.12.
    #[error("mapping user id 0 of this user namespace (`{extent}`) needs CAP_SETFCAP in it")]
    RootWithoutSetFcap {
        /// The range.
        extent: Extent,
    },
    /// `setgroups(2)` is to stay allowed, which an ordinary user's own map does not let it.
    #[error(
        "`setgroups` cannot stay allowed: without CAP_SETGID and granted group ids the kernel wants it denied"
    )]
    SetGroupsAllowed,
    /// `setgroups(2)` is to be allowed in a child of a user namespace where it is denied.
    #[error("`setgroups` is denied in this user namespace, and so in every one below it")]
    SetGroupsDeniedInParent,
}

impl PlanError {
    /// The smallest thing to do about it, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotInParent { .. } => {
                Some("`cat /proc/self/uid_map /proc/self/gid_map` shows the ids that exist here, in the first column \
                      with their number in the third"
                    .to_owned())
            }
            Self::SubIds { source, .. } => source.hint(),
            Self::NotGranted { origin, .. } | Self::RangeTooSmall { origin, .. } => {
                Some(format!("map ids of the ranges in `{origin}`, or have root add one there"))
            }
            Self::Helper { source, .. } => Some(source.hint()),
            Self::SetGroupsAllowed => Some("deny it: `--setgroups deny`".to_owned()),
            Self::Parent { .. }
            | Self::TwoIdentities { .. }
            | Self::RootWithoutSetFcap { .. }
            | Self::SetGroupsDeniedInParent => None,
        }
    }
}

impl IdMaps {
    /// Decides who writes these maps for a namespace that `caller` creates.
    ///
    /// The cheapest way that works: the new process itself, for one's own id alone; else a process outside that has
    /// `CAP_SETUID` or `CAP_SETGID`; else `newuidmap` or `newgidmap`, within the ranges granted. Files of `sources`
    /// are read only for the second and third.
    ///
    /// # Errors
    /// [`PlanError`] if the kernel or the program would refuse.
    pub fn plan(&self, caller: &Caller, sources: &IdSources) -> Result<MapPlan, PlanError> {
        let uid = self.write_uids(caller, sources)?;
        let (gid, setgroups) = self.write_gids(caller, sources)?;
        Ok(MapPlan { setgroups, uid, gid })
    }

    fn write_uids(&self, caller: &Caller, sources: &IdSources) -> Result<Writing, PlanError> {
        let kind = IdKind::Uid;
        let privileged = caller.may_set(kind);
        // The kernel asks this of every writer; `newuidmap` run by its owner passes with root's own capabilities.
        let root = self.uid.extents().iter().find(|extent| extent.outside == 0);
        if let Some(extent) = root
            && (privileged || is_own_id(&self.uid, caller, kind))
            && !caller.capabilities.contains(CapabilitySet::SETFCAP)
        {
            return Err(PlanError::RootWithoutSetFcap { extent: *extent });
        }
        if self.uid.is_empty() {
            Ok(Writing::Nothing)
        } else if is_own_id(&self.uid, caller, kind) {
            Ok(Writing::Itself(text(&self.uid)))
        } else if privileged {
            exists_in_parent(&self.uid, kind, sources)?;
            Ok(Writing::Outside(text(&self.uid)))
        } else {
            helper(&self.uid, kind, caller, sources)
        }
    }

    fn write_gids(&self, caller: &Caller, sources: &IdSources) -> Result<(Writing, SetGroups), PlanError> {
        let kind = IdKind::Gid;
        if self.setgroups == SetGroups::Allow && sources.parent_denies_setgroups() {
            return Err(PlanError::SetGroupsDeniedInParent);
        }
        let own = is_own_id(&self.gid, caller, kind);
        if self.gid.is_empty() {
            Ok((Writing::Nothing, self.setgroups))
        } else if own && (self.setgroups == SetGroups::Deny || !caller.may_set(kind)) {
            if self.setgroups == SetGroups::Allow {
                return Err(PlanError::SetGroupsAllowed);
            }
            Ok((Writing::Itself(text(&self.gid)), SetGroups::Deny))
        } else if caller.may_set(kind) {
            exists_in_parent(&self.gid, kind, sources)?;
            Ok((Writing::Outside(text(&self.gid)), self.setgroups))
        } else {
            // With a granted group among them, and there is one unless the map is `own`, newgidmap denies nothing.
            helper(&self.gid, kind, caller, sources).map(|writing| (writing, self.setgroups))
        }
    }
}

/// Whether the map is the one that the kernel lets anybody write: one's own effective id, whatever it is called inside.
fn is_own_id(map: &IdMap, caller: &Caller, kind: IdKind) -> bool {
    matches!(map.extents(), [extent] if extent.count == 1 && extent.outside == caller.effective(kind))
}

fn text(map: &IdMap) -> Vec<u8> {
    map.to_string().into_bytes()
}

fn exists_in_parent(map: &IdMap, kind: IdKind, sources: &IdSources) -> Result<(), PlanError> {
    let parent = sources.parent_map(kind).map_err(|source| PlanError::Parent { kind, source })?;
    match parent.first_unmapped_in(map) {
        None => Ok(()),
        Some(id) => {
            let holds = |extent: &&Extent| extent.to_inside(id).is_some();
            let extent = *map.extents().iter().find(holds).expect("the id is one of the map's outside ids");
            Err(PlanError::NotInParent { kind, id, extent })
        }
    }
}

/// The call of `newuidmap` or `newgidmap`.
fn helper(map: &IdMap, kind: IdKind, caller: &Caller, sources: &IdSources) -> Result<Writing, PlanError> {
    exists_in_parent(map, kind, sources)?;
    let (real, effective) = (caller.real(kind), caller.effective(kind));
    if real != effective {
        return Err(PlanError::TwoIdentities { kind, real, effective });
    }
    let foreign = map.extents().iter().find(|extent| **extent != Extent::single(extent.inside, real));
    let extent = *foreign.unwrap_or(&map.extents()[0]);
    let subids =
        sources.subids(kind, caller.uid).map_err(|source| PlanError::SubIds { kind, extent, source })?;
    let program = sources.helper(kind).map_err(|source| PlanError::Helper { kind, extent, source })?;
    let mut arguments = Vec::new();
    for extent in map.extents() {
        within_grants(*extent, kind, caller, &subids, &mut arguments)?;
    }
    let arguments = arguments.iter().flat_map(|piece| [piece.inside, piece.outside, piece.count]);
    let arguments = arguments.map(|id| CString::new(id.to_string()).expect("digits hold no NUL")).collect();
    Ok(Writing::Helper { program, arguments })
}

/// Appends `extent` in pieces that are each granted, or one's own id: `newuidmap` takes no piece that is both.
fn within_grants(
    extent: Extent,
    kind: IdKind,
    caller: &Caller,
    subids: &SubIds,
    pieces: &mut Vec<Extent>,
) -> Result<(), PlanError> {
    let mut done = 0;
    while done < extent.count {
        let id = extent.outside + done;
        let run = match subids.run_from(id, extent.count - done) {
            0 if id == caller.real(kind) => 1,
            run => run,
        };
        let origin = || subids.origin().clone();
        match (run, done) {
            (0, 0) => {
                return Err(PlanError::NotGranted { kind, id, extent, origin: origin(), uid: caller.uid });
            }
            (0, granted) => {
                return Err(PlanError::RangeTooSmall {
                    kind,
                    extent,
                    granted,
                    origin: origin(),
                    uid: caller.uid,
                });
            }
            _ => pieces.push(Extent { inside: extent.inside + done, outside: id, count: run }),
        }
        done += run;
    }
    Ok(())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
