//! Something that is drawn, with the places where lines reach it.

use std::collections::HashMap;

use super::drawing::{Drawing, Point, Wire};
use super::graph::Graph;
use super::plan::Side;

/// A part of the picture; its drawing's origin is its upper left corner.
#[derive(Debug, Default)]
pub(super) struct Tile {
    pub(super) drawing: Drawing,
    /// Where lines reach its upper or lower edge, by link and end.
    pub(super) pins: HashMap<(usize, usize), Pin>,
}

/// Where a line may reach an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pin {
    pub(super) side: Side,
    /// From here …
    pub(super) low: i32,
    /// … to here.
    pub(super) high: i32,
}

impl Pin {
    pub(super) const fn at(side: Side, x: i32) -> Self {
        Self { side, low: x, high: x }
    }

    pub(super) const fn center(self) -> i32 {
        i32::midpoint(self.low, self.high)
    }
}

impl Tile {
    pub(super) const fn width(&self) -> i32 {
        self.drawing.width
    }

    pub(super) const fn height(&self) -> i32 {
        self.drawing.height
    }

    /// Puts `inner` into it, at (`x`, `y`), and draws the lines that leave `inner` on to the edges of a tile of
    /// `height`.
    pub(super) fn take_in(&mut self, graph: &Graph<'_>, inner: Self, x: i32, y: i32, height: i32) {
        let bottom = y + inner.height();
        let mut pins: Vec<((usize, usize), Pin)> = inner.pins.into_iter().collect();
        pins.sort_unstable();
        for ((link, end), pin) in pins {
            let at = pin.center() + x;
            let (from, to) = match pin.side {
                Side::Up => (0, y),
                Side::Down => (bottom, height),
            };
            self.pins.insert((link, end), Pin::at(pin.side, at));
            if from < to {
                self.wire(graph, &[link], vec![Point { x: at, y: from }, Point { x: at, y: to }]);
            }
        }
        self.drawing.add(inner.drawing, x, y);
    }

    /// Draws a line for some links.
    pub(super) fn wire(&mut self, graph: &Graph<'_>, links: &[usize], points: Vec<Point>) {
        let mut of: Vec<usize> = links.iter().map(|&link| graph.lines[link].line).collect();
        of.sort_unstable();
        of.dedup();
        let kind = graph.map.lines[of[0]].kind;
        self.drawing.wires.push(Wire { lines: of, kind, points });
    }
}
