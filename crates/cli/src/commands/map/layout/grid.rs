//! A block of rooms, drawn: rows on both sides of a line from the port that they hang on.

use super::blocks::Block;
use super::build::{Builder, Size};
use super::drawing::Point;
use super::plan::Side;
use super::tile::{Pin, Tile};

/// Rooms that hang on one port: rows on both sides of a line from there.
pub(super) fn build(builder: &Builder<'_>, block: &Block) -> Tile {
    /// Between two columns, on both sides of the trunk, and above each row.
    const BETWEEN: i32 = 14;
    const TRUNK: i32 = 30;
    const RAIL: i32 = 20;
    let tiles: Vec<Tile> = block.nodes.iter().map(|&node| builder.node(node)).collect();
    let least = Size {
        width: tiles.iter().map(Tile::width).max().unwrap_or(0),
        height: tiles.iter().map(Tile::height).max().unwrap_or(0),
    };
    // All as large as the largest, so that they stand in line.
    let tiles: Vec<Tile> = block.nodes.iter().map(|&node| builder.node_of(node, least)).collect();
    let cell = (least.width + BETWEEN, least.height + RAIL);
    let count = i64::try_from(tiles.len()).unwrap_or(i64::MAX);
    // A little wider than high, and the same on both sides of the trunk.
    let ideal = (count * 17 / 10 * i64::from(cell.1) / i64::from(cell.0)).isqrt().max(1);
    let half = i32::try_from((ideal + 1) / 2).unwrap_or(1).max(1);
    let trunk = half * cell.0 - BETWEEN + TRUNK / 2;
    let mut tile = Tile::default();
    let rows = tiles.len().div_ceil(usize::try_from(half * 2).unwrap_or(1));
    for (index, (inner, &link)) in tiles.into_iter().zip(&block.links).enumerate() {
        let index = i32::try_from(index).unwrap_or(0);
        let (row, column) = (index / (half * 2), index % (half * 2));
        let mut x = column * cell.0;
        if column >= half {
            x += TRUNK - BETWEEN;
        }
        // A narrower one is in the middle of its cell.
        x += (cell.0 - BETWEEN - inner.width()) / 2;
        let top = row * cell.1 + RAIL;
        let pin = [0, 1].into_iter().find_map(|end| inner.pins.get(&(link, end)).map(|pin| (end, *pin)));
        let (end, at) = pin.map_or((0, x + inner.width() / 2), |(end, pin)| (end, x + pin.center()));
        let rail = top - RAIL / 2;
        let points = [(trunk, 0), (trunk, rail), (at, rail), (at, top)].map(|(x, y)| Point { x, y });
        tile.wire(builder.graph, &[link], points.to_vec());
        tile.pins.insert((link, end), Pin::at(Side::Up, trunk));
        tile.drawing.add(inner.drawing, x, top);
    }
    tile.drawing.width = half * 2 * cell.0 - BETWEEN * 2 + TRUNK;
    tile.drawing.height = i32::try_from(rows).unwrap_or(0) * cell.1;
    tile
}
