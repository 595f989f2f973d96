//! What stands in the columns of one row of `insula ls`.

use std::collections::HashMap;

use insula_engine::set::Sets;
use insula_ns::{NetId, NsId, Pid, Snapshot};
use serde_json::{Map, Value};

use super::column::Column;
use super::network::Network;
use crate::commands::forest::Subject;
use crate::commands::holders::{Holder, OfContainers, holders, number};
use crate::commands::process::Shown;
use crate::table::Cell;
use crate::users::Users;

/// The names of the sets that namespaces are in.
#[derive(Debug, Default)]
pub(in crate::commands) struct SetNames(HashMap<NsId, Vec<String>>);

impl SetNames {
    /// Of all sets that the caller can see; what cannot be read of them is returned beside.
    pub(in crate::commands) fn read() -> (Self, Vec<String>) {
        let mut names = Self::default();
        let mut unreadable = Vec::new();
        match Sets::of_caller().list() {
            Ok(listing) => {
                for set in &listing.sets {
                    for member in set.members() {
                        names.0.entry(member.id).or_default().push(set.name().to_string());
                    }
                }
                unreadable.extend(listing.unreadable.iter().map(|error| crate::report::chain(error)));
            }
            Err(error) => unreadable.push(crate::report::chain(&error)),
        }
        (names, unreadable)
    }

    pub(in crate::commands) fn of(&self, id: NsId) -> Option<&[String]> {
        self.0.get(&id).map(Vec::as_slice)
    }
}

/// The source of all cells.
pub(super) struct Cells<'s> {
    snapshot: &'s Snapshot,
    sets: &'s SetNames,
    network: &'s Network,
    containers: &'s OfContainers,
    users: Users,
    processes: Shown,
}

impl<'s> Cells<'s> {
    pub(super) fn new(
        snapshot: &'s Snapshot,
        sets: &'s SetNames,
        network: &'s Network,
        containers: &'s OfContainers,
    ) -> Self {
        Self { snapshot, sets, network, containers, users: Users::default(), processes: Shown::default() }
    }

    pub(super) fn get(&mut self, subject: &Subject, column: Column) -> Cell {
        let found = &self.snapshot.namespaces[subject.namespace];
        match column {
            Column::Kind => Cell::from(found.kind.name()),
            Column::Inode => Cell::Number(found.id.ino),
            Column::Id => found.ns_id.into(),
            Column::Procs => found.processes.into(),
            Column::Threads => found.threads.into(),
            Column::Pid => subject.pid.map(number).into(),
            Column::Ppid => subject.pid.map(|pid| self.parent(pid).map_or(0, number)).into(),
            Column::Uid => self.uid(subject).into(),
            Column::User => self.uid(subject).map(|uid| Cell::text(self.users.name_or_id(uid))).into(),
            Column::Command => {
                subject.pid.map(|pid| Cell::text(self.processes.command(self.snapshot.proc(), pid))).into()
            }
            Column::Holders => {
                let all = self.holders(subject.namespace);
                // What hangs on it is of interest where nothing else tells why it is there.
                let shown =
                    |holder: &&Holder<'_>| found.processes == 0 || !matches!(holder, Holder::Namespace(_));
                Cell::text(brief(all.iter().filter(shown).map(Holder::words).collect()))
            }
            Column::Set => self.sets.of(found.id).map(|names| Cell::text(names.join(","))).into(),
            Column::Parent => found.parent.map(|id| id.ino).into(),
            Column::Owner => found.owner.map(|id| id.ino).into(),
            Column::Creator => found.creator.into(),
            Column::Netid => match found.net_id {
                Some(NetId::Assigned(id)) => Cell::from(id),
                Some(NetId::Unassigned) | None => Cell::Empty,
            },
            Column::Interfaces => words(&self.network.interfaces(found.id.ino)),
            Column::Peers => words(&self.network.peers(found.id.ino)),
            Column::Ports => words(&self.network.ports(found.id.ino)),
        }
    }

    /// The row as an object with the columns' names, in lower case, as keys.
    pub(super) fn json(&mut self, subject: &Subject, columns: &[Column]) -> Map<String, Value> {
        let value = |cells: &mut Self, column| match column {
            Column::Holders => cells.holders(subject.namespace).iter().map(Holder::json).collect(),
            Column::Set => {
                let id = cells.snapshot.namespaces[subject.namespace].id;
                cells.sets.of(id).unwrap_or_default().into()
            }
            Column::Interfaces | Column::Peers | Column::Ports => {
                let found = &cells.snapshot.namespaces[subject.namespace];
                cells.network.json(found.id.ino, column, cells.snapshot, &mut cells.users)
            }
            _ => match cells.get(subject, column) {
                Cell::Empty | Cell::Lines(_) => Value::Null,
                Cell::Number(number) => number.into(),
                Cell::Text(text) => String::from_utf8_lossy(&text).into(),
            },
        };
        columns.iter().map(|&column| (column.name().to_ascii_lowercase(), value(self, column))).collect()
    }

    /// What holds a namespace, its containers first.
    fn holders(&self, place: usize) -> Vec<Holder<'s>> {
        let mut all: Vec<Holder<'s>> = self.containers.of(place).map(Holder::Container).collect();
        all.extend(holders(self.snapshot, place));
        all
    }

    fn parent(&self, pid: Pid) -> Option<Pid> {
        self.snapshot.proc().parent(pid).ok().flatten()
    }

    /// The user of the lowest process; without one, whoever made the namespace.
    fn uid(&mut self, subject: &Subject) -> Option<u32> {
        match subject.pid {
            Some(pid) => self.processes.uid(self.snapshot.proc(), pid),
            None => creator(self.snapshot, subject.namespace),
        }
    }
}

/// Who made a namespace: of other kinds than user, who made the user namespace that owns it.
pub(in crate::commands) fn creator(snapshot: &Snapshot, place: usize) -> Option<u32> {
    if let Some(creator) = snapshot.namespaces[place].creator {
        return Some(creator);
    }
    let namespace = snapshot.open(place).ok()?;
    match namespace.owner_uid().ok().flatten() {
        Some(creator) => Some(creator),
        None => namespace.owner().ok().flatten()?.owner_uid().ok().flatten(),
    }
}

fn words(words: &[String]) -> Cell {
    if words.is_empty() { Cell::Empty } else { Cell::text(words.join(", ")) }
}

/// Some words, and how many more there are.
fn brief(mut words: Vec<String>) -> String {
    const SHOWN: usize = 3;
    if words.len() > SHOWN {
        let more = words.len() - SHOWN;
        words.truncate(SHOWN);
        words.push(format!("and {more} more"));
    }
    words.join(", ")
}
