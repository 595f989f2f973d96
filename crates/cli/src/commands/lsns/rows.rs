//! Which rows `lsns` prints, in which order, and what each hangs on.

use std::collections::HashMap;

use insula_ns::{Found, Pid, Snapshot};

use super::Request;
use super::cells::Cells;
use super::column::Column;
use crate::commands::forest::{Node, Relation, Subject, Tree, by_process, by_relation, list, with_related};
use crate::report::Failure;

impl Request {
    pub(super) fn rows(
        &self,
        snapshot: &Snapshot,
        tree: Option<Tree>,
        cells: &mut Cells<'_>,
    ) -> Result<Vec<Node>, Failure> {
        let mut keep = |subject: &Subject| self.passes(subject, cells);
        if let Some(inode) = self.namespace {
            let namespace = snapshot
                .find(inode)
                .ok_or_else(|| Failure::new(format!("there is no namespace {inode} in sight")))?;
            let subjects = snapshot.members(namespace).map(|process| Subject {
                namespace,
                pid: Some(process.pid),
                link_only: false,
            });
            return Ok(match tree {
                None => list(subjects, &mut keep),
                Some(_) => by_process(snapshot, subjects, &mut keep),
            });
        }
        let mut listed: Vec<usize> = (0..snapshot.namespaces.len())
            .filter(|&place| self.lists(snapshot, &snapshot.namespaces[place], place))
            .collect();
        listed.sort_unstable_by_key(|&place| snapshot.namespaces[place].id.ino);
        let subjects = listed.iter().map(|&place| Subject {
            namespace: place,
            pid: snapshot.namespaces[place].lowest,
            link_only: false,
        });
        let relation = match tree {
            None => return Ok(list(subjects, &mut keep)),
            Some(Tree::Process) => return Ok(by_process(snapshot, subjects, &mut keep)),
            Some(Tree::Parent) => Relation::Parent,
            Some(Tree::Owner) => Relation::Owner,
        };
        // Of one process, util-linux meets what they hang on only when it is needed.
        let order = if self.options.task.is_some() { listed } else { with_related(snapshot, &listed) };
        Ok(by_relation(snapshot, relation, self.kinds, &order, &mut keep))
    }

    /// Whether a namespace is one that was asked for, save the filter.
    fn lists(&self, snapshot: &Snapshot, found: &Found, place: usize) -> bool {
        let held = found.processes > 0
            || !(found.mounts.is_empty() && found.descriptors.is_empty() && found.sockets.is_empty());
        let of_task = |pid: Pid| {
            snapshot.process(pid).is_some_and(|process| process.namespace(found.kind) == Some(place))
        };
        self.kinds.contains(found.kind)
            && held
            && (!self.options.persistent || found.processes == 0)
            && self.options.task.is_none_or(of_task)
    }

    fn passes(&self, subject: &Subject, cells: &mut Cells<'_>) -> bool {
        let Some(filter) = &self.filter else { return true };
        // Read beforehand, since the filter only looks.
        let wanted: HashMap<usize, _> = filter
            .columns()
            .into_iter()
            .map(|column| (column, cells.get(subject, Column::ALL[column])))
            .collect();
        filter.accepts(|column| wanted[&column].clone())
    }
}
