//! Which processes have their user, PID and network namespace in common.

use std::collections::{BTreeMap, HashMap, HashSet};

use insula_ns::Kind;

use super::{Seen, Survey};

/// A user, a PID and a network namespace, by their inode numbers; none that a process has may be missing, but for what
/// nothing is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Cell {
    pub(super) pair: Pair,
    pub(super) net: Option<u64>,
}

/// A user and a PID namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pair {
    pub(super) user: Option<u64>,
    pub(super) pid: Option<u64>,
}

/// All that there is, and the processes that are there, by their places in [`Survey::processes`].
pub(super) struct Cells {
    pub(super) of: BTreeMap<Cell, Vec<usize>>,
    /// The pair that everything else is in.
    pub(super) root: Pair,
    above: HashMap<u64, u64>,
}

impl Cells {
    pub(super) fn of(survey: &Survey) -> Self {
        let mut of: BTreeMap<Cell, Vec<usize>> = BTreeMap::new();
        for (place, member) in survey.processes.iter().enumerate() {
            let pair = Pair { user: member.namespace(Kind::User), pid: member.namespace(Kind::Pid) };
            of.entry(Cell { pair, net: member.namespace(Kind::Net) }).or_default().push(place);
        }
        let above = survey.namespaces.iter().filter_map(|seen| Some((seen.inode, seen.parent?))).collect();
        let mut cells = Self { of, root: Pair { user: None, pid: None }, above };
        cells.root = cells.root(survey);
        cells.add_empty(survey);
        cells
    }

    /// How many namespaces are above one, and `None` above all.
    pub(super) fn depth(&self, namespace: Option<u64>) -> usize {
        self.upwards(namespace).count()
    }

    /// Whether `upper` is `lower`, or above it; nothing is above all.
    pub(super) fn is_above(&self, upper: Option<u64>, lower: Option<u64>) -> bool {
        upper.is_none() || self.upwards(lower).any(|namespace| Some(namespace) == upper)
    }

    /// A namespace, its parent and so on. The kernel nests 32 deep.
    fn upwards(&self, namespace: Option<u64>) -> impl Iterator<Item = u64> {
        std::iter::successors(namespace, |inode| self.above.get(inode).copied()).take(64)
    }

    /// The outermost pair; of several, that of the lowest process.
    fn root(&self, survey: &Survey) -> Pair {
        let lowest = |kind| {
            let inhabited = survey.processes.iter().filter_map(|member| member.namespace(kind));
            let known = survey.namespaces.iter().filter(|seen| seen.kind == kind).map(|seen| seen.inode);
            inhabited.chain(known).min_by_key(|inode| self.depth(Some(*inode)))
        };
        Pair { user: lowest(Kind::User), pid: lowest(Kind::Pid) }
    }

    /// Adds the namespaces that no process is in.
    fn add_empty(&mut self, survey: &Survey) {
        let inhabited: HashSet<u64> = self
            .of
            .keys()
            .flat_map(|cell| [cell.pair.user, cell.pair.pid, cell.net])
            .flatten()
            .flat_map(|inode| self.upwards(Some(inode)).collect::<Vec<_>>())
            .collect();
        let by_name: HashMap<&str, Vec<&Seen>> =
            survey.namespaces.iter().fold(HashMap::new(), |mut by_name, seen| {
                seen.names.iter().for_each(|name| by_name.entry(name.as_str()).or_default().push(seen));
                by_name
            });
        for seen in &survey.namespaces {
            if inhabited.contains(&seen.inode) {
                continue;
            }
            // What belongs to a set is together with the rest of it.
            let companion = |kind| {
                let of_name = |name: &String| by_name.get(name.as_str());
                let mut all = seen.names.iter().filter_map(of_name).flatten();
                all.find(|other| other.kind == kind).map(|other| other.inode)
            };
            let user = companion(Kind::User).or(seen.owner).or(self.root.user);
            let pair = Pair { user, pid: companion(Kind::Pid).or_else(|| self.pid_in(user)) };
            let cell = match seen.kind {
                Kind::Net => Cell { pair, net: Some(seen.inode) },
                Kind::Pid => Cell {
                    pair: Pair { pid: Some(seen.inode), ..pair },
                    net: companion(Kind::Net).filter(|net| !inhabited.contains(net)),
                },
                Kind::User => Cell {
                    pair: Pair { user: Some(seen.inode), ..pair },
                    net: companion(Kind::Net).filter(|net| !inhabited.contains(net)),
                },
                _ => continue,
            };
            self.of.entry(cell).or_default();
        }
    }

    /// The outermost PID namespace of what is in a user namespace; `None` if nothing is known.
    fn pid_in(&self, user: Option<u64>) -> Option<u64> {
        let pids = self.of.keys().filter(|cell| cell.pair.user == user).filter_map(|cell| cell.pair.pid);
        pids.min_by_key(|pid| (self.depth(Some(*pid)), *pid)).or(self.root.pid)
    }
}
