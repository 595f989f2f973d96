//! The rooms, and which of their ports the lines lead to.

use std::collections::BTreeMap;

use insula_engine::map::{End, Interface, Map, Presence};

use super::Detail;
use crate::commands::map::captions::Captions;

/// More ports than these on one room, that have nothing else, are drawn as one.
const BUNDLED: usize = 10;

/// A map, with what its lines lead to.
pub(super) struct Graph<'m> {
    pub(super) map: &'m Map,
    pub(super) captions: &'m Captions,
    /// For each room, the rooms directly in it.
    pub(super) children: Vec<Vec<usize>>,
    /// The lines that are drawn.
    pub(super) lines: Vec<Link>,
    pub(super) detail: Detail,
}

/// A line between two ports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// Its index in [`Map::lines`].
    pub(super) line: usize,
    pub(super) ports: [Port; 2],
}

/// Something in a room's wall that a line can lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Port {
    pub(super) room: usize,
    pub(super) what: What,
}

/// What that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    /// An interface, by its place in [`Network::interfaces`](insula_engine::map::Network::interfaces).
    Interface(usize),
    /// All interfaces with lines that are ports of nothing.
    Bundle,
}

impl<'m> Graph<'m> {
    pub(super) fn of(map: &'m Map, captions: &'m Captions) -> Self {
        let homes = map.homes();
        let mut alone: BTreeMap<usize, usize> = BTreeMap::new();
        let ends = map.lines.iter().flat_map(|line| line.ends);
        for end in ends.filter(|end| master(map, *end).is_none()) {
            *alone.entry(end.network).or_default() += 1;
        }
        let port = |end: End| {
            let what = match master(map, end) {
                Some(master) => What::Interface(master),
                None if alone[&end.network] > BUNDLED => What::Bundle,
                None => What::Interface(end.interface),
            };
            Some(Port { room: homes[end.network]?, what })
        };
        let link = |(line, ends): (usize, [End; 2])| {
            let ports = [port(ends[0])?, port(ends[1])?];
            (ports[0] != ports[1]).then_some(Link { line, ports })
        };
        let lines = map.lines.iter().enumerate().filter_map(|(line, of)| link((line, of.ends))).collect();
        Self { map, captions, children: map.children(), lines, detail: Detail::of(map) }
    }

    /// The rooms that `room` is in, from itself outwards.
    pub(super) fn outwards(&self, room: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(room), |&room| self.map.rooms[room].parent)
    }

    /// The interfaces on a room's walls.
    pub(super) fn interfaces(&self, room: usize) -> &'m [Interface] {
        match self.map.rooms[room].network {
            Some((network, Presence::Home)) => &self.map.networks[network].interfaces,
            _ => &[],
        }
    }
}

/// The bridge, bond or VRF that an interface is a port of, by its place.
fn master(map: &Map, end: End) -> Option<usize> {
    let interfaces = &map.networks[end.network].interfaces;
    let index = interfaces[end.interface].master?;
    interfaces.iter().position(|interface| interface.index == index)
}
