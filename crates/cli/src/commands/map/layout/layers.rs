//! Layers: what is one line farther from the top stands one layer below, in an order with few crossings.

use std::collections::HashMap;

use super::blocks::{Block, Found};
use super::graph::Graph;
use super::plan::{Leaving, Neighbours, Side, Way};

/// Connected nodes in layers.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// From the top; first with members, then with the nodes of the plan.
    pub(super) rows: Vec<Vec<Item>>,
    /// The pieces of lines, each between two items that stand below one another or side by side.
    pub(super) pieces: Vec<Piece>,
    /// The links that leave at the top and at the bottom, with the item that they leave from.
    pub(super) leaving: Vec<(usize, Side, Spot)>,
}

/// Something in a layer.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Node(usize),
    Block(Block),
    /// A link on its way through.
    Through(usize),
}

/// The layer and the place in it.
pub(super) type Spot = (usize, usize);

/// A part of a link, from its upper to its lower item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) link: usize,
    pub(super) from: Spot,
    pub(super) to: Spot,
    /// Which end of the link is at each; `None` where it only passes.
    pub(super) ends: [Option<usize>; 2],
}

/// Arranges the members `rest` and the blocks.
pub(super) fn arrange(
    graph: &Graph<'_>,
    neighbours: &Neighbours<'_>,
    sources: &[usize],
    rest: &[usize],
    blocks: &[Found],
    leaving: &Leaving,
) -> Layers {
    let depth = depths(neighbours, sources, rest);
    let mut layers = Layers::default();
    let mut spot: HashMap<usize, Spot> = HashMap::new();
    let row = |layers: &mut Layers, index: usize, item: Item| {
        if layers.rows.len() <= index {
            layers.rows.resize_with(index + 1, Vec::new);
        }
        layers.rows[index].push(item);
        (index, layers.rows[index].len() - 1)
    };
    // In the order in which they are met from above.
    let mut members: Vec<(usize, usize)> = rest.iter().map(|&member| (depth[&member].1, member)).collect();
    members.sort_unstable();
    for (_, member) in members {
        spot.insert(member, row(&mut layers, depth[&member].0, Item::Node(member)));
    }
    for (found, of) in blocks.iter().enumerate() {
        let hub = spot[&of.hub];
        let links: Vec<usize> = of.branches.iter().map(|branch| branch.link).collect();
        let block = Block { found, links: links.clone(), nodes: Vec::new() };
        let to = row(&mut layers, hub.0 + 1, Item::Block(block));
        for link in links {
            let end = usize::from(
                graph.lines[link].ports[1].room == neighbours.members[of.hub]
                    || graph
                        .outwards(graph.lines[link].ports[1].room)
                        .any(|room| room == neighbours.members[of.hub]),
            );
            layers.pieces.push(Piece { link, from: hub, to, ends: [Some(end), Some(1 - end)] });
        }
    }
    let bottom = layers.rows.len().saturating_sub(1);
    for &member in rest {
        let from = spot[&member];
        for hop in &neighbours.links[member] {
            match hop.to {
                Some(to) if to == member => {
                    if hop.end == 0 {
                        let ends = [Some(0), Some(1)];
                        layers.pieces.push(Piece { link: hop.link, from, to: from, ends });
                    }
                }
                Some(to) => {
                    let Some(&to) = spot.get(&to) else { continue };
                    // Once, from above or from the left.
                    if from < to {
                        let ends = [Some(hop.end), Some(1 - hop.end)];
                        layers.pieces.push(Piece { link: hop.link, from, to, ends });
                    }
                }
                None => {
                    let side = leaving[&hop.link].side;
                    let mut last = (from, Some(hop.end));
                    let rows: Vec<usize> = match side {
                        Side::Up => (0..from.0).rev().collect(),
                        Side::Down => (from.0 + 1..=bottom).collect(),
                    };
                    for index in rows {
                        let through = row(&mut layers, index, Item::Through(hop.link));
                        let (upper, lower) =
                            if side == Side::Up { ((through, None), last) } else { (last, (through, None)) };
                        let ends = [upper.1, lower.1];
                        layers.pieces.push(Piece { link: hop.link, from: upper.0, to: lower.0, ends });
                        last = (through, None);
                    }
                    layers.leaving.push((hop.link, side, last.0));
                }
            }
        }
    }
    layers.reorder(leaving);
    layers
}

/// How far each member is from the sources, and when it is met.
fn depths(neighbours: &Neighbours<'_>, sources: &[usize], rest: &[usize]) -> HashMap<usize, (usize, usize)> {
    let mut depth: HashMap<usize, (usize, usize)> = HashMap::new();
    let mut queue: Vec<usize> = sources.to_vec();
    for (order, &source) in sources.iter().enumerate() {
        depth.insert(source, (0, order));
    }
    let mut next = 0;
    while let Some(&member) = queue.get(next) {
        next += 1;
        let below = depth[&member].0 + 1;
        for to in neighbours.links[member].iter().filter_map(|hop| hop.to) {
            if rest.binary_search(&to).is_ok() && !depth.contains_key(&to) {
                depth.insert(to, (below, queue.len()));
                queue.push(to);
            }
        }
    }
    depth
}

impl Layers {
    /// Looks for an order of each row with few crossings: barycentres, from above and from below.
    fn reorder(&mut self, leaving: &Leaving) {
        let mut order: Vec<Vec<usize>> = self.rows.iter().map(|row| (0..row.len()).collect()).collect();
        let mut best = (self.crossings(&order), order.clone());
        for round in 0..12 {
            let rows: Vec<usize> =
                if round % 2 == 0 { (0..order.len()).collect() } else { (0..order.len()).rev().collect() };
            for row in rows {
                self.sort_row(&mut order, row, round % 2 == 0, leaving);
            }
            let crossings = self.crossings(&order);
            if crossings < best.0 {
                best = (crossings, order.clone());
            }
            if best.0 == 0 && round > 2 {
                break;
            }
        }
        self.apply(&best.1);
    }

    fn sort_row(&self, order: &mut [Vec<usize>], row: usize, from_above: bool, leaving: &Leaving) {
        let position = positions(order);
        let mut pull: Vec<(i64, i64)> = vec![(0, 0); order[row].len()];
        let mut add = |item: usize, at: i64| {
            pull[item] = (pull[item].0 + at, pull[item].1 + 1);
        };
        for piece in &self.pieces {
            let at = |spot: Spot| 1000 * i64::try_from(position[spot.0][spot.1]).unwrap_or(0);
            if piece.from.0 == piece.to.0 {
                if piece.from.0 == row && piece.from != piece.to {
                    add(piece.from.1, at(piece.to));
                    add(piece.to.1, at(piece.from));
                }
            } else if from_above && piece.to.0 == row {
                add(piece.to.1, at(piece.from));
            } else if !from_above && piece.from.0 == row {
                add(piece.from.1, at(piece.to));
            }
        }
        for (link, side, spot) in &self.leaving {
            if spot.0 == row && (*side == Side::Up) == from_above {
                add(spot.1, leaving[link].rank * 1000);
            }
        }
        let current = position[row].clone();
        let key = |item: usize| {
            let (sum, count) = pull[item];
            if count == 0 { 1000 * i64::try_from(current[item]).unwrap_or(0) } else { sum / count }
        };
        order[row].sort_by_key(|&item| (key(item), current[item]));
    }

    fn crossings(&self, order: &[Vec<usize>]) -> usize {
        let position = positions(order);
        let mut crossings = 0;
        for row in 0..order.len() {
            let mut between: Vec<(usize, usize)> = Vec::new();
            for piece in &self.pieces {
                let (from, to) = (position[piece.from.0][piece.from.1], position[piece.to.0][piece.to.1]);
                if piece.from.0 == row && piece.to.0 == row {
                    // Beside one another a line crosses nothing.
                    crossings += from.abs_diff(to).saturating_sub(1);
                } else if piece.from.0 == row {
                    between.push((from, to));
                }
            }
            between.sort_unstable();
            between.dedup();
            for (index, one) in between.iter().enumerate() {
                crossings +=
                    between[index + 1..].iter().filter(|other| other.0 > one.0 && other.1 < one.1).count();
            }
        }
        crossings
    }

    fn apply(&mut self, order: &[Vec<usize>]) {
        let position = positions(order);
        let moved = |spot: &mut Spot| spot.1 = position[spot.0][spot.1];
        for (row, order) in self.rows.iter_mut().zip(order) {
            *row = order.iter().map(|&item| row[item].clone()).collect();
        }
        for piece in &mut self.pieces {
            moved(&mut piece.from);
            moved(&mut piece.to);
            if piece.from.0 == piece.to.0 && piece.from > piece.to {
                std::mem::swap(&mut piece.from, &mut piece.to);
                piece.ends.swap(0, 1);
            }
        }
        self.leaving.iter_mut().for_each(|(_, _, spot)| moved(spot));
    }

    /// Tells on which side and in which order each end of a line is, as far as it is at a member.
    pub(super) fn ways(
        &self,
        neighbours: &Neighbours<'_>,
        leaving: &Leaving,
        mut tell: impl FnMut(usize, usize, usize, Way),
    ) {
        let rank = |place: usize| i64::try_from(place).unwrap_or(i64::MAX / 2);
        let mut at = |spot: Spot, link: usize, end: Option<usize>, way: Way| {
            if let (Item::Node(member), Some(end)) = (&self.rows[spot.0][spot.1], end) {
                tell(*member, link, end, way);
            }
        };
        for piece in &self.pieces {
            let beside = piece.from.0 == piece.to.0;
            let far = rank(self.rows[piece.to.0].len().max(1)) * 2;
            let down = if beside { far + rank(piece.to.1) } else { rank(piece.to.1) };
            at(piece.from, piece.link, piece.ends[0], Way { side: Side::Down, rank: down });
            let way = if beside {
                Way { side: Side::Down, rank: rank(piece.from.1) - far }
            } else {
                Way { side: Side::Up, rank: rank(piece.from.1) }
            };
            at(piece.to, piece.link, piece.ends[1], way);
        }
        for (link, side, spot) in &self.leaving {
            let hops = self.rows[spot.0].get(spot.1);
            let Some(Item::Node(member)) = hops else { continue };
            let hop = neighbours.links[*member].iter().find(|hop| hop.link == *link && hop.to.is_none());
            if let Some(hop) = hop {
                at(*spot, *link, Some(hop.end), Way { side: *side, rank: leaving[link].rank });
            }
        }
    }
}

fn positions(order: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let inverse = |row: &Vec<usize>| {
        let mut position = vec![0; row.len()];
        row.iter().enumerate().for_each(|(place, &item)| position[item] = place);
        position
    };
    order.iter().map(inverse).collect()
}
