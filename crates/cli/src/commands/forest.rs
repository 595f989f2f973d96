//! Which row of a list of namespaces hangs on which other one.

use std::collections::HashMap;

use insula_ns::{Kinds, NsId, Pid, Snapshot};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// The index of the namespace in the snapshot.
    pub(super) namespace: usize,
    /// The process that stands for it, or whose row it is.
    pub(super) pid: Option<Pid>,
    /// Whether the namespace is only there because another one hangs on it.
    pub(super) link_only: bool,
}

/// One row.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) subject: Subject,
    /// The index of the row that this one hangs on.
    pub(super) parent: Option<usize>,
}

/// What a tree of namespaces shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// Which user or PID namespace was made in which.
    Parent,
    /// Which user namespace owns which namespace.
    Owner,
}

/// What the option `--tree` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// Which process started which.
    Process,
    /// Which user or PID namespace was made in which.
    Parent,
    /// Which user namespace owns which namespace.
    Owner,
}

impl Tree {
    /// The column that is drawn as a tree: that of processes, or that of namespaces.
    pub(super) fn column<C>(self, process: C, namespace: C) -> C {
        match self {
            Self::Process => process,
            Self::Parent | Self::Owner => namespace,
        }
    }
}

/// Says whether a row is wanted.
pub(super) type Keep<'k> = dyn FnMut(&Subject) -> bool + 'k;

/// Rows in the order given, none of which hangs on another one.
pub(super) fn list(subjects: impl Iterator<Item = Subject>, keep: &mut Keep<'_>) -> Vec<Node> {
    subjects.filter(|subject| keep(subject)).map(|subject| Node { subject, parent: None }).collect()
}

/// Rows in the order given, each hanging on the last row above that has its process's parent.
pub(super) fn by_process(
    snapshot: &Snapshot,
    subjects: impl Iterator<Item = Subject>,
    keep: &mut Keep<'_>,
) -> Vec<Node> {
    let mut last_of: HashMap<Pid, usize> = HashMap::new();
    let mut nodes: Vec<Node> = Vec::new();
    for subject in subjects.filter(|subject| keep(subject)) {
        let parent_of = |pid| snapshot.proc().parent(pid).ok().flatten();
        let parent = subject.pid.and_then(parent_of).and_then(|parent| last_of.get(&parent)).copied();
        if let Some(pid) = subject.pid {
            last_of.insert(pid, nodes.len());
        }
        nodes.push(Node { subject, parent });
    }
    nodes
}

/// The namespaces in `order`, each with all that it hangs on before it.
///
/// Of a kind that is not in `kinds`, a namespace is there for the others' sake alone.
pub(super) fn by_relation(
    snapshot: &Snapshot,
    relation: Relation,
    kinds: Kinds,
    order: &[usize],
    keep: &mut Keep<'_>,
) -> Vec<Node> {
    let progress = vec![Progress::Untouched; snapshot.namespaces.len()];
    let mut growth = Growth { snapshot, relation, kinds, progress, nodes: Vec::new(), keep };
    for place in order {
        growth.add(*place);
    }
    growth.nodes
}

/// The namespaces listed and all that they hang on, by inode number.
pub(super) fn with_related(snapshot: &Snapshot, listed: &[usize]) -> Vec<usize> {
    let mut all = listed.to_vec();
    let mut met = vec![false; snapshot.namespaces.len()];
    for &place in listed {
        met[place] = true;
    }
    let mut next = 0;
    while let Some(&place) = all.get(next) {
        let found = &snapshot.namespaces[place];
        for above in [found.parent, found.owner].into_iter().flatten() {
            if let Some(above) = snapshot.find(above.ino).filter(|&above| !met[above]) {
                met[above] = true;
                all.push(above);
            }
        }
        next += 1;
    }
    all.sort_unstable_by_key(|&place| snapshot.namespaces[place].id.ino);
    all
}

/// A tree under way.
struct Growth<'s, 'k> {
    snapshot: &'s Snapshot,
    relation: Relation,
    kinds: Kinds,
    progress: Vec<Progress>,
    nodes: Vec<Node>,
    keep: &'k mut Keep<'k>,
}

/// How far a namespace's row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Untouched,
    LeftOut,
    Row(usize),
}

impl Growth<'_, '_> {
    /// Adds a namespace, and before it those that it hangs on; the row it got.
    fn add(&mut self, place: usize) -> Option<usize> {
        match self.progress[place] {
            Progress::Row(row) => return Some(row),
            Progress::LeftOut => return None,
            // The kernel's relations have no circles; what would be one ends here.
            Progress::Untouched => self.progress[place] = Progress::LeftOut,
        }
        let found = &self.snapshot.namespaces[place];
        let relation = self.relation;
        let mut above = |id: Option<NsId>| self.add(self.snapshot.find(id?.ino)?);
        // A tree of parents has the owners in front too; they are user namespaces, with their own place in it.
        let parent = if relation == Relation::Parent { above(found.parent) } else { None };
        let owner = above(found.owner);
        let link_only = !self.kinds.contains(found.kind);
        let subject = Subject { namespace: place, pid: found.lowest.filter(|_| !link_only), link_only };
        if !(self.keep)(&subject) {
            return None;
        }
        let row = self.nodes.len();
        self.nodes.push(Node { subject, parent: if relation == Relation::Parent { parent } else { owner } });
        self.progress[place] = Progress::Row(row);
        Some(row)
    }
}
