//! What is in the rooms: processes, and the namespaces that are a room's own.

use std::collections::{BTreeSet, HashMap};

use insula_ns::Kind;

use super::nest::Nest;
use super::{Member, Named, Presence, Process};

/// The namespaces of each kind.
type Usual = [Option<u64>; 8];

/// The kinds that rooms are made of.
const WALLS: [Kind; 3] = [Kind::User, Kind::Pid, Kind::Net];

impl Nest<'_> {
    /// Puts the processes into the rooms, and says what is a room's own.
    pub(super) fn furnish(&mut self) {
        let mut members: Vec<Vec<&Member>> = vec![Vec::new(); self.rooms.len()];
        for (cell, processes) in &self.cells.of {
            let room = self.room_of[&(self.frames.place(cell.pair), cell.net)];
            members[room].extend(processes.iter().map(|&place| &self.survey.processes[place]));
        }
        for members in &mut members {
            members.sort_by_key(|member| member.pid);
        }
        let first = self.first_in(&members);
        let companions = self.companions();
        for (room, members) in members.into_iter().enumerate() {
            let around = self.rooms[room].parent.map_or([None; 8], |parent| self.usual[parent]);
            for kind in Kind::ALL.into_iter().filter(|kind| !WALLS.contains(kind)) {
                self.usual[room][kind as usize] = match first[room] {
                    Some(first) => first.namespace(kind),
                    None => self.companion(room, &around, kind, &companions).or(around[kind as usize]),
                };
            }
            let usual = self.usual[room];
            // The network namespace of a part is where its interfaces are.
            let part = matches!(self.rooms[room].network, Some((_, Presence::Part)));
            let own: Vec<Named> = Kind::ALL
                .into_iter()
                .filter(|kind| !(part && *kind == Kind::Net))
                .filter(|kind| usual[*kind as usize] != around[*kind as usize])
                .filter_map(|kind| Some(self.named(kind, usual[kind as usize]?)))
                .collect();
            let names: BTreeSet<String> = own.iter().flat_map(|named| named.names.iter().cloned()).collect();
            let kernel = members.iter().filter(|member| member.kernel).count();
            let processes = members.iter().filter(|member| !member.kernel);
            let processes = processes.map(|member| self.process(member, &usual)).collect();
            let room = &mut self.rooms[room];
            (room.own, room.names, room.processes) = (own, names.into_iter().collect(), processes);
            room.kernel_threads = u32::try_from(kernel).unwrap_or(u32::MAX);
        }
    }

    /// The process in each room that stands for it: the first of its own that is no thread of the kernel, else of those
    /// in rooms inside it.
    fn first_in<'m>(&self, members: &[Vec<&'m Member>]) -> Vec<Option<&'m Member>> {
        let own = |members: &Vec<&'m Member>| {
            members.iter().find(|member| !member.kernel).or(members.first()).copied()
        };
        let mut first: Vec<Option<&Member>> = members.iter().map(own).collect();
        for room in (1..first.len()).rev() {
            let Some(parent) = self.rooms[room].parent else { continue };
            let lower = |one: &&Member, other: &Member| one.pid < other.pid;
            if members[parent].is_empty()
                && let Some(inner) = first[room]
                && first[parent].is_none_or(|first| lower(&inner, first))
            {
                first[parent] = Some(inner);
            }
        }
        first
    }

    /// The namespace of each kind in each set.
    fn companions(&self) -> HashMap<(String, Kind), u64> {
        let of = |seen: &super::Seen| {
            let (kind, inode) = (seen.kind, seen.inode);
            seen.names.clone().into_iter().map(move |name| ((name, kind), inode))
        };
        self.survey.namespaces.iter().flat_map(of).collect()
    }

    /// The namespace that a room without processes has by its set.
    fn companion(
        &self,
        room: usize,
        around: &Usual,
        kind: Kind,
        companions: &HashMap<(String, Kind), u64>,
    ) -> Option<u64> {
        let usual = &self.usual[room];
        let own = WALLS.into_iter().filter(|wall| usual[*wall as usize] != around[*wall as usize]);
        let seen = own.filter_map(|wall| self.seen.get(&usual[wall as usize]?));
        seen.flat_map(|seen| &seen.names).find_map(|name| companions.get(&(name.clone(), kind)).copied())
    }

    fn process(&self, member: &Member, usual: &Usual) -> Process {
        let own = Kind::ALL.into_iter().filter_map(|kind| {
            let inode = member.namespace(kind).filter(|inode| Some(*inode) != usual[kind as usize])?;
            Some(self.named(kind, inode))
        });
        Process { pid: member.pid, uid: member.uid, command: member.command.clone(), own: own.collect() }
    }

    pub(super) fn named(&self, kind: Kind, inode: u64) -> Named {
        let names = self.seen.get(&inode).map_or(Vec::new(), |seen| seen.names.clone());
        Named { kind, inode, names }
    }
}
