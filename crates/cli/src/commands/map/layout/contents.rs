//! The text in a room.

use insula_engine::map::{Map, RoomKind};
use insula_ns::Kind;

use super::graph::Graph;
use super::measure::{Font, clipped, width};

/// How much is shown, so that it can still be looked at as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands::map) struct Detail {
    /// Processes in each room.
    pub(super) processes: usize,
    /// Addresses of each interface.
    pub(super) addresses: usize,
    /// Interfaces without lines of each room.
    pub(super) ports: usize,
    /// The width of a text in pixels.
    text: i32,
    /// The width of a tab's text.
    pub(super) tab: i32,
}

/// No room is narrower.
pub(super) const NARROWEST: i32 = 96;

/// A line of text, or of signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::map) struct Line {
    pub(in crate::commands::map) style: LineStyle,
    /// As it is shown.
    pub(in crate::commands::map) text: String,
    /// The whole, if that is more.
    pub(in crate::commands::map) title: Option<String>,
    /// The kinds of namespaces whose signs stand in front, or behind a process.
    pub(in crate::commands::map) kinds: Vec<Kind>,
}

/// What a line of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands::map) enum LineStyle {
    Title,
    /// Only signs.
    Kinds,
    Process,
    Note,
}

impl Detail {
    /// For as many rooms as the map has.
    pub(super) fn of(map: &Map) -> Self {
        let (processes, addresses, ports, text, tab) = match map.rooms.len() {
            0..=8 => (10, 3, 12, 420, 230),
            9..=24 => (6, 2, 8, 320, 190),
            25..=80 => (3, 2, 4, 220, 150),
            _ => (1, 1, 2, 150, 136),
        };
        Self { processes, addresses, ports, text, tab }
    }
}

/// What stands in a room.
pub(super) fn lines(graph: &Graph<'_>, room: usize) -> Vec<Line> {
    let (of, detail) = (&graph.map.rooms[room], graph.detail);
    let line = |style, text: &str, font, title: Option<String>| {
        let shown = clipped(text, font, detail.text);
        let title = title.or_else(|| (shown != text).then(|| text.to_owned()));
        Line { style, text: shown, title, kinds: Vec::new() }
    };
    let mut lines = vec![line(
        LineStyle::Title,
        graph.captions.title(room),
        Font::Title,
        Some(graph.captions.room_facts(room)),
    )];
    let kinds: Vec<Kind> = of.own.iter().map(|named| named.kind).collect();
    if of.kind == RoomKind::Namespaces && !kinds.is_empty() {
        lines.push(Line { style: LineStyle::Kinds, text: String::new(), title: None, kinds });
    }
    let groups = graph.captions.processes(room);
    for group in groups.iter().take(detail.processes) {
        let mut process = line(LineStyle::Process, &group.text, Font::Data, Some(group.title.clone()));
        process.kinds.clone_from(&group.kinds);
        lines.push(process);
    }
    if groups.len() > detail.processes {
        let more: usize = groups[detail.processes..].iter().map(|group| group.count).sum();
        lines.push(line(LineStyle::Note, &format!("and {more} more"), Font::Note, None));
    }
    for note in graph.captions.notes(room) {
        lines.push(line(LineStyle::Note, &note, Font::Note, None));
    }
    lines
}

/// The height of a line.
pub(in crate::commands::map) const fn height(style: LineStyle) -> i32 {
    match style {
        LineStyle::Title | LineStyle::Kinds => 20,
        LineStyle::Process => 16,
        LineStyle::Note => 15,
    }
}

/// The width of a namespace's sign.
pub(in crate::commands::map) fn sign(kind: Kind) -> i32 {
    i32::try_from(kind.name().len()).unwrap_or(0) * 6 + 10
}

/// Between two signs.
pub(in crate::commands::map) const SIGN_GAP: i32 = 4;

/// Width and height of all lines.
pub(super) fn size(lines: &[Line]) -> (i32, i32) {
    let wide = |line: &Line| {
        let signs: i32 = line.kinds.iter().map(|kind| sign(*kind) + SIGN_GAP).sum();
        let text = match line.style {
            LineStyle::Title => width(&line.text, Font::Title),
            LineStyle::Kinds => return signs,
            LineStyle::Process => width(&line.text, Font::Data),
            LineStyle::Note => width(&line.text, Font::Note),
        };
        text + if signs > 0 { signs + 6 } else { 0 }
    };
    let width = lines.iter().map(wide).max().unwrap_or(0);
    (width, lines.iter().map(|line| height(line.style)).sum())
}
