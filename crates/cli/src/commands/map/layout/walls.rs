//! A room with ports in its upper and lower wall.

use std::collections::{BTreeMap, BTreeSet};

use insula_engine::map::{Interface, InterfaceKind};

use super::build::{Builder, MARGIN, Size};
use super::contents;
use super::drawing::{Lane, Point, Rect, RoomShape, TabShape, TabStyle};
use super::graph::{Port, What};
use super::measure::{Font, clipped, width};
use super::plan::Side;
use super::tile::{Pin, Tile};

/// How far a tab stands out of the wall.
const OUT: i32 = 9;
/// Between two tabs.
const GAP: i32 = 8;
/// Between two lanes, beside one another and where they turn.
const LANE: i32 = 12;
const STEP: i32 = 6;

/// A tab that is to be placed.
struct Tab {
    /// Its order in the wall.
    rank: i64,
    shape: TabShape,
    /// The links that lead to it.
    ends: Vec<(usize, usize)>,
    /// The interface that it stands for, or is a port of.
    lane: Option<usize>,
    what: Option<usize>,
}

pub(super) fn room(builder: &Builder<'_>, room: usize, inner: Tile, least: Size) -> Tile {
    let mut walls = tabs(builder, room);
    let words = contents::lines(builder.graph, room);
    let text = contents::size(&words);
    let lanes: BTreeSet<usize> = walls.values().flatten().filter_map(|tab| tab.lane).collect();
    let left = MARGIN - 2 + LANE * i32::try_from(lanes.len()).unwrap_or(0);
    let row = |tabs: &[Tab]| tabs.iter().map(|tab| tab.shape.rect.width + GAP).sum::<i32>() - GAP;
    let widest = walls.values().map(|tabs| row(tabs) + 2 * MARGIN).max().unwrap_or(0);
    let width =
        (text.0.max(inner.width()) + left + MARGIN).max(widest).max(contents::NARROWEST).max(least.width);
    let deep = |side| {
        walls
            .get(&side)
            .map_or(0, |tabs: &Vec<Tab>| tabs.iter().map(|tab| tab.shape.rect.height).max().unwrap_or(0))
    };
    let (above, below) = (deep(Side::Up), deep(Side::Down));
    let wall = if above > 0 { OUT } else { 0 };
    let clear = 8 + STEP * i32::try_from(lanes.len()).unwrap_or(0);
    let text_top = if above > 0 { above + clear } else { MARGIN - 4 };
    let inner_top = text_top + text.1 + if inner.height() > 0 { 12 } else { 0 };
    let body = inner_top + inner.height();
    let under = if below > 0 { clear + below - OUT } else { 10 };
    let out = if below > 0 { OUT } else { 0 };
    let floor = (body + under).max(least.height - out);
    let height = floor + out;
    let mut tile = Tile::default();
    tile.drawing.rooms.push(RoomShape {
        room,
        rect: Rect { x: 0, y: wall, width, height: floor - wall },
        text: Point { x: left, y: text_top },
        lines: words,
    });
    for (side, tabs) in &mut walls {
        let mut x = (width - row(tabs)) / 2;
        for tab in tabs {
            let y = if *side == Side::Up { 0 } else { height - tab.shape.rect.height };
            (tab.shape.rect.x, tab.shape.rect.y) = (x, y);
            for &(link, end) in &tab.ends {
                let pin = Pin { side: *side, low: x + 10, high: x + tab.shape.rect.width - 10 };
                tile.pins.insert((link, end), pin);
            }
            x += tab.shape.rect.width + GAP;
        }
    }
    draw_lanes(&mut tile, room, &walls, &lanes, (above, floor + OUT - below.max(OUT)));
    tile.drawing.tabs.extend(walls.into_values().flatten().map(|tab| tab.shape));
    tile.drawing.add(inner.drawing, left, inner_top);
    (tile.drawing.width, tile.drawing.height) = (width, height);
    tile
}

/// Lines inside the room, along its left wall, from ports to what they are ports of.
fn draw_lanes(
    tile: &mut Tile,
    room: usize,
    walls: &BTreeMap<Side, Vec<Tab>>,
    lanes: &BTreeSet<usize>,
    (above, below): (i32, i32),
) {
    for (index, &master) in lanes.iter().enumerate() {
        let index = i32::try_from(index).unwrap_or(0);
        // The outer one turns outside, so that none crosses another.
        let x = MARGIN - 6 + LANE * index;
        let find = |tab: &&Tab| tab.what == Some(master) && tab.lane.is_none();
        let Some((side, of)) = walls.iter().find_map(|(side, tabs)| Some((side, tabs.iter().find(find)?)))
        else {
            continue;
        };
        let middle = |tab: &Tab| tab.shape.rect.x + tab.shape.rect.width / 2;
        let edge = |side: &Side, tab: &Tab| match side {
            Side::Up => (tab.shape.rect.y + tab.shape.rect.height, above + STEP * (index + 1)),
            Side::Down => (tab.shape.rect.y, below - STEP * (index + 1)),
        };
        for (at, tabs) in walls {
            for tab in tabs.iter().filter(|tab| tab.lane == Some(master)) {
                let (from, out) = edge(at, tab);
                let (to, back) = edge(side, of);
                let mut points = vec![(middle(tab), from), (middle(tab), out)];
                if at != side {
                    points.extend([(x, out), (x, back)]);
                }
                points.extend([(middle(of), back), (middle(of), to)]);
                let points = points.into_iter().map(|(x, y)| Point { x, y }).collect();
                tile.drawing.lanes.push(Lane { room, points });
            }
        }
    }
}

/// Where a line reaches a tab: its rank, its link, and the end of that.
type Reach = (i64, usize, usize);

/// The tabs in each wall, in order.
fn tabs(builder: &Builder<'_>, room: usize) -> BTreeMap<Side, Vec<Tab>> {
    let graph = builder.graph;
    let interfaces = graph.interfaces(room);
    // The links at each port, on each side.
    let mut at: BTreeMap<(What, Side), Vec<Reach>> = BTreeMap::new();
    for (link, of) in graph.lines.iter().enumerate() {
        for end in [0, 1] {
            let Port { room: of, what } = of.ports[end];
            if of == room
                && let Some(way) = builder.plan.sides.get(&(link, end))
            {
                at.entry((what, way.side)).or_default().push((way.rank, link, end));
            }
        }
    }
    let mut walls: BTreeMap<Side, Vec<Tab>> = BTreeMap::new();
    let connected: BTreeSet<What> = at.keys().map(|(what, _)| *what).collect();
    for ((what, side), links) in &at {
        // What has lines on both sides is below, and its ports above.
        if *side == Side::Up && at.contains_key(&(*what, Side::Down)) {
            for &(rank, link, end) in links {
                let line_end = graph.map.lines[graph.lines[link].line].ends[end];
                let port = &interfaces[line_end.interface];
                let lane = if let What::Interface(index) = what { Some(*index) } else { None };
                let mut tab = tab(builder, room, Some(port), None);
                (tab.rank, tab.ends, tab.lane) = (rank, vec![(link, end)], lane);
                walls.entry(*side).or_default().push(tab);
            }
            continue;
        }
        let mut tab = match what {
            What::Interface(index) => tab(builder, room, Some(&interfaces[*index]), Some(*index)),
            What::Bundle => bundle(builder, room, links.len()),
        };
        tab.rank = links.iter().map(|(rank, ..)| rank).sum::<i64>() / i64::try_from(links.len()).unwrap_or(1);
        tab.ends = links.iter().map(|&(_, link, end)| (link, end)).collect();
        walls.entry(*side).or_default().push(tab);
    }
    let limit = graph.detail.ports;
    let mut unconnected = 0;
    for (index, interface) in interfaces.iter().enumerate() {
        let master =
            interface.master.and_then(|master| interfaces.iter().position(|other| other.index == master));
        // All lines are looked through only for the few of which nothing else is known.
        let has_line =
            || graph.map.lines.iter().any(|line| line.ends.iter().any(|end| is(graph, room, *end, index)));
        if connected.contains(&What::Interface(index)) || !graph.captions.is_shown(interface) || has_line() {
            continue;
        }
        unconnected += 1;
        if unconnected > limit {
            continue;
        }
        let mut tab = tab(builder, room, Some(interface), Some(index));
        // Ports of the same stand together, in the order of their lanes.
        let order = master.and_then(|master| i64::try_from(master).ok());
        tab.rank = i64::MAX / 2 + order.unwrap_or(i64::MAX / 4);
        tab.lane = master;
        // A bridge without lines is where it would have them.
        let side = if interface.is_master() { Side::Down } else { Side::Up };
        walls.entry(side).or_default().push(tab);
    }
    if unconnected > limit {
        let mut more = bundle(builder, room, unconnected - limit);
        more.shape.name = format!("and {} more", unconnected - limit);
        more.rank = i64::MAX;
        walls.entry(Side::Up).or_default().push(more);
    }
    for port in graph.captions.ports(room) {
        let mut shape = empty(room, TabStyle::Published);
        shape.name.clone_from(&port.words);
        shape.title = format!("{}: {}", port.what, port.words);
        finish(&mut shape);
        walls.entry(Side::Down).or_default().push(Tab {
            rank: i64::MAX,
            shape,
            ends: Vec::new(),
            lane: None,
            what: None,
        });
    }
    for tabs in walls.values_mut() {
        tabs.sort_by_key(|tab| tab.rank);
    }
    walls
}

fn is(graph: &super::graph::Graph<'_>, room: usize, end: insula_engine::map::End, index: usize) -> bool {
    matches!(graph.map.rooms[room].network, Some((network, _)) if network == end.network)
        && end.interface == index
}

fn empty(room: usize, style: TabStyle) -> TabShape {
    TabShape {
        room,
        rect: Rect::default(),
        style,
        name: String::new(),
        below: Vec::new(),
        title: String::new(),
        up: true,
    }
}

/// Gives a tab its size.
fn finish(shape: &mut TabShape) {
    let name = width(&shape.name, Font::Data);
    let below = shape.below.iter().map(|line| width(line, Font::Data)).max().unwrap_or(0);
    shape.rect.width = (name.max(below) + 16).max(if shape.style == TabStyle::Master { 110 } else { 44 });
    shape.rect.height = 20 + 14 * i32::try_from(shape.below.len()).unwrap_or(0);
}

fn tab(builder: &Builder<'_>, room: usize, interface: Option<&Interface>, what: Option<usize>) -> Tab {
    let graph = builder.graph;
    let mut shape = empty(room, TabStyle::Interface);
    if let Some(interface) = interface {
        if interface.is_master() {
            shape.style = TabStyle::Master;
        }
        let limit = graph.detail.tab;
        let name = graph.captions.interface(interface);
        shape.name = clipped(&name, Font::Data, limit);
        shape.title = graph.captions.interface_facts(interface);
        shape.up = interface.up || interface.kind == InterfaceKind::Loopback;
        let addresses = graph.captions.addresses(interface);
        shape.below = addresses
            .iter()
            .take(graph.detail.addresses)
            .map(|text| clipped(text, Font::Data, limit))
            .collect();
        if addresses.len() > graph.detail.addresses
            && let Some(last) = shape.below.last_mut()
        {
            last.push_str(" …");
        }
    }
    finish(&mut shape);
    Tab { rank: 0, shape, ends: Vec::new(), lane: None, what }
}

fn bundle(builder: &Builder<'_>, room: usize, count: usize) -> Tab {
    let mut tab = tab(builder, room, None, None);
    tab.shape.style = TabStyle::Bundle;
    tab.shape.name = format!("{count} interfaces");
    tab.shape.title.clone_from(&tab.shape.name);
    finish(&mut tab.shape);
    tab
}
