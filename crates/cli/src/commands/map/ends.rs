//! What is at the other end of an interface.

use std::collections::HashMap;

use insula_engine::map::{End, LineKind, Map};

use super::captions::Captions;
use crate::printable;

/// The lines of a map, by their ends.
#[derive(Debug)]
pub(super) struct Ends<'m> {
    map: &'m Map,
    homes: Vec<Option<usize>>,
    at: HashMap<End, Vec<(LineKind, usize, End)>>,
}

impl<'m> Ends<'m> {
    pub(super) fn of(map: &'m Map) -> Self {
        let mut at: HashMap<End, Vec<(LineKind, usize, End)>> = HashMap::new();
        for line in &map.lines {
            let [one, other] = line.ends;
            at.entry(one).or_default().push((line.kind, 0, other));
            at.entry(other).or_default().push((line.kind, 1, one));
        }
        Self { map, homes: map.homes(), at }
    }

    /// The rooms at both ends of a line.
    pub(super) fn rooms(&self, line: usize) -> [Option<usize>; 2] {
        self.map.lines[line].ends.map(|end| self.homes[end.network])
    }

    /// Where the lines from an interface lead to, in words: `web eth0`.
    pub(super) fn words(&self, captions: &Captions, end: End) -> Vec<String> {
        let of = self.at.get(&end).map_or(&[][..], Vec::as_slice);
        let mut words = Vec::new();
        for (kind, position, other) in of {
            let network = &self.map.networks[other.network];
            let name = captions.interface(&network.interfaces[other.interface]);
            let place = match self.homes[other.network] {
                _ if other.network == end.network => name,
                Some(home) => format!("{} {name}", captions.title(home)),
                None if network.host => format!("host {name}"),
                None => match network.names.first() {
                    Some(set) => format!("{} {name}", printable::line(set)),
                    None => format!("net:[{}] {name}", network.inode),
                },
            };
            words.push(match (kind, position) {
                (LineKind::Pair, _) => format!("→ {place}"),
                (LineKind::OnTop, 0) => format!("on {place}"),
                (LineKind::OnTop, _) => format!("under {place}"),
            });
        }
        let interface = &self.map.networks[end.network].interfaces[end.interface];
        if let Some((None, index)) = interface.peer {
            words.push(format!("→ interface {index} of a namespace out of sight"));
        }
        words
    }
}
