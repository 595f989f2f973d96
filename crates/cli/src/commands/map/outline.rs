//! A map as a tree of lines, which is what the text and the page have.

use std::fmt::Write as _;

use insula_engine::map::{End, Map, Presence, RoomKind};
use insula_ns::Kind;

use super::captions::Captions;
use super::ends::Ends;

/// A line, and those that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) what: Subject,
    pub(super) text: String,
    pub(super) inside: Vec<Entry>,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Room(usize),
    Interface,
    Published,
    Process,
    Note,
}

/// The machine.
pub(super) fn of(map: &Map, captions: &Captions) -> Entry {
    let outline = Outline { map, captions, ends: Ends::of(map), children: map.children() };
    outline.room(0)
}

struct Outline<'m> {
    map: &'m Map,
    captions: &'m Captions,
    ends: Ends<'m>,
    children: Vec<Vec<usize>>,
}

impl Outline<'_> {
    fn room(&self, index: usize) -> Entry {
        let room = &self.map.rooms[index];
        let mut text = self.captions.title(index).to_owned();
        let kinds: Vec<&str> = room.own.iter().map(|named| named.kind.name()).collect();
        if room.kind == RoomKind::Namespaces && !kinds.is_empty() {
            let _ = write!(text, " ({})", kinds.join(" "));
        }
        let mut inside = Vec::new();
        if let Some((network, Presence::Home)) = room.network {
            self.interfaces(network, &mut inside);
        }
        let entry = |what, text: String| Entry { what, text, inside: Vec::new() };
        for port in self.captions.ports(index) {
            inside.push(entry(Subject::Published, format!("{} {}", port.what, port.words)));
        }
        for group in self.captions.processes(index) {
            let kinds: Vec<&str> = group.kinds.iter().copied().map(Kind::name).collect();
            let own = if kinds.is_empty() { String::new() } else { format!(" (own {})", kinds.join(" ")) };
            inside.push(entry(Subject::Process, format!("{}{own}", group.text)));
        }
        inside.extend(self.captions.notes(index).into_iter().map(|note| entry(Subject::Note, note)));
        inside.extend(self.children[index].iter().map(|&child| self.room(child)));
        Entry { what: Subject::Room(index), text, inside }
    }

    fn interfaces(&self, network: usize, inside: &mut Vec<Entry>) {
        let interfaces = &self.map.networks[network].interfaces;
        let has = |index: u32| interfaces.iter().any(|other| other.index == index);
        for (place, interface) in interfaces.iter().enumerate() {
            if self.captions.is_shown(interface) && !interface.master.is_some_and(has) {
                let ports = (0..interfaces.len())
                    .filter(|&port| interfaces[port].master == Some(interface.index))
                    .map(|port| self.interface(network, port, Vec::new()))
                    .collect();
                inside.push(self.interface(network, place, ports));
            }
        }
    }

    fn interface(&self, network: usize, place: usize, ports: Vec<Entry>) -> Entry {
        let interface = &self.map.networks[network].interfaces[place];
        let mut text = self.captions.interface(interface);
        if interface.is_master() {
            let _ = write!(text, " ({})", crate::printable::line(interface.kind.name()));
        }
        if !interface.up {
            text.push_str(" (down)");
        }
        for words in self.captions.addresses(interface) {
            let _ = write!(text, " {words}");
        }
        for words in self.ends.words(self.captions, End { network, interface: place }) {
            let _ = write!(text, " {words}");
        }
        Entry { what: Subject::Interface, text, inside: ports }
    }
}
