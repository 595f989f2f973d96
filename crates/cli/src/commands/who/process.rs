//! What there is to say of a process.

use std::fmt::Write as _;

use insula_ns::{Kind, Pid, Snapshot};
use serde::Serialize;

use crate::commands::container::ContainerFacts;
use crate::commands::holders::OfContainers;
use crate::commands::ls::SetNames;
use crate::commands::process::Brief;
use crate::report::Failure;
use crate::users::Users;

#[derive(Serialize)]
pub(super) struct ProcessAnswer {
    process: Brief,
    /// The nearest first.
    started_by: Vec<Brief>,
    container: Option<ContainerFacts>,
    namespaces: Vec<Membership>,
}

/// A namespace that the process is in.
#[derive(Serialize)]
struct Membership {
    kind: &'static str,
    inode: u64,
    sets: Vec<String>,
    /// How many other processes are in it.
    others: u32,
    shared_with_caller: bool,
    /// Unknown where the parent may not be looked at.
    shared_with_parent: Option<bool>,
}

impl ProcessAnswer {
    pub(super) fn find(
        snapshot: &Snapshot,
        pid: Pid,
        sets: &SetNames,
        containers: &OfContainers,
    ) -> Result<Self, Failure> {
        let mut users = Users::default();
        let process = snapshot.process(pid).ok_or_else(|| {
            Failure::new(format!("the namespaces of process {pid} are not to be seen"))
                .cause("only its user and root may look at them")
        })?;
        let ancestors = ancestors(snapshot, pid);
        let caller = snapshot.process(rustix::process::getpid());
        let parent = ancestors.first().and_then(|parent| snapshot.process(*parent));
        let membership = |kind: Kind| {
            let place = process.namespace(kind)?;
            let found = &snapshot.namespaces[place];
            Some(Membership {
                kind: kind.name(),
                inode: found.id.ino,
                sets: sets.of(found.id).unwrap_or_default().to_vec(),
                others: found.processes.saturating_sub(1),
                shared_with_caller: caller.is_some_and(|caller| caller.namespace(kind) == Some(place)),
                shared_with_parent: parent.map(|parent| parent.namespace(kind) == Some(place)),
            })
        };
        let mut brief = |pid| Brief::of(snapshot.proc(), pid, &mut users);
        Ok(Self {
            process: brief(pid),
            started_by: ancestors.into_iter().map(brief).collect(),
            container: containers.with(snapshot, pid).cloned(),
            namespaces: Kind::ALL.into_iter().filter_map(membership).collect(),
        })
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!("process {}\n", self.process.line());
        for ancestor in &self.started_by {
            let _ = writeln!(text, "  started by {}", ancestor.line());
        }
        if let Some(container) = &self.container {
            let _ = writeln!(text, "  in container {}", container.brief());
        }
        let (shared, own): (Vec<_>, Vec<_>) =
            self.namespaces.iter().partition(|membership| membership.shared_with_caller);
        for membership in own {
            let Membership { kind, inode, sets, others, .. } = membership;
            let _ = write!(text, "  in {kind}:[{inode}]");
            if !sets.is_empty() {
                let _ = write!(text, ", of set {}", sets.join(", "));
            }
            let company = match others {
                0 => ", alone".to_owned(),
                1 => ", with 1 other process".to_owned(),
                several => format!(", with {several} other processes"),
            };
            let _ = writeln!(
                text,
                "{company}{}",
                if membership.shared_with_parent == Some(false) { ", not its parent" } else { "" }
            );
        }
        if !shared.is_empty() {
            let kinds: Vec<&str> = shared.iter().map(|membership| membership.kind).collect();
            let _ = writeln!(text, "  shares with the caller: {}", kinds.join(", "));
        }
        text
    }
}

/// The processes that a process comes from, the nearest first.
fn ancestors(snapshot: &Snapshot, pid: Pid) -> Vec<Pid> {
    let mut ancestors = Vec::new();
    let mut next = pid;
    while let Ok(Some(parent)) = snapshot.proc().parent(next) {
        if ancestors.contains(&parent) {
            break; // Ids were given anew meanwhile.
        }
        ancestors.push(parent);
        next = parent;
    }
    ancestors
}
