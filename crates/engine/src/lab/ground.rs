//! The ground that a lab stands on: the namespaces of its nodes.
//!
//! A thread can move from one new namespace to the next, and what it opens there keeps working elsewhere. So a few threads
//! make all network namespaces, each with a netlink socket in it; no process is started for that. A node with a PID or
//! mount namespace gets a keeper besides, which is born in the namespaces that are there already.

use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use insula_net::{Netlink, Place, Protocol};
use insula_ns::{Kind, Kinds, Namespace};
use insula_sandbox::Namespaces;
use insula_sandbox::mounts::{self, FileSystem, Mount, MountPlan, Propagation};
use insula_sys::unshare::unshare;
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};

use super::bind::{Access, Bind};
use super::error::LabError;
use super::topology::Node;
use crate::keeper::NewKeeper;
use crate::set::{Claims, NETNS};

/// The kinds that a thread can have of its own.
const OF_A_THREAD: [Kind; 4] = [Kind::Net, Kind::Uts, Kind::Ipc, Kind::Cgroup];

/// The namespaces of one node.
#[derive(Debug)]
pub(super) struct Ground {
    /// All of them, the network namespace first.
    pub(super) namespaces: Vec<Namespace>,
    /// The network namespace, for links that are to be made in it.
    pub(super) place: Place,
    /// A socket in it.
    pub(super) route: Netlink,
    /// The process that holds the others, until it is told to stay.
    pub(super) keeper: Option<NewKeeper>,
}

impl Ground {
    /// The network namespace.
    pub(super) fn net(&self) -> &Namespace {
        &self.namespaces[0]
    }
}

/// How many threads are worth having.
fn threads(work: usize) -> usize {
    insula_sys::processors::count().min(8).min(work.max(1))
}

/// How many threads are worth having where they mostly wait.
const WAITING: usize = 32;

/// Does `one` for each of the numbers below `count`, on a few threads, each of which begins with `begin`; the results in
/// their order. After a failure no more is begun.
pub(super) fn on_threads<T: Send, S>(
    count: usize,
    begin: impl Fn() -> Result<S, LabError> + Sync,
    one: impl Fn(&mut S, usize) -> Result<T, LabError> + Sync,
) -> Result<Vec<T>, LabError> {
    spread(threads(count), count, begin, one)
}

/// The same, on as many threads as are worth having where they mostly wait.
pub(super) fn on_many_threads<T: Send, S>(
    count: usize,
    begin: impl Fn() -> Result<S, LabError> + Sync,
    one: impl Fn(&mut S, usize) -> Result<T, LabError> + Sync,
) -> Result<Vec<T>, LabError> {
    spread(WAITING.min(count), count, begin, one)
}

fn spread<T: Send, S>(
    threads: usize,
    count: usize,
    begin: impl Fn() -> Result<S, LabError> + Sync,
    one: impl Fn(&mut S, usize) -> Result<T, LabError> + Sync,
) -> Result<Vec<T>, LabError> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, T)>, LabError> {
        let mut done = Vec::new();
        let mut state = None;
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(done);
            }
            let state = match &mut state {
                Some(state) => state,
                none => none.insert(begin()?),
            };
            match one(state, index) {
                Ok(result) => done.push((index, result)),
                Err(error) => {
                    next.store(count, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    let parts: Vec<_> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        started
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut all = Vec::with_capacity(count);
    for part in parts {
        all.extend(part?);
    }
    all.sort_unstable_by_key(|(index, _)| *index);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

/// Makes the namespaces of all `nodes` but those that only a process can hold.
pub(super) fn make(nodes: &[&Node]) -> Result<Vec<Ground>, LabError> {
    on_threads(nodes.len(), || Ok(()), |(), index| make_one(nodes[index]))
}

fn make_one(node: &Node) -> Result<Ground, LabError> {
    let kinds: Kinds = OF_A_THREAD.into_iter().filter(|kind| node.kinds.contains(*kind)).collect();
    let failed = |source| LabError::Unshare { node: node.name.clone(), source };
    unshare(kinds.clone_flags()).map_err(failed)?;
    if kinds.contains(Kind::Uts) {
        rustix::system::sethostname(node.name.as_str().as_bytes())
            .map_err(|source| LabError::HostName { node: node.name.clone(), source })?;
    }
    let open = |kind| {
        Namespace::of_self(kind).map_err(|source| LabError::Namespace { node: node.name.clone(), source })
    };
    let namespaces = OF_A_THREAD.into_iter().filter(|kind| kinds.contains(*kind)).map(open);
    let namespaces = namespaces.collect::<Result<Vec<_>, _>>()?;
    let network = |source| LabError::Network { node: node.name.clone(), source: Box::new(source) };
    let route = Netlink::open(Protocol::Route).map_err(network)?;
    let place = Place::of(namespaces[0].as_fd()).map_err(failed)?;
    Ok(Ground { namespaces, place, route, keeper: None })
}

/// Starts the keepers of those nodes that need one.
///
/// They are children of threads in a mount namespace that has none of the mounts that keep sets: a copy of those in each
/// node would keep other sets alive, and cost as much as there are sets, for each node.
pub(super) fn start_keepers(
    nodes: &[&Node],
    grounds: &mut [Ground],
    claims: &Claims,
    directory: &std::path::Path,
) -> Result<(), LabError> {
    let wanted: Vec<usize> = nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.kinds.contains(Kind::Pid) || node.kinds.contains(Kind::Mnt))
        .map(|(index, _)| index)
        .collect();
    let store = claims.store_path();
    let started = {
        let grounds = &*grounds;
        let begin = || without_sets(store).map_err(|source| LabError::Mounts { source });
        on_threads(wanted.len(), begin, |(), at| {
            let index = wanted[at];
            start_keeper(nodes[index], &grounds[index], &claims.directory(index), directory)
        })?
    };
    for (index, (keeper, namespaces)) in wanted.into_iter().zip(started) {
        grounds[index].namespaces.extend(namespaces);
        grounds[index].keeper = Some(keeper);
    }
    Ok(())
}

/// Moves the calling thread into a mount namespace in which no sets are mounted.
fn without_sets(store: &std::path::Path) -> Result<(), Errno> {
    unshare(Kinds::from(Kind::Mnt).clone_flags())?;
    rustix::mount::mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC)?;
    let netns = std::path::Path::new(NETNS);
    for path in [netns, store] {
        // With all that is mounted below; there may be several, one over the other.
        loop {
            match rustix::mount::unmount(path, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
                Ok(()) => {}
                // Not mounted, or not there.
                Err(Errno::INVAL | Errno::NOENT) => break,
                Err(errno) => return Err(errno),
            }
        }
    }
    // The bare files that they were mounted on would look like namespaces to `ip`.
    match rustix::mount::mount("tmpfs", netns, "tmpfs", MountFlags::empty(), Some(c"mode=755")) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno),
    }
}

fn start_keeper(
    node: &Node,
    ground: &Ground,
    set: &std::path::Path,
    directory: &std::path::Path,
) -> Result<(NewKeeper, Vec<Namespace>), LabError> {
    let namespace = |source| LabError::Namespace { node: node.name.clone(), source };
    for own in &ground.namespaces {
        own.enter().map_err(namespace)?;
    }
    let kinds: Kinds = [Kind::Mnt, Kind::Pid].into_iter().filter(|kind| node.kinds.contains(*kind)).collect();
    let namespaces = Namespaces { new: kinds, ..Namespaces::default() };
    let failed = |source| LabError::Keeper { node: node.name.clone(), source: Box::new(source) };
    let keeper = NewKeeper::start(set, namespaces, mounts(node, directory)).map_err(failed)?;
    let opened = kinds.iter().map(|kind| keeper.namespace(kind)).collect::<Result<Vec<_>, _>>();
    Ok((keeper, opened.map_err(namespace)?))
}

/// What is mounted in a node: what it says, and what shows its own namespaces.
fn mounts(node: &Node, directory: &std::path::Path) -> MountPlan {
    let mut plan = MountPlan::default();
    if !node.kinds.contains(Kind::Mnt) {
        return plan;
    }
    plan.propagation = Some(Propagation::Slave);
    if node.kinds.contains(Kind::Pid) {
        plan.mounts.push(Mount::Private("/proc".into()));
        plan.mounts.push(Mount::Proc("/proc".into()));
    }
    plan.mounts.push(Mount::Private("/sys".into()));
    plan.mounts.push(Mount::FileSystem(FileSystem::sysfs("/sys")));
    for Bind { source, target, access } in &node.binds {
        let source = directory.join(source);
        plan.mounts.push(Mount::Bind(match access {
            Access::ReadOnly => mounts::Bind::read_only(source, target),
            Access::ReadWrite => mounts::Bind::new(source, target),
        }));
    }
    plan
}
