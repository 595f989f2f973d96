//! Which rows `lsns` prints, in which order, and what each hangs on.

use std::collections::HashMap;

use insula_ns::{Found, Pid, Snapshot};

use super::Request;
use super::cells::{Cells, Subject};
use super::column::Column;
use super::options::Tree;
use crate::report::Failure;

/// One row.
pub(super) struct Listed {
    pub(super) subject: Subject,
    /// The index of the row that this one hangs on.
    pub(super) parent: Option<usize>,
}

impl Request {
    pub(super) fn rows(
        &self,
        snapshot: &Snapshot,
        tree: Option<Tree>,
        cells: &mut Cells<'_>,
    ) -> Result<Vec<Listed>, Failure> {
        if let Some(inode) = self.namespace {
            let namespace = snapshot
                .find(inode)
                .ok_or_else(|| Failure::new(format!("there is no namespace {inode} in sight")))?;
            let subjects = snapshot.members(namespace).map(|process| Subject {
                namespace,
                pid: Some(process.pid),
                link_only: false,
            });
            return Ok(self.by_process(subjects.collect(), tree, cells));
        }
        let mut listed: Vec<usize> = (0..snapshot.namespaces.len())
            .filter(|&place| self.lists(snapshot, &snapshot.namespaces[place], place))
            .collect();
        listed.sort_unstable_by_key(|&place| snapshot.namespaces[place].id.ino);
        if let Some(Tree::Owner | Tree::Parent) = tree {
            return Ok(Related::new(self, snapshot, tree).rows(&listed, cells));
        }
        let subject = |place: usize| {
            let pid = snapshot.namespaces[place].lowest;
            Subject { namespace: place, pid, link_only: false }
        };
        Ok(self.by_process(listed.into_iter().map(subject).collect(), tree, cells))
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

    /// Rows that hang on that of the process's parent, as far as that stands above.
    fn by_process(&self, subjects: Vec<Subject>, tree: Option<Tree>, cells: &mut Cells<'_>) -> Vec<Listed> {
        let mut last_of: HashMap<Pid, usize> = HashMap::new();
        let mut rows = Vec::with_capacity(subjects.len());
        for subject in subjects {
            if !self.passes(&subject, cells) {
                continue;
            }
            let mut parent = None;
            if let (Some(_), Some(pid)) = (tree, subject.pid) {
                parent = cells.parent(pid).and_then(|parent| last_of.get(&parent)).copied();
                last_of.insert(pid, rows.len());
            }
            rows.push(Listed { subject, parent });
        }
        rows
    }
}

/// The rows of a tree of namespaces, under way.
struct Related<'r> {
    request: &'r Request,
    snapshot: &'r Snapshot,
    tree: Option<Tree>,
    progress: Vec<Progress>,
    rows: Vec<Listed>,
}

impl<'r> Related<'r> {
    fn new(request: &'r Request, snapshot: &'r Snapshot, tree: Option<Tree>) -> Self {
        let progress = vec![Progress::Untouched; snapshot.namespaces.len()];
        Self { request, snapshot, tree, progress, rows: Vec::new() }
    }

    fn rows(mut self, listed: &[usize], cells: &mut Cells<'_>) -> Vec<Listed> {
        let mut all = self.with_related(listed);
        all.sort_unstable_by_key(|&place| self.snapshot.namespaces[place].id.ino);
        for place in all {
            self.add(place, cells);
        }
        self.rows
    }

    /// The namespaces listed, and all that they hang on.
    fn with_related(&self, listed: &[usize]) -> Vec<usize> {
        let mut all = listed.to_vec();
        let mut met = vec![false; self.snapshot.namespaces.len()];
        for &place in listed {
            met[place] = true;
        }
        let mut next = 0;
        while let Some(&place) = all.get(next) {
            let found = &self.snapshot.namespaces[place];
            for above in [found.parent, found.owner].into_iter().flatten() {
                if let Some(above) = self.snapshot.find(above.ino).filter(|&above| !met[above]) {
                    met[above] = true;
                    all.push(above);
                }
            }
            next += 1;
        }
        all
    }

    /// Adds a namespace, and before it those that it hangs on; the row it got.
    fn add(&mut self, place: usize, cells: &mut Cells<'_>) -> Option<usize> {
        match self.progress[place] {
            Progress::Row(row) => return Some(row),
            Progress::LeftOut => return None,
            // The kernel's relations have no circles; what would be one ends here.
            Progress::Untouched => self.progress[place] = Progress::LeftOut,
        }
        let found = &self.snapshot.namespaces[place];
        let [parent, owner] = [found.parent, found.owner].map(|id| {
            let above = id.and_then(|id| self.snapshot.find(id.ino))?;
            self.add(above, cells)
        });
        // Of the kinds that were not asked for, processes do not count.
        let link_only = !self.request.kinds.contains(found.kind);
        let pid = found.lowest.filter(|_| !link_only);
        let subject = Subject { namespace: place, pid, link_only };
        if !self.request.passes(&subject, cells) {
            return None;
        }
        let parent = if self.tree == Some(Tree::Parent) { parent } else { owner };
        let row = self.rows.len();
        self.rows.push(Listed { subject, parent });
        self.progress[place] = Progress::Row(row);
        Some(row)
    }
}

/// How far a namespace's row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Untouched,
    LeftOut,
    Row(usize),
}
