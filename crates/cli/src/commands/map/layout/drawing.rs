//! A picture, as shapes with places. The unit is the pixel, the origin the upper left corner.

use insula_engine::map::LineKind;

use super::Line;

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::commands::map) struct Drawing {
    pub(in crate::commands::map) width: i32,
    pub(in crate::commands::map) height: i32,
    /// The rooms, each behind the one that it is in.
    pub(in crate::commands::map) rooms: Vec<RoomShape>,
    pub(in crate::commands::map) tabs: Vec<TabShape>,
    pub(in crate::commands::map) wires: Vec<Wire>,
    pub(in crate::commands::map) lanes: Vec<Lane>,
}

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands::map) struct Point {
    pub(in crate::commands::map) x: i32,
    pub(in crate::commands::map) y: i32,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::commands::map) struct Rect {
    pub(in crate::commands::map) x: i32,
    pub(in crate::commands::map) y: i32,
    pub(in crate::commands::map) width: i32,
    pub(in crate::commands::map) height: i32,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::map) struct RoomShape {
    /// Its index in the map.
    pub(in crate::commands::map) room: usize,
    pub(in crate::commands::map) rect: Rect,
    /// Where its text begins: the left edge and the top of the first line.
    pub(in crate::commands::map) text: Point,
    pub(in crate::commands::map) lines: Vec<Line>,
}

/// An interface or a published port, on a room's wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::map) struct TabShape {
    pub(in crate::commands::map) room: usize,
    pub(in crate::commands::map) rect: Rect,
    pub(in crate::commands::map) style: TabStyle,
    pub(in crate::commands::map) name: String,
    /// Addresses, or what else stands below the name.
    pub(in crate::commands::map) below: Vec<String>,
    /// All that is known of it, for who points at it.
    pub(in crate::commands::map) title: String,
    pub(in crate::commands::map) up: bool,
}

/// What a tab stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::commands::map) enum TabStyle {
    Interface,
    /// A bridge, bond or VRF.
    Master,
    /// Many interfaces.
    Bundle,
    Published,
}

/// A line between ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::map) struct Wire {
    /// The indices of the map's lines that run here.
    pub(in crate::commands::map) lines: Vec<usize>,
    pub(in crate::commands::map) kind: LineKind,
    pub(in crate::commands::map) points: Vec<Point>,
}

/// The line between a port and its bridge, inside a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::map) struct Lane {
    pub(in crate::commands::map) room: usize,
    pub(in crate::commands::map) points: Vec<Point>,
}

impl Drawing {
    /// Adds `other`, moved by (`x`, `y`).
    pub(super) fn add(&mut self, other: Self, x: i32, y: i32) {
        let moved = |points: &mut Vec<Point>| {
            for point in points {
                (point.x, point.y) = (point.x + x, point.y + y);
            }
        };
        self.rooms.extend(other.rooms.into_iter().map(|mut room| {
            (room.rect.x, room.rect.y) = (room.rect.x + x, room.rect.y + y);
            (room.text.x, room.text.y) = (room.text.x + x, room.text.y + y);
            room
        }));
        self.tabs.extend(other.tabs.into_iter().map(|mut tab| {
            (tab.rect.x, tab.rect.y) = (tab.rect.x + x, tab.rect.y + y);
            tab
        }));
        self.wires.extend(other.wires.into_iter().map(|mut wire| {
            moved(&mut wire.points);
            wire
        }));
        self.lanes.extend(other.lanes.into_iter().map(|mut lane| {
            moved(&mut lane.points);
            lane
        }));
    }
}
