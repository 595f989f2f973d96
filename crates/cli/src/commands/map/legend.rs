//! What the signs of a picture mean: only those that are in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use insula_engine::map::{LineKind, Map, Presence, RoomKind};

use super::layout::{self, Drawing, Point, Rect, TabShape, TabStyle};
use super::svg;

/// Around it.
pub(super) const MARGIN: i32 = 16;
const HEIGHT: i32 = 34;
/// Between a sign and its word, and between two signs.
const GAP: i32 = 22;

/// The signs, with their words.
#[derive(Debug)]
pub(super) struct Legend {
    entries: Vec<(Sign, &'static str)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Frame(&'static str),
    Tab(TabStyle, bool),
    Wire(&'static str),
}

impl Legend {
    pub(super) fn of(map: &Map, drawing: &Drawing) -> Self {
        let mut entries = Vec::new();
        let has = |class: &dyn Fn(&insula_engine::map::Room) -> bool| map.rooms.iter().any(class);
        let own = |room: &insula_engine::map::Room, kind| {
            room.kind == RoomKind::Namespaces
                && room.namespace(kind).is_some()
                && !matches!(room.network, Some((_, Presence::Home)))
        };
        let shown: BTreeSet<(TabStyle, bool)> = drawing.tabs.iter().map(|tab| (tab.style, tab.up)).collect();
        for (there, sign, word) in [
            (
                has(&|room| matches!(room.network, Some((_, Presence::Home)))),
                Sign::Frame("net"),
                "network namespace",
            ),
            (has(&|room| own(room, insula_ns::Kind::User)), Sign::Frame("user"), "user namespace"),
            (has(&|room| own(room, insula_ns::Kind::Pid)), Sign::Frame("pid"), "PID namespace"),
            (has(&|room| matches!(room.kind, RoomKind::Lab(_))), Sign::Frame("lab"), "lab"),
            (shown.contains(&(TabStyle::Interface, true)), Sign::Tab(TabStyle::Interface, true), "interface"),
            (
                shown.iter().any(|(_, up)| !up),
                Sign::Tab(TabStyle::Interface, false),
                "interface that is down",
            ),
            (
                shown.iter().any(|(style, _)| *style == TabStyle::Master),
                Sign::Tab(TabStyle::Master, true),
                "bridge, bond or VRF",
            ),
            (
                shown.iter().any(|(style, _)| *style == TabStyle::Published),
                Sign::Tab(TabStyle::Published, true),
                "published port, or service of the host",
            ),
            (
                drawing.wires.iter().any(|wire| wire.kind == LineKind::Pair),
                Sign::Wire("wire"),
                "pair of interfaces",
            ),
            (
                drawing.wires.iter().any(|wire| wire.kind == LineKind::OnTop),
                Sign::Wire("wire on-top"),
                "made on top of",
            ),
            (!drawing.lanes.is_empty(), Sign::Wire("lane"), "port of a bridge"),
        ] {
            if there {
                entries.push((sign, word));
            }
        }
        Self { entries }
    }

    pub(super) fn width(&self) -> i32 {
        self.entries.iter().map(|(_, word)| step(word)).sum::<i32>()
    }

    pub(super) fn height(&self) -> i32 {
        if self.entries.is_empty() { 0 } else { HEIGHT }
    }

    /// Drawn with its upper left corner at (`x`, `y`).
    pub(super) fn svg(&self, mut x: i32, y: i32) -> String {
        let mut text = String::from("<g class=\"legend\">\n");
        for (sign, word) in &self.entries {
            match sign {
                Sign::Frame(class) => {
                    let _ = writeln!(
                        text,
                        "<g class=\"{class}\"><rect class=\"wall\" x=\"{x}\" y=\"{}\" width=\"22\" height=\"12\" rx=\"3\"/></g>",
                        y + 2
                    );
                }
                Sign::Tab(style, up) => {
                    let shape = TabShape {
                        room: 0,
                        rect: Rect { x, y: y + 2, width: 22, height: 12 },
                        style: *style,
                        name: String::new(),
                        below: Vec::new(),
                        title: (*word).to_owned(),
                        up: *up,
                    };
                    svg::write_tab(&mut text, &shape);
                }
                Sign::Wire(class) => {
                    let line = [Point { x, y: y + 8 }, Point { x: x + 22, y: y + 8 }];
                    let _ = writeln!(text, "<path class=\"{class}\" d=\"{}\"/>", svg::path(&line));
                }
            }
            let _ = writeln!(text, "<text class=\"note\" x=\"{}\" y=\"{}\">{word}</text>", x + 28, y + 12);
            x += step(word);
        }
        text.push_str("</g>\n");
        text
    }
}

/// From one sign to the next.
fn step(word: &str) -> i32 {
    28 + layout::note_width(word) + GAP
}
