//! From the inside out: how large everything is, and where it stands.

use super::Drawing;
use super::drawing::{Point, Rect, RoomShape};
use super::graph::Graph;
use super::plan::Plan;
use super::tile::Tile;
use super::{contents, shelf, stack, walls};

/// Around the picture, and inside each room's walls.
pub(super) const MARGIN: i32 = 16;

/// What the picture is made from.
#[derive(Clone, Copy)]
pub(super) struct Builder<'p> {
    pub(super) graph: &'p Graph<'p>,
    pub(super) plan: &'p Plan,
}

/// Width and height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: i32,
    pub(super) height: i32,
}

pub(super) fn build(graph: &Graph<'_>, plan: &Plan) -> Drawing {
    let builder = Builder { graph, plan };
    let machine = builder.node(plan.nodes.len() - 1);
    let mut drawing = Drawing::default();
    let (width, height) = (machine.width() + 2 * MARGIN, machine.height() + 2 * MARGIN);
    drawing.add(machine.drawing, MARGIN, MARGIN);
    (drawing.width, drawing.height) = (width, height);
    drawing
}

impl Builder<'_> {
    /// A node of the plan, with all in it.
    pub(super) fn node(&self, node: usize) -> Tile {
        self.node_of(node, Size::default())
    }

    /// A node that is at least as large as is said, if it is a room.
    pub(super) fn node_of(&self, node: usize, least: Size) -> Tile {
        let node = &self.plan.nodes[node];
        let components = node.stack.components.iter().map(|layers| stack::build(self, layers));
        let loose = node.stack.loose.iter().map(|&node| self.node(node));
        let inner = shelf::pack(self.graph, components.chain(loose).collect());
        match node.room {
            None => inner,
            Some(room) if self.graph.interfaces(room).is_empty() && !self.has_ports(room) => {
                self.frame(room, inner, least)
            }
            Some(room) => walls::room(self, room, inner, least),
        }
    }

    fn has_ports(&self, room: usize) -> bool {
        !self.graph.captions.ports(room).is_empty()
    }

    /// A room without ports, around others.
    fn frame(&self, room: usize, inner: Tile, least: Size) -> Tile {
        let lines = contents::lines(self.graph, room);
        let text = contents::size(&lines);
        let between = if inner.height() > 0 && text.1 > 0 { 14 } else { 0 };
        let inner_top = MARGIN - 4 + text.1 + between;
        let width = (text.0.max(inner.width()) + 2 * MARGIN).max(contents::NARROWEST).max(least.width);
        let bottom = if inner.height() > 0 { MARGIN } else { 10 };
        let height = (inner_top + inner.height() + bottom).max(least.height);
        let mut tile = Tile::default();
        tile.drawing.rooms.push(RoomShape {
            room,
            rect: Rect { x: 0, y: 0, width, height },
            text: Point { x: MARGIN - 2, y: MARGIN - 4 },
            lines,
        });
        let x = if inner.pins.is_empty() { MARGIN } else { (width - inner.width()) / 2 };
        tile.take_in(self.graph, inner, x, inner_top, height);
        (tile.drawing.width, tile.drawing.height) = (width, height);
        tile
    }
}
