//! The space between two rows, and how lines run in it: down, along a track, and down again.

use std::collections::BTreeMap;

use super::drawing::Point;

/// Between two tracks, in pixels.
const TRACK: i32 = 11;
/// Between a row and the first track.
const PAD: i32 = 18;

/// Where a line reaches the space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Stub {
    /// The port that it comes from: lines with the same one share their way. The item in the row, and the pin there.
    pub(super) port: (Edge, usize, i32, i32),
    /// Where in the row above or below it may be.
    pub(super) low: i32,
    pub(super) high: i32,
    /// The edge of what it comes from.
    pub(super) y: i32,
}

/// From above or from below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Edge {
    Above,
    Below,
}

/// A connection through the space.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) links: Vec<usize>,
    pub(super) stubs: [Stub; 2],
}

/// Connections that share ports, and so a track.
#[derive(Clone, Debug)]
struct Net {
    connections: Vec<usize>,
    /// Where they go up and down.
    uppers: Vec<i32>,
    lowers: Vec<i32>,
    left: i32,
    right: i32,
    track: usize,
}

/// All of a space.
#[derive(Debug)]
pub(super) struct Channel {
    connections: Vec<Connection>,
    /// Where each stub of each connection is.
    at: Vec<[i32; 2]>,
    nets: Vec<Net>,
    tracks: usize,
}

impl Channel {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        let at = places(&connections);
        let mut nets = nets(&connections, &at);
        order(&mut nets);
        let tracks = assign(&mut nets);
        Self { connections, at, nets, tracks }
    }

    /// How high it must be.
    pub(super) fn height(&self) -> i32 {
        if self.connections.is_empty() {
            return 0;
        }
        let tracks = i32::try_from(self.tracks).unwrap_or(i32::MAX / TRACK / 2);
        2 * PAD + TRACK * (tracks - 1).max(0)
    }

    /// The lines, between the upper and the lower edge; `top` is where the space begins, and `below` how far down it
    /// ends for lower stubs.
    pub(super) fn route(&self, top: i32) -> Vec<(Vec<usize>, Vec<Point>)> {
        let mut routes = Vec::new();
        for net in &self.nets {
            let y = top + PAD + TRACK * i32::try_from(net.track).unwrap_or(0);
            for &connection in &net.connections {
                let of = &self.connections[connection];
                let [first, second] = self.at[connection];
                let mut points = vec![Point { x: first, y: of.stubs[0].y }];
                if first != second || of.stubs[0].y == of.stubs[1].y || of.stubs[1].port.0 == Edge::Above {
                    points.extend([Point { x: first, y }, Point { x: second, y }]);
                }
                points.push(Point { x: second, y: of.stubs[1].y });
                routes.push((of.links.clone(), points));
            }
        }
        routes
    }
}

/// Chooses where each stub is, straight above one another where both can be.
fn places(connections: &[Connection]) -> Vec<[i32; 2]> {
    let mut uses: BTreeMap<_, usize> = BTreeMap::new();
    for stub in connections.iter().flat_map(|connection| connection.stubs) {
        *uses.entry(stub.port).or_default() += 1;
    }
    connections
        .iter()
        .map(|Connection { stubs: [one, other], .. }| {
            let center = |stub: &Stub| i32::midpoint(stub.low, stub.high);
            let single = |stub: &Stub| uses[&stub.port] == 1;
            let (low, high) = (one.low.max(other.low), one.high.min(other.high));
            if low > high || one.port.0 == other.port.0 {
                return [center(one), center(other)];
            }
            match (single(one), single(other)) {
                // Both can move.
                (true, true) => [i32::midpoint(low, high); 2],
                (true, false) if (one.low..=one.high).contains(&center(other)) => [center(other); 2],
                (false, true) if (other.low..=other.high).contains(&center(one)) => [center(one); 2],
                _ => [center(one), center(other)],
            }
        })
        .collect()
}

/// The connection that `index` is joined with, at the end.
fn root(joined: &[usize], mut index: usize) -> usize {
    while joined[index] != index {
        index = joined[index];
    }
    index
}

fn nets(connections: &[Connection], at: &[[i32; 2]]) -> Vec<Net> {
    // The net of each port, as the lowest connection that it is joined with.
    let mut first: BTreeMap<(Edge, usize, i32, i32), usize> = BTreeMap::new();
    let mut joined: Vec<usize> = (0..connections.len()).collect();
    for (index, connection) in connections.iter().enumerate() {
        for stub in &connection.stubs {
            let with = *first.entry(stub.port).or_insert(index);
            let (one, other) = (root(&joined, index), root(&joined, with));
            joined[one.max(other)] = one.min(other);
        }
    }
    let mut nets: BTreeMap<usize, Net> = BTreeMap::new();
    for (index, connection) in connections.iter().enumerate() {
        let net = nets.entry(root(&joined, index)).or_insert_with(|| Net {
            connections: Vec::new(),
            uppers: Vec::new(),
            lowers: Vec::new(),
            left: i32::MAX,
            right: i32::MIN,
            track: 0,
        });
        net.connections.push(index);
        for (stub, &x) in connection.stubs.iter().zip(&at[index]) {
            let ends = if stub.port.0 == Edge::Above { &mut net.uppers } else { &mut net.lowers };
            ends.push(x);
            (net.left, net.right) = (net.left.min(x), net.right.max(x));
        }
    }
    nets.into_values().collect()
}

/// Sorts nets from the upper to the lower track, so that few lines cross.
fn order(nets: &mut [Net]) {
    for _ in 0..nets.len().min(40) {
        let mut changed = false;
        for index in 1..nets.len() {
            let (one, other) = (&nets[index - 1], &nets[index]);
            if cost(other, one) < cost(one, other) {
                nets.swap(index - 1, index);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
}

/// How bad it is to have `upper` above `lower`: crossings, and lines on one another.
fn cost(upper: &Net, lower: &Net) -> usize {
    let within = |xs: &[i32], net: &Net| xs.iter().filter(|x| (net.left..=net.right).contains(x)).count();
    let same = upper.lowers.iter().filter(|x| lower.uppers.contains(x)).count();
    within(&upper.lowers, lower) + within(&lower.uppers, upper) + 100 * same
}

/// Gives each net the highest track that is free and below those of all nets before it that it overlaps; how many.
fn assign(nets: &mut [Net]) -> usize {
    let mut tracks = 0;
    for index in 0..nets.len() {
        let (before, rest) = nets.split_at_mut(index);
        let net = &mut rest[0];
        let overlaps = |other: &&Net| other.left <= net.right + TRACK && net.left <= other.right + TRACK;
        let straight = net.left == net.right && net.uppers.len() == net.lowers.len();
        net.track = if straight {
            0
        } else {
            let tracked = before.iter().filter(|other| other.left != other.right || other.lowers.is_empty());
            tracked.filter(overlaps).map(|other| other.track + 1).max().unwrap_or(0)
        };
        tracks = tracks.max(net.track + 1);
    }
    tracks
}
