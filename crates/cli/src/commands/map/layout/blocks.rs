//! Many rooms that hang on one port: a block of rows and columns.

use std::collections::BTreeMap;

use super::graph::{Graph, Port};
use super::plan::Neighbours;

/// So many make a block; fewer stand in a row.
const FEWEST: usize = 7;

/// A block among the items of a layer.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Which of the found ones it is.
    pub(super) found: usize,
    /// The link of each node.
    pub(super) links: Vec<usize>,
    /// The nodes of the plan: filled in when they are planned.
    pub(super) nodes: Vec<usize>,
}

/// Rooms that hang on one port.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) hub: usize,
    pub(super) branches: Vec<Branch>,
}

/// Members that a single line connects with all others.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) link: usize,
    pub(super) members: Vec<usize>,
}

/// Takes out of `component` what is to stand in blocks.
pub(super) fn find(
    graph: &Graph<'_>,
    neighbours: &Neighbours<'_>,
    sources: &[usize],
    component: Vec<usize>,
) -> (Vec<Found>, Vec<usize>) {
    let mut found = Vec::new();
    let mut taken = vec![false; neighbours.members.len()];
    let mut queue = sources.to_vec();
    let mut met = vec![false; neighbours.members.len()];
    for &source in sources {
        met[source] = true;
    }
    let mut next = 0;
    while let Some(&hub) = queue.get(next) {
        next += 1;
        let mut by_port: BTreeMap<Port, Vec<Branch>> = BTreeMap::new();
        if neighbours.links[hub].len() >= FEWEST {
            for hop in &neighbours.links[hub] {
                let port = graph.lines[hop.link].ports[hop.end];
                let Some(to) = hop.to.filter(|&to| to != hub && !met[to]) else { continue };
                if let Some(members) = pendant(neighbours, hub, to, sources) {
                    by_port.entry(port).or_default().push(Branch { link: hop.link, members });
                }
            }
        }
        for branches in by_port.into_values().filter(|branches| branches.len() >= FEWEST) {
            for &member in branches.iter().flat_map(|branch| &branch.members) {
                (taken[member], met[member]) = (true, true);
            }
            found.push(Found { hub, branches });
        }
        for to in neighbours.links[hub].iter().filter_map(|hop| hop.to) {
            if !met[to] {
                met[to] = true;
                queue.push(to);
            }
        }
    }
    let rest = component.into_iter().filter(|&member| !taken[member]).collect();
    (found, rest)
}

/// What hangs on `hub` by a single line to `to`; `None` if there is another way to it.
fn pendant(neighbours: &Neighbours<'_>, hub: usize, to: usize, sources: &[usize]) -> Option<Vec<usize>> {
    let members = neighbours.reach(to, Some(hub));
    let mut to_hub = 0;
    for &member in &members {
        if sources.contains(&member) {
            return None;
        }
        for hop in &neighbours.links[member] {
            match hop.to {
                None => return None,
                Some(other) if other == hub => to_hub += 1,
                Some(_) => {}
            }
        }
    }
    (to_hub == 1).then_some(members)
}
