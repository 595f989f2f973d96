//! What there is to say of an interface.

use std::fmt::Write as _;

use insula_engine::map::End;
use insula_ns::Snapshot;
use serde::Serialize;
use serde_json::Value;

use crate::commands::interfaces::{Interfaces, whole_name};
use crate::commands::ls::SetNames;
use crate::commands::process::Brief;
use crate::report::Failure;
use crate::table::Cell;
use crate::users::Users;

/// So many processes are printed; JSON has all.
const SHOWN: usize = 12;

#[derive(Serialize)]
pub(super) struct InterfaceAnswer {
    interface: Value,
    namespace: u64,
    sets: Vec<String>,
    processes: Vec<Brief>,
    #[serde(skip)]
    name: String,
    /// The interface as a person reads it, a line each.
    #[serde(skip)]
    words: Vec<String>,
}

impl InterfaceAnswer {
    /// One for each interface of that name.
    pub(super) fn find(snapshot: &Snapshot, name: &str, sets: &SetNames) -> Result<Vec<Self>, Failure> {
        let interfaces = Interfaces::read(snapshot, sets);
        let mut found: Vec<Self> =
            interfaces.networks.named(name).map(|end| Self::at(snapshot, &interfaces, end, sets)).collect();
        if found.is_empty() {
            let failure = Failure::new(format!("there is neither a set nor an interface `{name}` in sight"));
            return Err(match interfaces.networks.unknown.len() {
                0 => failure,
                count => failure
                    .cause(format!("network namespaces that could not be asked: {count}"))
                    .hint("run as root to see all"),
            });
        }
        found.sort_by_key(|answer| answer.namespace);
        Ok(found)
    }

    fn at(snapshot: &Snapshot, interfaces: &Interfaces, end: End, sets: &SetNames) -> Self {
        let interface = interfaces.networks.interface(end);
        let network = &interfaces.networks.networks[end.network];
        let place = snapshot.find(network.inode);
        let mut users = Users::default();
        let members = place.into_iter().flat_map(|place| snapshot.members(place));
        let processes: Vec<Brief> = members
            .filter(|process| process.thread_of.is_none())
            .map(|process| Brief::of(snapshot.proc(), process.pid, &mut users))
            .collect();
        let names =
            place.and_then(|place| sets.of(snapshot.namespaces[place].id)).unwrap_or_default().to_vec();
        let mut words =
            vec![format!("{}, {}", interface.kind.name(), if interface.up { "up" } else { "down" })];
        words.extend(interface.alternative_names.iter().map(|name| format!("also {name}")));
        words.extend(interface.addresses.iter().map(|address| format!("address {address}")));
        if let Some(peer) = interfaces.peer_words(end) {
            words.push(format!("leads to {peer}"));
        }
        let siblings = || network.interfaces.iter();
        if let Some(master) = interface.master.and_then(|index| siblings().find(|other| other.index == index))
        {
            words.push(format!("port of {}", whole_name(master)));
        }
        let ports: Vec<&str> =
            siblings().filter(|other| other.master == Some(interface.index)).map(whole_name).collect();
        if !ports.is_empty() {
            words.push(format!("has the ports {}", ports.join(" ")));
        }
        Self {
            interface: interfaces.json(end),
            name: interface.name.clone(),
            namespace: network.inode,
            sets: names,
            processes,
            words,
        }
    }

    pub(super) fn text(&self) -> String {
        let shown = |text: &str| Cell::text(text.to_owned()).shown();
        let mut text = format!("{} in net:[{}]", shown(&self.name), self.namespace);
        if !self.sets.is_empty() {
            let _ = write!(text, ", of set {}", self.sets.join(", "));
        }
        text.push('\n');
        for line in &self.words {
            let _ = writeln!(text, "  {}", shown(line));
        }
        for process in self.processes.iter().take(SHOWN) {
            let _ = writeln!(text, "  with it: process {}", process.line());
        }
        if self.processes.len() > SHOWN {
            let _ = writeln!(text, "  and {} more processes", self.processes.len() - SHOWN);
        }
        text
    }
}
