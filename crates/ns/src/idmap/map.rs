//! A validated map of one sort of id, and the arithmetic on it.

use std::fmt;

use super::extent::{Extent, three_ids};

/// A map of user ids, or of group ids, that the kernel's own checks let pass.
///
/// Sorted by the inside ids, with neighbours joined: the kernel does not care about order, so that means the same.
/// An empty map is one that isn't written.
///
/// ```
/// use insula_ns::idmap::{Extent, IdMap};
/// let map = IdMap::new([Extent { inside: 1, outside: 100_000, count: 65535 }, Extent::single(0, 1000)])?;
/// assert_eq!(map.to_string(), "0 1000 1\n1 100000 65535\n");
/// assert_eq!(map.to_outside(2), Some(100_001));
/// # Ok::<(), insula_ns::idmap::MapError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdMap(Vec<Extent>);

/// One of the two sides of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In the user namespace that has the map.
    Inside,
    /// In its parent.
    Outside,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
        })
    }
}

/// Why a list of ranges is no map: what the kernel would answer with `EINVAL`, `user_namespaces(7)`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// A range of no ids.
    #[error("range `{extent}` has a count of 0")]
    Empty {
        /// The range.
        extent: Extent,
    },
    /// A range that goes past the highest id; 4294967295 stands for "no id".
    #[error("range `{extent}` runs past the highest id {side}, 4294967294")]
    PastEnd {
        /// The range.
        extent: Extent,
        /// The side on which it does.
        side: Side,
    },
    /// Two ranges that share an id.
    #[error("ranges `{first}` and `{second}` overlap: both have id {id} {side}")]
    Overlap {
        /// The range that starts lower.
        first: Extent,
        /// The other.
        second: Extent,
        /// The lowest id that both have.
        id: u32,
        /// The side on which they do.
        side: Side,
    },
    /// More ranges than the kernel keeps.
    #[error("the map has {count} ranges, and the kernel takes at most {}", IdMap::MAX_EXTENTS)]
    TooMany {
        /// How many there are after joining neighbours.
        count: usize,
    },
    /// More text than the kernel takes in the single write that it allows.
    #[error("the map is {bytes} bytes long, and the kernel takes less than one page, {}", IdMap::PAGE)]
    TooLong {
        /// Its length as the kernel would read it.
        bytes: usize,
    },
}

/// Why a text is not a map as the kernel prints it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseMapError {
    /// A line that is not three numbers.
    #[error("line {number} of the id map, `{line}`, is not three numbers")]
    Line {
        /// Counted from 1.
        number: usize,
        /// The line.
        line: String,
    },
    /// Lines that make no map together.
    #[error("the lines are no id map")]
    Map {
        /// Why not.
        #[source]
        source: MapError,
    },
}

impl IdMap {
    /// The most ranges that a map may have, since Linux 4.15.
    pub const MAX_EXTENTS: usize = 340;
    /// The text of a map must be shorter, in bytes. The kernel's limit is its page, of which this is the smallest.
    pub const PAGE: usize = 4096;

    /// The map of these ranges, in any order.
    ///
    /// # Errors
    /// [`MapError`]: what the kernel would refuse.
    pub fn new(extents: impl IntoIterator<Item = Extent>) -> Result<Self, MapError> {
        let map = Self::checked(extents.into_iter().collect(), false)?;
        let bytes = map.to_string().len();
        if bytes >= Self::PAGE { Err(MapError::TooLong { bytes }) } else { Ok(map) }
    }

    /// The one id `inside`, standing for `outside`.
    ///
    /// # Errors
    /// [`MapError::PastEnd`] if one of them is 4294967295.
    pub fn single(inside: u32, outside: u32) -> Result<Self, MapError> {
        Self::new([Extent::single(inside, outside)])
    }

    /// Reads a map as the kernel prints it in `/proc/PID/uid_map`.
    ///
    /// Ids that the reading process's user namespace lacks come as [`Extent::UNSEEN`], and stay that.
    ///
    /// # Errors
    /// [`ParseMapError`] if the text is something else.
    pub fn from_proc(text: &str) -> Result<Self, ParseMapError> {
        let mut extents = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let [inside, outside, count] = three_ids(line.split_ascii_whitespace())
                .ok_or_else(|| ParseMapError::Line { number: index + 1, line: line.to_owned() })?;
            extents.push(Extent { inside, outside, count });
        }
        Self::checked(extents, true).map_err(|source| ParseMapError::Map { source })
    }

    fn checked(mut extents: Vec<Extent>, unseen: bool) -> Result<Self, MapError> {
        for extent in &extents {
            if extent.count == 0 {
                return Err(MapError::Empty { extent: *extent });
            }
            if extent.inside.checked_add(extent.count).is_none() {
                return Err(MapError::PastEnd { extent: *extent, side: Side::Inside });
            }
            if (extent.is_seen() || !unseen) && extent.outside.checked_add(extent.count).is_none() {
                return Err(MapError::PastEnd { extent: *extent, side: Side::Outside });
            }
        }
        extents.sort_unstable_by_key(|extent| extent.outside);
        let seen = extents.partition_point(Extent::is_seen);
        no_overlap(&extents[..seen], Side::Outside, |extent| extent.outside)?;
        extents.sort_unstable_by_key(|extent| extent.inside);
        no_overlap(&extents, Side::Inside, |extent| extent.inside)?;
        let map = Self(join_neighbours(extents));
        if map.0.len() > Self::MAX_EXTENTS { Err(MapError::TooMany { count: map.0.len() }) } else { Ok(map) }
    }

    /// The ranges, by their inside ids.
    #[must_use]
    pub fn extents(&self) -> &[Extent] {
        &self.0
    }

    /// Whether no id is mapped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many ids are mapped.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.0.iter().map(|extent| extent.count).sum()
    }

    /// The id in the parent user namespace that `inside` stands for.
    #[must_use]
    pub fn to_outside(&self, inside: u32) -> Option<u32> {
        let after = self.0.partition_point(|extent| extent.inside <= inside);
        self.0[..after].last()?.to_outside(inside)
    }

    /// The id inside that stands for `outside` of the parent user namespace.
    #[must_use]
    pub fn to_inside(&self, outside: u32) -> Option<u32> {
        self.0.iter().find_map(|extent| extent.to_inside(outside))
    }

    /// Every id of the namespace whose map this is, passed through one to one to a child of it.
    #[must_use]
    pub fn pass_through(&self) -> Self {
        let same = |extent: &Extent| Extent { outside: extent.inside, ..*extent };
        Self(join_neighbours(self.0.iter().map(same).collect()))
    }

    /// The first outside id of `child` that a namespace with this map lacks, so that the kernel would refuse it.
    #[must_use]
    pub fn first_unmapped_in(&self, child: &Self) -> Option<u32> {
        child.0.iter().find_map(|wanted| {
            let end = wanted.outside.saturating_add(wanted.count);
            let mut next = wanted.outside;
            // Ours are sorted by inside ids, which are the child's outside ids.
            for own in &self.0 {
                if own.inside <= next && next - own.inside < own.count {
                    next = own.inside + own.count;
                }
            }
            (next < end).then_some(next)
        })
    }

    /// The ranges `extents` with `pinned` put on top, each moved up so that neither of its ids is used twice.
    ///
    /// Below `pinned`'s ids nothing moves. Above them each side skips the id that is taken, so a range keeps its
    /// order and may lose its topmost id: what `--map-user` does to `--map-users` in `unshare(1)`.
    ///
    /// # Errors
    /// [`MapError`] if the ranges make no map among themselves.
    pub fn with_pinned(pinned: Extent, extents: &[Extent]) -> Result<Self, MapError> {
        Self::checked(extents.to_vec(), false)?;
        let mut all = vec![pinned];
        for extent in extents {
            split_around(pinned, *extent, &mut all);
        }
        Self::new(all)
    }
}

/// Appends what is left of `extent` when both ids of `pinned`, one id long, are taken out of it.
fn split_around(pinned: Extent, extent: Extent, pieces: &mut Vec<Extent>) {
    // Offsets at which the two sides skip an id; a skip past the end never happens.
    let skip_inside = pinned.inside.checked_sub(extent.inside).filter(|at| *at < extent.count);
    let skip_outside = pinned.outside.checked_sub(extent.outside).filter(|at| *at < extent.count);
    let count = extent.count - u32::from(skip_inside.is_some() || skip_outside.is_some());
    let inside = |at: u32| extent.inside + at + u32::from(skip_inside.is_some_and(|skip| skip <= at));
    let outside = |at: u32| extent.outside + at + u32::from(skip_outside.is_some_and(|skip| skip <= at));
    let mut cuts = [0, skip_inside.unwrap_or(0).min(count), skip_outside.unwrap_or(0).min(count), count];
    cuts.sort_unstable();
    for pair in cuts.windows(2).filter(|pair| pair[0] < pair[1]) {
        pieces.push(Extent { inside: inside(pair[0]), outside: outside(pair[0]), count: pair[1] - pair[0] });
    }
}

fn no_overlap(sorted: &[Extent], side: Side, start: impl Fn(&Extent) -> u32) -> Result<(), MapError> {
    let clash = sorted.windows(2).find(|pair| start(&pair[1]) - start(&pair[0]) < pair[0].count);
    clash.map_or(Ok(()), |pair| {
        Err(MapError::Overlap { first: pair[0], second: pair[1], id: start(&pair[1]), side })
    })
}

fn join_neighbours(sorted: Vec<Extent>) -> Vec<Extent> {
    let mut joined: Vec<Extent> = Vec::with_capacity(sorted.len());
    for extent in sorted {
        match joined.last_mut() {
            Some(last)
                if last.is_seen()
                    && last.inside + last.count == extent.inside
                    && last.outside + last.count == extent.outside =>
            {
                last.count += extent.count;
            }
            _ => joined.push(extent),
        }
    }
    joined
}

impl fmt::Display for IdMap {
    /// The lines that go into `/proc/PID/uid_map`, each ended by a newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|extent| writeln!(f, "{} {} {}", extent.inside, extent.outside, extent.count))
    }
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
