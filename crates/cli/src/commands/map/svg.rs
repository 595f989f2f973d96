//! A map as SVG: text stays text, and the colours follow the reader's choice of light or dark.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use insula_engine::map::{LineKind, Map, Presence, RoomKind};
use insula_ns::Kind;

use super::captions::Captions;
use super::ends::Ends;
use super::layout::{self, Drawing, Line, LineStyle, Point, RoomShape, SIGN_GAP, TabShape, TabStyle, Wire};
use super::legend;
use super::markup::Escaped;

/// The style sheet, which the HTML has too.
pub(super) const STYLE: &str = include_str!("style.css");

/// The whole file.
pub(super) fn document(map: &Map, captions: &Captions) -> String {
    let mut picture = picture(map, captions);
    picture.push('\n');
    picture
}

/// The element `svg`.
pub(super) fn picture(map: &Map, captions: &Captions) -> String {
    let drawing = layout::draw(map, captions);
    let legend = legend::Legend::of(map, &drawing);
    let width = drawing.width.max(legend.width() + 2 * legend::MARGIN);
    let height = drawing.height + legend.height();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"map\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"map of namespaces\">\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"
    );
    let shift = (width - drawing.width) / 2;
    let _ = writeln!(svg, "<g class=\"drawing\" transform=\"translate({shift} 0)\">");
    rooms(&mut svg, map, &drawing);
    let ends = Ends::of(map);
    for wire in &drawing.wires {
        write_wire(&mut svg, wire, &ends);
    }
    for lane in &drawing.lanes {
        let _ =
            writeln!(svg, "<path class=\"lane\" data-room=\"{}\" d=\"{}\"/>", lane.room, path(&lane.points));
    }
    for room in &drawing.rooms {
        text(&mut svg, room);
    }
    for tab in &drawing.tabs {
        write_tab(&mut svg, tab);
    }
    svg.push_str("</g>\n");
    svg.push_str(&legend.svg(legend::MARGIN, drawing.height));
    svg.push_str("</svg>");
    svg
}

fn rooms(svg: &mut String, map: &Map, drawing: &Drawing) {
    for shape in &drawing.rooms {
        let room = &map.rooms[shape.room];
        let rect = shape.rect;
        let _ = writeln!(
            svg,
            "<g class=\"room {}\" data-room=\"{}\" data-parent=\"{}\"><rect class=\"wall\" x=\"{}\" y=\"{}\" \
             width=\"{}\" height=\"{}\" rx=\"8\"/></g>",
            class(map, shape.room),
            shape.room,
            room.parent.map_or(-1, |parent| i64::try_from(parent).unwrap_or(-1)),
            rect.x,
            rect.y,
            rect.width,
            rect.height,
        );
    }
}

/// What the style sheet knows of a room.
fn class(map: &Map, room: usize) -> String {
    let room = &map.rooms[room];
    let mut class = match room.kind {
        RoomKind::Machine => "machine",
        RoomKind::Namespaces => "namespaces",
        RoomKind::Lab(_) => "lab",
    }
    .to_owned();
    match room.network {
        Some((_, Presence::Home)) => class.push_str(" net"),
        Some((_, Presence::Part)) if room.own.is_empty() => class.push_str(" part"),
        _ => {}
    }
    for kind in [Kind::User, Kind::Pid] {
        if room.kind == RoomKind::Namespaces && room.namespace(kind).is_some() {
            let _ = write!(class, " {kind}");
        }
    }
    class
}

fn text(svg: &mut String, shape: &RoomShape) {
    let (x, mut y) = (shape.text.x, shape.text.y);
    let _ = writeln!(svg, "<g class=\"words\" data-room=\"{}\">", shape.room);
    for line in &shape.lines {
        write_line(svg, line, Point { x, y });
        y += layout::height(line.style);
    }
    svg.push_str("</g>\n");
}

fn write_line(svg: &mut String, line: &Line, at: Point) {
    let title =
        line.title.as_ref().map_or(String::new(), |title| format!("<title>{}</title>", Escaped(title)));
    let (class, base) = match line.style {
        LineStyle::Title => ("title halo", 14),
        LineStyle::Process => ("data", 12),
        LineStyle::Note => ("note", 11),
        LineStyle::Kinds => ("", 12),
    };
    let mut x = at.x;
    if line.style != LineStyle::Kinds {
        let _ = writeln!(
            svg,
            "<text class=\"{class}\" x=\"{x}\" y=\"{}\">{}{title}</text>",
            at.y + base,
            Escaped(&line.text)
        );
        x += layout::data_width(&line.text) + 6;
    }
    for &kind in &line.kinds {
        svg.push_str(&sign(kind, Point { x, y: at.y + 1 }));
        x += layout::sign(kind) + SIGN_GAP;
    }
}

/// The sign of a kind of namespace.
pub(super) fn sign(kind: Kind, at: Point) -> String {
    let width = layout::sign(kind);
    format!(
        "<g class=\"sign k-{kind}\"><rect x=\"{}\" y=\"{}\" width=\"{width}\" height=\"13\" rx=\"6.5\"/>\
         <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{kind}</text></g>\n",
        at.x,
        at.y,
        at.x + width / 2,
        at.y + 10,
    )
}

/// What the style sheet calls a tab.
const fn tab_class(style: TabStyle) -> &'static str {
    match style {
        TabStyle::Interface => "interface",
        TabStyle::Master => "master",
        TabStyle::Bundle => "bundle",
        TabStyle::Published => "published",
    }
}

pub(super) fn write_tab(svg: &mut String, tab: &TabShape) {
    let rect = tab.rect;
    let middle = rect.x + rect.width / 2;
    let _ = writeln!(
        svg,
        "<g class=\"tab {}{}\" data-room=\"{}\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\"/>",
        tab_class(tab.style),
        if tab.up { "" } else { " down" },
        tab.room,
        Escaped(&tab.title),
        rect.x,
        rect.y,
        rect.width,
        rect.height,
    );
    let _ = writeln!(
        svg,
        "<text class=\"name\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        rect.y + 14,
        Escaped(&tab.name)
    );
    for (index, line) in (1..).zip(&tab.below) {
        let _ = writeln!(
            svg,
            "<text class=\"address\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            rect.y + 14 + 14 * index,
            Escaped(line)
        );
    }
    svg.push_str("</g>\n");
}

fn write_wire(svg: &mut String, wire: &Wire, ends: &Ends<'_>) {
    let rooms: BTreeSet<usize> = wire.lines.iter().flat_map(|&line| ends.rooms(line)).flatten().collect();
    let rooms: Vec<String> = rooms.iter().map(ToString::to_string).collect();
    let class = match wire.kind {
        LineKind::Pair => "wire",
        LineKind::OnTop => "wire on-top",
    };
    let _ = writeln!(
        svg,
        "<path class=\"{class}\" data-rooms=\"{}\" d=\"{}\"/>",
        rooms.join(" "),
        path(&wire.points)
    );
}

/// A path with rounded corners.
pub(super) fn path(points: &[Point]) -> String {
    const RADIUS: i32 = 6;
    let mut d = format!("M{} {}", points[0].x, points[0].y);
    for corner in points.windows(3) {
        let [before, at, after] = [corner[0], corner[1], corner[2]];
        let length = |one: Point, other: Point| (one.x - other.x).abs() + (one.y - other.y).abs();
        let radius = RADIUS.min(length(before, at) / 2).min(length(at, after) / 2);
        if radius <= 0 {
            let _ = write!(d, "L{} {}", at.x, at.y);
            continue;
        }
        let towards = |to: Point| {
            let step = |from: i32, to: i32| from + (to - from).signum() * radius;
            (step(at.x, to.x), step(at.y, to.y))
        };
        let ((x1, y1), (x2, y2)) = (towards(before), towards(after));
        let _ = write!(d, "L{x1} {y1}Q{} {} {x2} {y2}", at.x, at.y);
    }
    let last = points[points.len() - 1];
    let _ = write!(d, "L{} {}", last.x, last.y);
    d
}
