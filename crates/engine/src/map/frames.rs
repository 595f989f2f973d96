//! How pairs of user and PID namespaces are nested.

use std::collections::{BTreeSet, HashMap};

use super::cells::{Cells, Pair};

/// The pairs that there are, each behind the one that it is in.
pub(super) struct Frames {
    pub(super) frames: Vec<Frame>,
    place: HashMap<Pair, usize>,
}

/// A pair, and what it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) pair: Pair,
    pub(super) parent: Option<usize>,
    depth: usize,
}

impl Frames {
    pub(super) fn of(cells: &Cells) -> Self {
        let mut pairs: BTreeSet<Pair> = cells.of.keys().map(|cell| cell.pair).collect();
        pairs.remove(&cells.root);
        let depth = |pair: &Pair| cells.depth(pair.user) + cells.depth(pair.pid);
        let mut pairs: Vec<Pair> = pairs.into_iter().collect();
        // What a pair can be in is less deep.
        pairs.sort_by_key(|pair| (depth(pair), *pair));
        let mut frames = vec![Frame { pair: cells.root, parent: None, depth: 0 }];
        for pair in pairs {
            let around = |frame: &Frame| {
                cells.is_above(frame.pair.user, pair.user) && cells.is_above(frame.pair.pid, pair.pid)
            };
            // The deepest; rather one of the same user namespace.
            let parent = (0..frames.len())
                .filter(|&place| around(&frames[place]))
                .max_by_key(|&place| (depth(&frames[place].pair), frames[place].pair.user == pair.user))
                .unwrap_or(0);
            frames.push(Frame { pair, parent: Some(parent), depth: frames[parent].depth + 1 });
        }
        let place = frames.iter().enumerate().map(|(place, frame)| (frame.pair, place)).collect();
        Self { frames, place }
    }

    pub(super) fn place(&self, pair: Pair) -> usize {
        self.place[&pair]
    }

    /// The innermost frame that both are in.
    pub(super) fn common(&self, mut one: usize, mut other: usize) -> usize {
        while one != other {
            let deeper =
                if self.frames[one].depth >= self.frames[other].depth { &mut one } else { &mut other };
            *deeper = self.frames[*deeper].parent.unwrap_or(0);
        }
        one
    }

    /// The frame at `place`, what it is in, and so on.
    pub(super) fn outwards(&self, place: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(place), |&place| self.frames[place].parent)
    }
}
