//! Things without lines between them, in rows like books on shelves.

use super::graph::Graph;
use super::plan::Side;
use super::tile::Tile;

/// Between two things, in pixels.
pub(super) const GAP: i32 = 20;

/// Packs tiles in their order; what has lines that leave stands in a row of its own at that edge.
pub(super) fn pack(graph: &Graph<'_>, tiles: Vec<Tile>) -> Tile {
    let leaves = |tile: &Tile, side| tile.pins.values().any(|pin| pin.side == side);
    let (bound, free): (Vec<Tile>, Vec<Tile>) = tiles.into_iter().partition(|tile| !tile.pins.is_empty());
    let downwards = bound.iter().any(|tile| leaves(tile, Side::Down));
    let upwards = bound.iter().any(|tile| leaves(tile, Side::Up));
    let mut rows: Vec<Vec<Tile>> = Vec::new();
    if bound.is_empty() {
        rows = shelves(free, 0);
    } else if upwards && downwards {
        rows.push(bound.into_iter().chain(free).collect());
    } else {
        let width = bound.iter().map(|tile| tile.width() + GAP).sum::<i32>() - GAP;
        let free = shelves(free, width);
        rows.extend(free);
        rows.insert(if upwards { 0 } else { rows.len() }, bound);
    }
    let height = rows.iter().map(|row| row.iter().map(Tile::height).max().unwrap_or(0) + GAP).sum::<i32>();
    let height = (height - GAP).max(0);
    let mut packed = Tile::default();
    let mut y = 0;
    let mut width = 0;
    for row in rows {
        let row_height = row.iter().map(Tile::height).max().unwrap_or(0);
        let mut x = 0;
        for tile in row {
            let tile_width = tile.width();
            packed.take_in(graph, tile, x, y, height);
            x += tile_width + GAP;
        }
        width = width.max(x - GAP);
        y += row_height + GAP;
    }
    (packed.drawing.width, packed.drawing.height) = (width.max(0), height);
    packed
}

/// Rows of about the same length, at least `least` long, so that all together are a little wider than high.
fn shelves(tiles: Vec<Tile>, least: i32) -> Vec<Vec<Tile>> {
    let area: i64 =
        tiles.iter().map(|tile| i64::from(tile.width() + GAP) * i64::from(tile.height() + GAP)).sum();
    let widest = tiles.iter().map(Tile::width).max().unwrap_or(0);
    let ideal = i32::try_from((area * 16 / 10).isqrt()).unwrap_or(i32::MAX / 4);
    let limit = ideal.max(least).max(widest);
    let mut rows: Vec<Vec<Tile>> = Vec::new();
    let mut used = limit + 1;
    for tile in tiles {
        if used + tile.width() > limit {
            rows.push(Vec::new());
            used = 0;
        }
        used += tile.width() + GAP;
        rows.last_mut().expect("the first tile is wider than what is left of no row").push(tile);
    }
    rows
}
