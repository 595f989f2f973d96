//! Layers of nodes, with the lines between them.

use std::collections::{BTreeMap, HashMap};

use super::build::Builder;
use super::channel::{Channel, Connection, Edge, Stub};
use super::columns::settle;
use super::drawing::{Point, Rect};
use super::grid;
use super::layers::{Item, Layers, Spot};
use super::plan::Side;
use super::tile::{Pin, Tile};

/// Between two items of a row.
const GAP: i32 = 28;
/// How wide a line is that only passes through a row.
const THROUGH: i32 = 10;

/// An item, and where it stands.
struct Placed {
    tile: Tile,
    through: bool,
    rect: Rect,
}

pub(super) fn build(builder: &Builder<'_>, layers: &Layers) -> Tile {
    let mut rows: Vec<Vec<Placed>> =
        layers.rows.iter().map(|row| row.iter().map(|item| placed(builder, item)).collect()).collect();
    let pull = Pull::of(layers, &rows);
    align(&mut rows, &pull);
    let mut tile = Tile::default();
    let mut y = 0;
    for row in 0..rows.len() {
        let height = rows[row].iter().map(|item| item.rect.height).max().unwrap_or(0);
        for item in &mut rows[row] {
            item.rect.y = y;
            if item.through {
                item.rect.height = height;
            }
        }
        y += height;
        let next = y;
        let channel = channel(layers, &rows, row, next);
        y += channel.height();
        // Lower ends are at the edge of the next row.
        for (links, mut points) in channel.route(next) {
            for point in &mut points {
                if point.y == i32::MAX {
                    point.y = y;
                }
            }
            tile.wire(builder.graph, &links, points);
        }
    }
    let width = rows.iter().flatten().map(|item| item.rect.x + item.rect.width).max().unwrap_or(0);
    for &(link, side, spot) in &layers.leaving {
        leave(builder, &mut tile, &rows, (link, side, spot), y);
    }
    for (index, row) in rows.into_iter().enumerate() {
        for (place, item) in row.into_iter().enumerate() {
            if let Item::Through(link) = layers.rows[index][place] {
                let x = item.rect.x + item.rect.width / 2;
                let bottom = item.rect.y + item.rect.height;
                let points = vec![Point { x, y: item.rect.y }, Point { x, y: bottom }];
                tile.wire(builder.graph, &[link], points);
            }
            tile.drawing.add(item.tile.drawing, item.rect.x, item.rect.y);
        }
    }
    (tile.drawing.width, tile.drawing.height) = (width, y);
    tile
}

fn placed(builder: &Builder<'_>, item: &Item) -> Placed {
    let tile = match item {
        Item::Node(node) => builder.node(*node),
        Item::Block(block) => grid::build(builder, block),
        Item::Through(_) => Tile::default(),
    };
    let through = matches!(item, Item::Through(_));
    let rect =
        Rect { x: 0, y: 0, width: if through { THROUGH } else { tile.width() }, height: tile.height() };
    Placed { tile, through, rect }
}

impl Placed {
    /// Where a line reaches it, from its own left edge.
    fn pin(&self, link: usize, end: Option<usize>, side: Side) -> Pin {
        let middle = Pin::at(side, self.rect.width / 2);
        let of = |end| self.tile.pins.get(&(link, end)).copied();
        match end {
            Some(end) => of(end).unwrap_or(middle),
            None => middle,
        }
    }
}

/// How lines pull items: for each, the other item, and how far to the right of that it would be.
struct Pull {
    above: HashMap<Spot, Vec<(Spot, i32)>>,
    below: HashMap<Spot, Vec<(Spot, i32)>>,
}

impl Pull {
    fn of(layers: &Layers, rows: &[Vec<Placed>]) -> Self {
        let mut pull = Self { above: HashMap::new(), below: HashMap::new() };
        for piece in layers.pieces.iter().filter(|piece| piece.from.0 != piece.to.0) {
            let upper = rows[piece.from.0][piece.from.1].pin(piece.link, piece.ends[0], Side::Down).center();
            let lower = rows[piece.to.0][piece.to.1].pin(piece.link, piece.ends[1], Side::Up).center();
            pull.above.entry(piece.to).or_default().push((piece.from, upper - lower));
            pull.below.entry(piece.from).or_default().push((piece.to, lower - upper));
        }
        pull
    }
}

fn align(rows: &mut [Vec<Placed>], pull: &Pull) {
    for row in rows.iter_mut() {
        let mut x = 0;
        for item in row {
            item.rect.x = x;
            x += item.rect.width + GAP;
        }
    }
    let count = rows.len();
    for round in 0..7 {
        let from_above = round % 2 == 0;
        let order: Vec<usize> =
            if from_above { (1..count).collect() } else { (0..count.saturating_sub(1)).rev().collect() };
        for row in order {
            let pulls = if from_above { &pull.above } else { &pull.below };
            let mut wanted = Vec::new();
            let mut weights = Vec::new();
            for (place, item) in rows[row].iter().enumerate() {
                let pulled = pulls.get(&(row, place)).map_or(&[][..], Vec::as_slice);
                let sum: i64 = pulled
                    .iter()
                    .map(|&((row, place), offset)| i64::from(rows[row][place].rect.x + offset))
                    .sum();
                let number = i64::try_from(pulled.len()).unwrap_or(i64::MAX);
                wanted.push(if number == 0 { i64::from(item.rect.x) } else { sum / number });
                // Lines that pass through stay straight.
                weights.push(if item.through { 8 } else { number.clamp(1, 8) });
            }
            let widths: Vec<i32> = rows[row].iter().map(|item| item.rect.width).collect();
            let places = settle(&wanted, &weights, &widths, GAP);
            for (item, x) in rows[row].iter_mut().zip(places) {
                item.rect.x = x;
            }
        }
    }
    let left = rows.iter().flatten().map(|item| item.rect.x).min().unwrap_or(0);
    rows.iter_mut().flatten().for_each(|item| item.rect.x -= left);
}

/// The space below a row that ends at `bottom`.
fn channel(layers: &Layers, rows: &[Vec<Placed>], row: usize, bottom: i32) -> Channel {
    let mut merged: BTreeMap<[Stub; 2], Vec<usize>> = BTreeMap::new();
    for piece in layers.pieces.iter().filter(|piece| piece.from.0 == row) {
        let stub = |spot: Spot, end: Option<usize>, edge: Edge| {
            let item = &rows[spot.0][spot.1];
            let side = if edge == Edge::Above { Side::Down } else { Side::Up };
            let pin = item.pin(piece.link, end, side);
            let y = if edge == Edge::Above { item.rect.y + item.rect.height } else { i32::MAX };
            Stub {
                port: (edge, spot.1, pin.low, pin.high),
                low: item.rect.x + pin.low,
                high: item.rect.x + pin.high,
                y: if item.through && edge == Edge::Above { bottom } else { y },
            }
        };
        let to = if piece.to.0 == row { Edge::Above } else { Edge::Below };
        let stubs = [stub(piece.from, piece.ends[0], Edge::Above), stub(piece.to, piece.ends[1], to)];
        merged.entry(stubs).or_default().push(piece.link);
    }
    Channel::new(merged.into_iter().map(|(stubs, links)| Connection { links, stubs }).collect())
}

/// Draws a link on to the edge where it leaves.
fn leave(
    builder: &Builder<'_>,
    tile: &mut Tile,
    rows: &[Vec<Placed>],
    (link, side, spot): (usize, Side, Spot),
    height: i32,
) {
    let item = &rows[spot.0][spot.1];
    // Which end is in here is known from the pins of what has it, or else it passes.
    let own = [0, 1].into_iter().find(|end| item.tile.pins.contains_key(&(link, *end)));
    let x = item.rect.x + item.pin(link, own, side).center();
    let end = own.or_else(|| end_of(rows, link)).unwrap_or(0);
    tile.pins.insert((link, end), Pin::at(side, x));
    let (from, to) = match side {
        Side::Up => (0, item.rect.y),
        Side::Down => (item.rect.y + item.rect.height, height),
    };
    if from < to {
        tile.wire(builder.graph, &[link], vec![Point { x, y: from }, Point { x, y: to }]);
    }
}

fn end_of(rows: &[Vec<Placed>], link: usize) -> Option<usize> {
    let has = |end: &usize| rows.iter().flatten().any(|item| item.tile.pins.contains_key(&(link, *end)));
    [0, 1].into_iter().find(has)
}
