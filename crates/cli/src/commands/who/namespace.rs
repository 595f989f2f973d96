//! What there is to say of a namespace.

use std::fmt::Write as _;

use insula_ns::{Kind, NsId, Snapshot};
use serde::Serialize;
use serde_json::Value;

use crate::commands::holders::{Holder, OfContainers, holders};
use crate::commands::ls::{SetNames, creator};
use crate::commands::process::Brief;
use crate::report::Failure;
use crate::users::Users;

#[derive(Serialize)]
pub(super) struct NamespaceAnswer {
    kind: &'static str,
    inode: u64,
    sets: Vec<String>,
    /// The uid that made it, or the user namespace that owns it.
    creator: Option<u32>,
    owner: Option<u64>,
    parent: Option<u64>,
    processes: Vec<Brief>,
    /// Threads of processes that are in another namespace themselves.
    threads: Vec<Brief>,
    holders: Vec<Value>,
    /// The holders as a person reads them.
    #[serde(skip)]
    words: Vec<String>,
    #[serde(skip)]
    creator_name: Option<String>,
}

/// So many processes or holders are printed; JSON has all.
const SHOWN: usize = 12;

impl NamespaceAnswer {
    pub(super) fn find(
        snapshot: &Snapshot,
        kind: Kind,
        id: NsId,
        sets: &SetNames,
        containers: &OfContainers,
    ) -> Result<Self, Failure> {
        let place = super::place(snapshot, id.ino)?;
        debug_assert_eq!(snapshot.namespaces[place].kind, kind, "inode numbers are unique");
        Ok(Self::at(snapshot, place, sets, containers))
    }

    pub(super) fn find_inode(
        snapshot: &Snapshot,
        inode: u64,
        sets: &SetNames,
        containers: &OfContainers,
    ) -> Result<Self, Failure> {
        Ok(Self::at(snapshot, super::place(snapshot, inode)?, sets, containers))
    }

    fn at(snapshot: &Snapshot, place: usize, sets: &SetNames, containers: &OfContainers) -> Self {
        let found = &snapshot.namespaces[place];
        let mut users = Users::default();
        let mut held: Vec<Holder<'_>> = containers.of(place).map(Holder::Container).collect();
        held.extend(holders(snapshot, place));
        let words = held.iter().map(|holder| words(holder, snapshot, &mut users)).collect();
        let creator = creator(snapshot, place);
        Self {
            kind: found.kind.name(),
            inode: found.id.ino,
            sets: sets.of(found.id).unwrap_or_default().to_vec(),
            creator,
            creator_name: creator.map(|uid| users.name_or_id(uid)),
            owner: found.owner.map(|id| id.ino),
            parent: found.parent.map(|id| id.ino),
            processes: snapshot
                .members(place)
                .filter(|process| process.thread_of.is_none())
                .map(|process| Brief::of(snapshot.proc(), process.pid, &mut users))
                .collect(),
            threads: snapshot
                .members(place)
                .filter(|thread| {
                    let process = thread.thread_of.and_then(|pid| snapshot.process(pid));
                    process.is_some_and(|process| process.namespace(found.kind) != Some(place))
                })
                .map(|thread| Brief::of(snapshot.proc(), thread.pid, &mut users))
                .collect(),
            holders: held.iter().map(Holder::json).collect(),
            words,
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!("{}:[{}]", self.kind, self.inode);
        if !self.sets.is_empty() {
            let _ = write!(text, ", of set {}", self.sets.join(", "));
        }
        text.push('\n');
        match (&self.creator_name, self.creator) {
            (Some(name), Some(uid)) if *name != uid.to_string() => {
                let _ = writeln!(text, "  made by {name} (uid {uid})");
            }
            (_, Some(uid)) => {
                let _ = writeln!(text, "  made by uid {uid}");
            }
            (_, None) => text.push_str("  made by someone outside of what this user may see\n"),
        }
        if let Some(owner) = self.owner {
            let _ = writeln!(text, "  owned by user:[{owner}]");
        }
        if let Some(parent) = self.parent.filter(|parent| Some(*parent) != self.owner) {
            let _ = writeln!(text, "  inside {}:[{parent}]", self.kind);
        }
        self.write_alive(&mut text);
        text
    }

    fn write_alive(&self, text: &mut String) {
        if self.processes.is_empty() && self.words.is_empty() && self.threads.is_empty() {
            text.push_str("  nothing in sight keeps it alive\n");
            return;
        }
        text.push_str("  kept alive by\n");
        let processes: Vec<String> =
            self.processes.iter().map(|process| format!("process {}", process.line())).collect();
        write_some(text, &processes, "processes");
        let threads: Vec<String> = self
            .threads
            .iter()
            .map(|thread| format!("thread {} of a process elsewhere", thread.line()))
            .collect();
        write_some(text, &threads, "threads");
        write_some(text, &self.words, "holders");
    }
}

fn write_some(text: &mut String, lines: &[String], what: &str) {
    for line in lines.iter().take(SHOWN) {
        let _ = writeln!(text, "    {line}");
    }
    if lines.len() > SHOWN {
        let _ = writeln!(text, "    and {} more {what}", lines.len() - SHOWN);
    }
}

/// A holder in words, with the process that it is of.
fn words(holder: &Holder<'_>, snapshot: &Snapshot, users: &mut Users) -> String {
    let pid = match holder {
        Holder::Descriptor(held) | Holder::Socket(held) => held.pid,
        Holder::ForChildren(pid) => *pid,
        Holder::Mount(_) | Holder::Namespace(_) | Holder::Container(_) => return holder.words(),
    };
    format!("{}: {}", holder.words(), Brief::of(snapshot.proc(), pid, users).line())
}
