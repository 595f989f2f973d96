//! Both maps of a user namespace, and its word on `setgroups(2)`.

use super::extent::Extent;
use super::map::{IdMap, MapError};

/// Whether processes in a user namespace may call `setgroups(2)`: `/proc/PID/setgroups`, `user_namespaces(7)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SetGroups {
    /// They may, which is the kernel's default.
    Allow,
    /// They may not, for good, which is what lets an ordinary process write its own group map.
    Deny,
    /// As it comes: denied where the map can't be written otherwise, else left alone.
    #[default]
    Unchanged,
}

/// All that is written into a new user namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdMaps {
    /// User ids; empty to leave them unmapped.
    pub uid: IdMap,
    /// Group ids; empty to leave them unmapped.
    pub gid: IdMap,
    /// What becomes of `setgroups(2)`.
    pub setgroups: SetGroups,
}

impl IdMaps {
    /// Root inside is the user `uid` and the group `gid` outside; no other id exists.
    ///
    /// # Errors
    /// [`MapError::PastEnd`] if one of them is 4294967295.
    pub fn root_only(uid: u32, gid: u32) -> Result<Self, MapError> {
        Ok(Self { uid: IdMap::single(0, uid)?, gid: IdMap::single(0, gid)?, setgroups: SetGroups::Deny })
    }

    /// `uid` and `gid` are the same inside and outside; no other id exists.
    ///
    /// # Errors
    /// [`MapError::PastEnd`] if one of them is 4294967295.
    pub fn keep_my_id(uid: u32, gid: u32) -> Result<Self, MapError> {
        Ok(Self { uid: IdMap::single(uid, uid)?, gid: IdMap::single(gid, gid)?, setgroups: SetGroups::Deny })
    }

    /// Whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.uid.is_empty() && self.gid.is_empty() && self.setgroups == SetGroups::Unchanged
    }
}

/// `ranges` of outside ids stacked one on the other from the inside id `from` on.
pub(super) fn stack(from: u32, ranges: impl Iterator<Item = (u32, u32)>) -> Vec<Extent> {
    let mut inside = from;
    ranges
        .map(|(outside, count)| {
            let extent = Extent { inside, outside, count };
            // Past the highest id the check of the map says so; it must not wrap here.
            inside = inside.saturating_add(count);
            extent
        })
        .collect()
}
