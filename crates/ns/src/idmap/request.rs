//! What a user asks for: ranges by number or by word, and which id one's own becomes.

use std::str::FromStr;

use super::extent::{Extent, ParseExtentError, three_ids};
use super::map::{IdMap, MapError};
use super::maps::{IdMaps, SetGroups, stack};
use super::plan::Caller;
use super::sources::{IdKind, IdSources, ParentMapError};
use super::subid::SubIdError;

/// One value of `--map-users` or `--map-groups` of `unshare(1)`.
///
/// ```
/// use insula_ns::idmap::{Extent, Ranges};
/// assert_eq!("auto".parse(), Ok(Ranges::Auto));
/// assert_eq!("0:1000:1".parse(), Ok(Ranges::Extents(vec![Extent::single(0, 1000)])));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ranges {
    /// The first range granted to the user, from 0 on inside.
    Auto,
    /// The first range granted to the user, the same inside as outside.
    Subids,
    /// Every id of the parent user namespace, the same inside as outside.
    All,
    /// These.
    Extents(Vec<Extent>),
}

impl FromStr for Ranges {
    type Err = ParseExtentError;

    /// `auto`, `subids`, `all`, or `INSIDE:OUTSIDE:COUNT[,…]`.
    ///
    /// Also `OUTSIDE,INSIDE,COUNT`, which `unshare(1)` took before util-linux 2.39 and still takes.
    fn from_str(text: &str) -> Result<Self, ParseExtentError> {
        match text {
            "auto" => return Ok(Self::Auto),
            "subids" => return Ok(Self::Subids),
            "all" => return Ok(Self::All),
            _ => {}
        }
        if let Some([outside, inside, count]) = three_ids(text.split(',')) {
            return Ok(Self::Extents(vec![Extent { inside, outside, count }]));
        }
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self::Extents)
    }
}

/// A map as asked for, which the machine's files turn into an [`IdMap`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdRequest {
    /// The id inside that the caller's effective one becomes: `--map-user`, `--map-group`.
    ///
    /// Where the ranges have this id too, or the caller's own outside, they make room: [`IdMap::with_pinned`].
    pub own: Option<u32>,
    /// The ranges, all of them together: `--map-users`, `--map-groups`.
    pub ranges: Vec<Ranges>,
}

/// Why a request comes to no map.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The ranges of the user, which were asked for, are not known.
    #[error("cannot map the {kind} ids granted to the user")]
    SubIds {
        /// Which kind of id.
        kind: IdKind,
        /// Why.
        #[source]
        source: SubIdError,
    },
    /// The ids of the parent, which were asked for, are not known.
    #[error("cannot map all {kind} ids of the parent user namespace")]
    Parent {
        /// Which kind of id.
        kind: IdKind,
        /// Why.
        #[source]
        source: ParentMapError,
    },
    /// The result is no map.
    #[error("invalid map of {kind} ids")]
    Map {
        /// Which kind of id.
        kind: IdKind,
        /// Why.
        #[source]
        source: MapError,
    },
}

impl ResolveError {
    /// The smallest thing to do about it, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::SubIds { source, .. } => source.hint(),
            Self::Parent { .. } | Self::Map { .. } => None,
        }
    }
}

impl IdRequest {
    /// The map that this asks for; empty if it asks for nothing.
    ///
    /// Reads a file only for a word that needs it.
    ///
    /// # Errors
    /// [`ResolveError`].
    pub fn resolve(&self, kind: IdKind, caller: &Caller, sources: &IdSources) -> Result<IdMap, ResolveError> {
        let mut extents = Vec::new();
        for ranges in &self.ranges {
            ranges.append_to(&mut extents, kind, caller, sources)?;
        }
        let map = match self.own {
            Some(own) => IdMap::with_pinned(Extent::single(own, caller.effective(kind)), &extents),
            None => IdMap::new(extents),
        };
        map.map_err(|source| ResolveError::Map { kind, source })
    }
}

impl Ranges {
    fn append_to(
        &self,
        extents: &mut Vec<Extent>,
        kind: IdKind,
        caller: &Caller,
        sources: &IdSources,
    ) -> Result<(), ResolveError> {
        let subids =
            || sources.subids(kind, caller.euid).map_err(|source| ResolveError::SubIds { kind, source });
        match self {
            Self::Auto => extents.push(subids()?.first().onto_zero()),
            Self::Subids => extents.push(subids()?.first().identity()),
            Self::All => {
                let parent =
                    sources.parent_map(kind).map_err(|source| ResolveError::Parent { kind, source })?;
                extents.extend(parent.pass_through().extents());
            }
            Self::Extents(given) => extents.extend(given),
        }
        Ok(())
    }
}

impl IdMaps {
    /// Root inside is the caller; all ids granted to the caller follow from 1 on.
    ///
    /// # Errors
    /// [`ResolveError`], if there are none, or too many to count.
    pub fn all_subids(caller: &Caller, sources: &IdSources) -> Result<Self, ResolveError> {
        let map = |kind| {
            let subids =
                sources.subids(kind, caller.euid).map_err(|source| ResolveError::SubIds { kind, source })?;
            let root = Extent::single(0, caller.effective(kind));
            IdMap::with_pinned(root, &stack(1, subids.distinct().into_iter()))
                .map_err(|source| ResolveError::Map { kind, source })
        };
        Ok(Self { uid: map(IdKind::Uid)?, gid: map(IdKind::Gid)?, setgroups: SetGroups::Unchanged })
    }

    /// Every id of the parent user namespace, the same inside as outside.
    ///
    /// # Errors
    /// [`ResolveError`], if `/proc` isn't there.
    pub fn all(caller: &Caller, sources: &IdSources) -> Result<Self, ResolveError> {
        let request = IdRequest { own: None, ranges: vec![Ranges::All] };
        Self::resolve(&request, &request, caller, sources)
    }

    /// The maps that two requests ask for, with `setgroups(2)` left to what writing them needs.
    ///
    /// # Errors
    /// [`ResolveError`].
    pub fn resolve(
        uid: &IdRequest,
        gid: &IdRequest,
        caller: &Caller,
        sources: &IdSources,
    ) -> Result<Self, ResolveError> {
        Ok(Self {
            uid: uid.resolve(IdKind::Uid, caller, sources)?,
            gid: gid.resolve(IdKind::Gid, caller, sources)?,
            setgroups: SetGroups::Unchanged,
        })
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
