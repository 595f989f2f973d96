//! A part of a map.

use std::collections::BTreeSet;

use insula_ns::Kind;

use super::{Map, Presence, RoomKind, order};

/// What to keep of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A namespace, by its inode number.
    Namespace(Kind, u64),
    /// A process, by its id.
    Process(u32),
    /// A lab, by its name.
    Lab(String),
}

impl Map {
    /// Leaves the rooms that `subjects` are in, what is inside those, what lines lead to from there, and what all that is
    /// in.
    pub fn focus(&mut self, subjects: &[Subject]) {
        let mut wanted: BTreeSet<usize> = BTreeSet::new();
        for subject in subjects {
            wanted.extend((0..self.rooms.len()).filter(|&room| self.is_in(subject, room)));
        }
        // A room whose inner rooms are of the same subject is there for their sake.
        let inner = |&room: &usize| !wanted.contains(&self.rooms[room].parent.unwrap_or(usize::MAX));
        let tops: BTreeSet<usize> = wanted.iter().copied().filter(inner).collect();
        let mut kept = vec![false; self.rooms.len()];
        for room in 0..self.rooms.len() {
            let inside = self.rooms[room].parent.is_some_and(|parent| kept[parent]);
            kept[room] = inside || tops.contains(&room);
        }
        let homes = self.homes();
        let home = |network: usize| homes[network];
        let near = self.lines.iter().filter_map(|line| {
            let [one, other] = line.ends.map(|end| home(end.network));
            let (one, other) = (one?, other?);
            match (kept[one], kept[other]) {
                (true, false) => Some(other),
                (false, true) => Some(one),
                _ => None,
            }
        });
        for room in near.collect::<Vec<_>>() {
            kept[room] = true;
        }
        for room in (1..self.rooms.len()).rev() {
            if let Some(parent) = self.rooms[room].parent.filter(|_| kept[room]) {
                kept[parent] = true;
            }
        }
        kept[0] = true;
        let order: Vec<usize> = (0..self.rooms.len()).filter(|&room| kept[room]).collect();
        order::keep(self, &order);
    }

    fn is_in(&self, subject: &Subject, room: usize) -> bool {
        let room = &self.rooms[room];
        match subject {
            Subject::Lab(name) => room.kind == RoomKind::Lab(name.clone()),
            Subject::Process(pid) => room.processes.iter().any(|process| process.pid == *pid),
            Subject::Namespace(Kind::Net, inode) => match room.network {
                Some((network, Presence::Home)) => self.networks[network].inode == *inode,
                _ => false,
            },
            Subject::Namespace(kind, inode) => {
                let is = |named: &super::Named| (named.kind, named.inode) == (*kind, *inode);
                room.own.iter().any(is)
                    || room.idle.iter().any(is)
                    || room.processes.iter().any(|process| process.own.iter().any(is))
            }
        }
    }
}
