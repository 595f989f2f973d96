//! From the outside in: what stands above what, and in which order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::blocks;
use super::graph::Graph;
use super::layers::{self, Item, Layers};

/// The arrangement of everything.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The machine is the last.
    pub(super) nodes: Vec<Node>,
    /// On which side of its port's room each end of each link is, by the indices of both.
    pub(super) sides: HashMap<(usize, usize), Way>,
}

/// A room, or some that stand together in one.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) room: Option<usize>,
    pub(super) stack: Stack,
}

/// What is in a room.
#[derive(Debug, Default)]
pub(super) struct Stack {
    /// Nodes with lines between them.
    pub(super) components: Vec<Layers>,
    /// Nodes without lines.
    pub(super) loose: Vec<usize>,
}

/// Where a line leaves a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) side: Side,
    /// The order among all on that side.
    pub(super) rank: i64,
}

/// The upper or lower wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Side {
    Up,
    Down,
}

/// The lines that leave a room, by the index of the link.
pub(super) type Leaving = BTreeMap<usize, Way>;

impl Plan {
    pub(super) fn of(graph: &Graph<'_>) -> Self {
        let mut plan = Self::default();
        plan.add_room(graph, 0, &Leaving::new());
        plan
    }

    fn add_room(&mut self, graph: &Graph<'_>, room: usize, leaving: &Leaving) -> usize {
        for (&link, &way) in leaving {
            for end in [0, 1] {
                if graph.lines[link].ports[end].room == room {
                    self.sides.insert((link, end), way);
                }
            }
        }
        let stack = self.stack(graph, &graph.children[room], leaving);
        self.nodes.push(Node { room: Some(room), stack });
        self.nodes.len() - 1
    }

    /// Arranges `members`, rooms that stand side by side.
    fn stack(&mut self, graph: &Graph<'_>, members: &[usize], leaving: &Leaving) -> Stack {
        let neighbours = Neighbours::of(graph, members, leaving);
        let mut stack = Stack::default();
        let mut met = vec![false; members.len()];
        for member in 0..members.len() {
            if met[member] {
                continue;
            }
            if neighbours.links[member].is_empty() {
                stack.loose.push(self.add_room(graph, members[member], &Leaving::new()));
                continue;
            }
            let component = neighbours.reach(member, None);
            for &member in &component {
                met[member] = true;
            }
            stack.components.push(self.component(graph, &neighbours, component, leaving));
        }
        stack
    }

    fn component(
        &mut self,
        graph: &Graph<'_>,
        neighbours: &Neighbours<'_>,
        component: Vec<usize>,
        leaving: &Leaving,
    ) -> Layers {
        let sources = neighbours.sources(graph, &component, leaving);
        let (blocks, rest) = blocks::find(graph, neighbours, &sources, component);
        let mut layers = layers::arrange(graph, neighbours, &sources, &rest, &blocks, leaving);
        // What each member's lines look like from its inside.
        let mut ways: HashMap<usize, Leaving> = HashMap::new();
        let mut own_ways: Vec<(usize, usize, Way)> = Vec::new();
        layers.ways(neighbours, leaving, |member, link, end, way| {
            // Both ends of a line can be on one room.
            if ways.entry(member).or_default().insert(link, way).is_some() {
                own_ways.push((link, end, way));
            }
        });
        let mut nodes: HashMap<usize, usize> = HashMap::new();
        for &member in &rest {
            let leaving = ways.remove(&member).unwrap_or_default();
            nodes.insert(member, self.add_room(graph, neighbours.members[member], &leaving));
        }
        for (link, end, way) in own_ways {
            self.sides.insert((link, end), way);
        }
        for item in layers.rows.iter_mut().flatten() {
            match item {
                Item::Node(member) => *member = nodes[member],
                Item::Block(block) => {
                    block.nodes = blocks[block.found]
                        .branches
                        .iter()
                        .map(|branch| self.branch(graph, neighbours, branch))
                        .collect();
                }
                Item::Through(_) => {}
            }
        }
        layers
    }

    /// A part of the rooms that hangs on one line: a node of its own.
    fn branch(&mut self, graph: &Graph<'_>, neighbours: &Neighbours<'_>, branch: &blocks::Branch) -> usize {
        let leaving = Leaving::from([(branch.link, Way { side: Side::Up, rank: 0 })]);
        let rooms: Vec<usize> = branch.members.iter().map(|&member| neighbours.members[member]).collect();
        if let [room] = rooms[..] {
            return self.add_room(graph, room, &leaving);
        }
        let stack = self.stack(graph, &rooms, &leaving);
        self.nodes.push(Node { room: None, stack });
        self.nodes.len() - 1
    }
}

/// Rooms side by side, and the lines between and from them.
pub(super) struct Neighbours<'p> {
    pub(super) members: &'p [usize],
    /// For each member, the lines at it.
    pub(super) links: Vec<Vec<Hop>>,
}

/// A line, seen from one of its ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    /// The index of the link.
    pub(super) link: usize,
    /// Which of its ends is here.
    pub(super) end: usize,
    /// The member at the other end; `None` outside.
    pub(super) to: Option<usize>,
}

impl<'p> Neighbours<'p> {
    fn of(graph: &Graph<'_>, members: &'p [usize], leaving: &Leaving) -> Self {
        let place: HashMap<usize, usize> =
            members.iter().enumerate().map(|(place, &room)| (room, place)).collect();
        let member = |room| graph.outwards(room).find_map(|room| place.get(&room).copied());
        let mut links = vec![Vec::new(); members.len()];
        for (link, of) in graph.lines.iter().enumerate() {
            let ends = of.ports.map(|port| member(port.room));
            for end in [0, 1] {
                let (Some(here), to) = (ends[end], ends[1 - end]) else { continue };
                // Between rooms inside a member it is no matter of ours; but from one wall of a room to the same.
                let inner = to == Some(here) && of.ports[0].room != of.ports[1].room;
                let inner = inner || to == Some(here) && of.ports[0].room != members[here];
                if !inner && (to.is_some() || leaving.contains_key(&link)) {
                    links[here].push(Hop { link, end, to });
                }
            }
        }
        Self { members, links }
    }

    /// The members that lines lead to from `from`, with it, by ascending number; no way leads through `wall`.
    pub(super) fn reach(&self, from: usize, wall: Option<usize>) -> Vec<usize> {
        let mut met = vec![false; self.members.len()];
        let mut reached = vec![from];
        met[from] = true;
        let mut next = 0;
        while let Some(&member) = reached.get(next) {
            next += 1;
            for to in self.links[member].iter().filter_map(|hop| hop.to) {
                if !met[to] && Some(to) != wall {
                    met[to] = true;
                    reached.push(to);
                }
            }
        }
        reached.sort_unstable();
        reached
    }

    /// The members on top: those with lines that leave upwards, else the host, else the one in the middle, from which the
    /// farthest is nearest, and its twins; of several the one with the most lines.
    fn sources(&self, graph: &Graph<'_>, component: &[usize], leaving: &Leaving) -> Vec<usize> {
        let upwards = |member: &usize| {
            self.links[*member]
                .iter()
                .any(|hop| hop.to.is_none() && leaving.get(&hop.link).is_some_and(|way| way.side == Side::Up))
        };
        let above: Vec<usize> = component.iter().copied().filter(upwards).collect();
        if !above.is_empty() {
            return above;
        }
        let host = |member: &&usize| {
            let network = graph.map.rooms[self.members[**member]].network;
            network.is_some_and(|(network, _)| graph.map.networks[network].host)
        };
        let middle = || {
            let key = |member: &&usize| {
                (self.farthest(**member), usize::MAX - self.links[**member].len(), **member)
            };
            component.iter().min_by_key(key)
        };
        if let Some(&host) = component.iter().find(host) {
            return vec![host];
        }
        middle().map_or_else(Vec::new, |&middle| self.twins(middle, component))
    }

    /// A member and those with lines to the same others, as the spines of a fabric. Two of a ring of four are none.
    fn twins(&self, of: usize, component: &[usize]) -> Vec<usize> {
        let others =
            |member: usize| self.links[member].iter().filter_map(|hop| hop.to).collect::<BTreeSet<usize>>();
        let below = others(of);
        let twins: Vec<usize> = component.iter().copied().filter(|&member| others(member) == below).collect();
        let leads_on = |member: &usize| others(*member).iter().any(|other| !twins.contains(other));
        if below.len() > 2 || below.iter().any(leads_on) { twins } else { vec![of] }
    }

    /// How many lines the farthest member is away.
    fn farthest(&self, from: usize) -> usize {
        let mut distance = vec![usize::MAX; self.members.len()];
        let mut reached = vec![from];
        distance[from] = 0;
        let mut next = 0;
        while let Some(&member) = reached.get(next) {
            next += 1;
            for to in self.links[member].iter().filter_map(|hop| hop.to) {
                if distance[to] == usize::MAX {
                    distance[to] = distance[member] + 1;
                    reached.push(to);
                }
            }
        }
        reached.last().map_or(0, |&last| distance[last])
    }
}
