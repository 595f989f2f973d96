//! From what there is to rooms.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use insula_ns::Kind;

use super::cells::Cells;
use super::frames::Frames;
use super::{Map, Network, Presence, Room, RoomKind, Seen, Survey, network, order};

impl Map {
    /// Puts what there is into rooms.
    ///
    /// A PID or user namespace is a room in that of its parent. A network namespace is a room in the innermost one that
    /// all its processes are in; one of both that has nothing else in it is the same room.
    #[must_use]
    pub fn of(survey: &Survey) -> Self {
        let cells = Cells::of(survey);
        let frames = Frames::of(&cells);
        let mut nest = Nest::new(survey, &cells, &frames);
        nest.find_homes();
        nest.build();
        nest.furnish();
        nest.collect_labs();
        nest.add_idle();
        let mut map = Self {
            lines: network::lines(&nest.networks),
            rooms: nest.rooms,
            networks: nest.networks,
            published: survey.published.clone(),
            forwarded: survey.forwarded.clone(),
        };
        order::sort(&mut map);
        map
    }
}

/// Rooms that are being made.
pub(super) struct Nest<'s> {
    pub(super) survey: &'s Survey,
    pub(super) cells: &'s Cells,
    pub(super) frames: &'s Frames,
    pub(super) seen: HashMap<u64, &'s Seen>,
    pub(super) networks: Vec<Network>,
    /// The place of each network namespace in `networks`.
    pub(super) network_at: HashMap<u64, usize>,
    /// The frame that each network namespace is at home in.
    pub(super) home: BTreeMap<u64, usize>,
    /// The network namespaces in each frame and those inside it.
    pub(super) nets: Vec<BTreeSet<Option<u64>>>,
    pub(super) rooms: Vec<Room>,
    /// The usual namespaces in each room.
    pub(super) usual: Vec<[Option<u64>; 8]>,
    /// The room that the processes of each cell are in, by frame and network namespace.
    pub(super) room_of: HashMap<(usize, Option<u64>), usize>,
}

impl<'s> Nest<'s> {
    fn new(survey: &'s Survey, cells: &'s Cells, frames: &'s Frames) -> Self {
        let mut networks = survey.networks.clone();
        let known: HashSet<u64> = networks.iter().map(|network| network.inode).collect();
        let unlisted: BTreeSet<u64> = cells.of.keys().filter_map(|cell| cell.net).collect();
        for inode in unlisted.difference(&known.into_iter().collect()) {
            networks.push(Network::new(*inode));
        }
        let seen: HashMap<u64, &Seen> = survey.namespaces.iter().map(|seen| (seen.inode, seen)).collect();
        for network in &mut networks {
            network.names = seen.get(&network.inode).map_or(Vec::new(), |seen| seen.names.clone());
        }
        let mut nets = vec![BTreeSet::new(); frames.frames.len()];
        for cell in cells.of.keys() {
            for frame in frames.outwards(frames.place(cell.pair)) {
                nets[frame].insert(cell.net);
            }
        }
        Self {
            survey,
            cells,
            frames,
            seen,
            network_at: networks.iter().enumerate().map(|(place, network)| (network.inode, place)).collect(),
            networks,
            home: BTreeMap::new(),
            nets,
            rooms: Vec::new(),
            usual: Vec::new(),
            room_of: HashMap::new(),
        }
    }

    fn find_homes(&mut self) {
        for cell in self.cells.of.keys() {
            let Some(net) = cell.net else { continue };
            let place = self.frames.place(cell.pair);
            let home = self.home.get(&net).map_or(place, |&home| self.frames.common(home, place));
            self.home.insert(net, home);
        }
        for (net, home) in &mut self.home {
            // Whose it is, is around it, even if all that are in it are deeper.
            let Some(owner) = self.seen.get(net).and_then(|seen| seen.owner) else { continue };
            let governs = |&place: &usize| {
                let user = self.frames.frames[place].pair.user;
                user == Some(owner) || !self.cells.is_above(Some(owner), user)
            };
            *home = self.frames.outwards(*home).find(governs).unwrap_or(*home);
        }
    }

    /// Makes the rooms, each behind the one that it is in.
    fn build(&mut self) {
        let mut children = vec![Vec::new(); self.frames.frames.len()];
        for (place, frame) in self.frames.frames.iter().enumerate() {
            if let Some(parent) = frame.parent {
                children[parent].push(place);
            }
        }
        let mut at_home = vec![Vec::new(); self.frames.frames.len()];
        for (&net, &home) in &self.home {
            at_home[home].push(net);
        }
        let mut direct = vec![BTreeSet::new(); self.frames.frames.len()];
        for cell in self.cells.of.keys() {
            direct[self.frames.place(cell.pair)].insert(cell.net);
        }
        let mut next = vec![(0, None)];
        while let Some((frame, around)) = next.pop() {
            let room = self.add(around, RoomKind::Namespaces);
            if around.is_none() {
                self.rooms[room].kind = RoomKind::Machine;
            }
            self.usual[room] = self.usual_of(frame, around);
            // What is all in one network namespace that is at home here is inside that.
            let (inside, beside): (Vec<usize>, Vec<usize>) = children[frame]
                .iter()
                .partition(|&&child| self.only_net(child).is_some_and(|net| self.home[&net] == frame));
            let elsewhere: Vec<Option<u64>> = direct[frame]
                .iter()
                .copied()
                .filter(|net| net.is_none_or(|net| self.home[&net] != frame))
                .collect();
            let is_one = at_home[frame].len() + elsewhere.len() == 1 && beside.is_empty();
            for &net in &at_home[frame] {
                let place = if is_one { room } else { self.add(Some(room), RoomKind::Namespaces) };
                self.rooms[place].network = Some((self.network_at[&net], Presence::Home));
                self.usual[place][Kind::Net as usize] = Some(net);
                self.room_of.insert((frame, Some(net)), place);
                let within = |child: &&usize| self.only_net(**child) == Some(net);
                next.extend(inside.iter().filter(within).map(|&child| (child, Some(place))));
            }
            let alone = elsewhere.len() == 1 && at_home[frame].is_empty();
            for net in elsewhere {
                let place = if alone { room } else { self.add(Some(room), RoomKind::Namespaces) };
                if let Some(net) = net {
                    self.rooms[place].network = Some((self.network_at[&net], Presence::Part));
                    self.usual[place][Kind::Net as usize] = Some(net);
                }
                self.room_of.insert((frame, net), place);
            }
            next.extend(beside.into_iter().map(|child| (child, Some(room))));
        }
    }

    pub(super) fn add(&mut self, parent: Option<usize>, kind: RoomKind) -> usize {
        self.rooms.push(Room::new(parent, kind));
        self.usual.push(parent.map_or([None; 8], |parent| self.usual[parent]));
        self.rooms.len() - 1
    }

    fn only_net(&self, frame: usize) -> Option<u64> {
        let mut nets = self.nets[frame].iter();
        match (nets.next(), nets.next()) {
            (Some(only), None) => *only,
            _ => None,
        }
    }

    fn usual_of(&self, frame: usize, around: Option<usize>) -> [Option<u64>; 8] {
        let mut usual = around.map_or([None; 8], |around| self.usual[around]);
        let pair = self.frames.frames[frame].pair;
        usual[Kind::User as usize] = pair.user.or(usual[Kind::User as usize]);
        usual[Kind::Pid as usize] = pair.pid.or(usual[Kind::Pid as usize]);
        usual
    }
}
