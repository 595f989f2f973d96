//! What is not a matter of nesting: labs, and namespaces that nothing is in.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::nest::Nest;
use super::{Named, RoomKind};

impl Nest<'_> {
    /// Puts the nodes of each lab into a room of their own, as far as they stand side by side.
    pub(super) fn collect_labs(&mut self) {
        for lab in &self.survey.labs {
            let node_of: HashMap<&str, &str> =
                lab.nodes.iter().map(|(set, node)| (set.as_str(), node.as_str())).collect();
            let mut by_parent: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for (place, room) in self.rooms.iter_mut().enumerate() {
                let node = room.names.iter().find_map(|name| node_of.get(name.as_str()));
                if let (Some(parent), Some(node)) = (room.parent, node) {
                    room.node = Some((*node).to_owned());
                    by_parent.entry(parent).or_default().push(place);
                }
            }
            // A node in another node is in the lab with it.
            let most = by_parent.into_iter().max_by_key(|(parent, nodes)| (nodes.len(), usize::MAX - parent));
            let Some((parent, nodes)) = most else { continue };
            let room = self.add(Some(parent), RoomKind::Lab(lab.name.clone()));
            for node in nodes {
                self.rooms[node].parent = Some(room);
            }
        }
    }

    /// Tells of the namespaces that no process is in and no room shows, in the room of who owns them.
    pub(super) fn add_idle(&mut self) {
        let shown: HashSet<u64> = self
            .rooms
            .iter()
            .flat_map(|room| room.own.iter().chain(room.processes.iter().flat_map(|process| &process.own)))
            .map(|named| named.inode)
            .collect();
        let inhabited: HashSet<u64> =
            self.survey.processes.iter().flat_map(|member| member.namespaces).flatten().collect();
        for seen in &self.survey.namespaces {
            if shown.contains(&seen.inode) || inhabited.contains(&seen.inode) {
                continue;
            }
            let owned = |room: &super::Room| {
                room.own.iter().any(|own| own.kind == insula_ns::Kind::User && Some(own.inode) == seen.owner)
            };
            let room = self.rooms.iter().position(owned).unwrap_or(0);
            let named = Named { kind: seen.kind, inode: seen.inode, names: seen.names.clone() };
            self.rooms[room].idle.push(named);
        }
        self.rooms.iter_mut().for_each(|room| room.idle.sort());
    }
}
