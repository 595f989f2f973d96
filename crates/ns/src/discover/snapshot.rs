//! What a scan found.

use std::path::PathBuf;

use rustix::process::Pid;

use super::index::Index;
use crate::procfs::ProcDir;
use crate::{Kind, NetId, NsHandle, NsId};

/// The namespaces of the machine, as far as the caller sees them, and what holds them.
#[derive(Debug)]
pub struct Snapshot {
    /// The namespaces, in the order in which they were met.
    pub namespaces: Vec<Found>,
    /// The processes (and threads, with [`Want::Threads`](super::Want::Threads)), by ascending process id.
    pub processes: Vec<Process>,
    /// What the caller may not see.
    pub hidden: Hidden,
    pub(super) index: Index,
    pub(super) proc: ProcDir,
}

/// A namespace, and what holds it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// Its kind.
    pub kind: Kind,
    /// Its device and inode number.
    pub id: NsId,
    /// Its 64-bit id: with [`Want::Ids`](super::Want::Ids), on a kernel that has them.
    pub ns_id: Option<u64>,
    /// How many processes are in it.
    pub processes: u32,
    /// How many further threads are in it: with [`Want::Threads`](super::Want::Threads).
    pub threads: u32,
    /// The process in it with the lowest id.
    pub lowest: Option<Pid>,
    /// Processes (and threads) outside of it whose next children will be born in it, if it is a PID or time namespace:
    /// with [`Want::ForChildren`](super::Want::ForChildren).
    pub for_children_of: Vec<Pid>,
    /// Descriptors of it that processes hold: with [`Want::Descriptors`](super::Want::Descriptors).
    pub descriptors: Vec<HeldDescriptor>,
    /// Sockets that belong to it, of processes that are not in it, one each: with
    /// [`Want::Sockets`](super::Want::Sockets).
    pub sockets: Vec<HeldDescriptor>,
    /// Where it is mounted: with [`Want::Mounts`](super::Want::Mounts).
    pub mounts: Vec<NsMount>,
    /// The parent, of a user or PID namespace: with [`Want::Relations`](super::Want::Relations). `None` as well
    /// when that lies outside the caller's own.
    pub parent: Option<NsId>,
    /// The user namespace that owns it: likewise.
    pub owner: Option<NsId>,
    /// The uid that made it, of a user namespace: with [`Want::Relations`](super::Want::Relations).
    pub creator: Option<u32>,
    /// The number that the caller's network namespace has for it, if it is of that kind: with
    /// [`Want::NetIds`](super::Want::NetIds).
    pub net_id: Option<NetId>,
    pub(super) handle: Option<NsHandle>,
}

/// A descriptor of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldDescriptor {
    /// The process.
    pub pid: Pid,
    /// The number of the descriptor in it.
    pub descriptor: i32,
}

/// A mount of a namespace file, such as `ip netns add` makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NsMount {
    /// The mount namespace that it is in.
    pub mount_ns: NsId,
    /// Whose root the path starts from.
    pub seen_from: SeenFrom,
    /// The path that it is mounted on.
    pub path: PathBuf,
}

/// Whose root a path starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenFrom {
    /// The caller's.
    Caller,
    /// A process's, in the mount namespace that the mount is in.
    Process(Pid),
    /// That of the mount namespace itself, which no process is in.
    Kernel,
}

/// A process or thread, and the namespaces that it is in.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// Its id, in the PID namespace of `/proc`.
    pub pid: Pid,
    /// Of a thread that is not its process's first, the process.
    pub thread_of: Option<Pid>,
    pub(super) places: [u32; 8],
}

impl Process {
    /// In `places`, of a kind that wasn't asked for, that the kernel lacks, or that the caller may not see.
    pub(super) const NOWHERE: u32 = u32::MAX;

    /// The namespace of the given kind that it is in, as an index into [`Snapshot::namespaces`].
    #[must_use]
    pub fn namespace(&self, kind: Kind) -> Option<usize> {
        match self.places[kind as usize] {
            Self::NOWHERE => None,
            place => Some(place as usize),
        }
    }
}

/// What the caller may not see: counted, so that a list that is not complete can say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hidden {
    /// Processes and threads whose namespaces the caller may not read.
    pub processes: u32,
    /// Processes whose descriptors the caller may not list.
    pub descriptor_tables: u32,
    /// Sockets whose network namespace the caller may not ask.
    pub sockets: u32,
    /// Mount namespaces whose mounts the caller may not list.
    pub mount_tables: u32,
    /// Namespaces that could not be opened to ask for their relations and ids.
    pub relations: u32,
    /// Whether `/proc` leaves processes out altogether, as `hidepid=` has it; how many, nobody tells.
    pub unlisted: bool,
}

impl Hidden {
    /// Whether the caller sees everything that was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Snapshot {
    /// The `/proc` that was read, to ask for details of the processes.
    #[must_use]
    pub fn proc(&self) -> &ProcDir {
        &self.proc
    }

    /// The namespace with the given inode number, as an index into [`namespaces`](Self::namespaces).
    #[must_use]
    pub fn find(&self, inode: u64) -> Option<usize> {
        self.index.get(inode).map(|place| place as usize)
    }

    /// The process or thread with the given id.
    #[must_use]
    pub fn process(&self, pid: Pid) -> Option<&Process> {
        let by_pid = self
            .processes
            .binary_search_by_key(&pid.as_raw_nonzero(), |process| process.pid.as_raw_nonzero());
        by_pid.ok().map(|place| &self.processes[place])
    }

    /// The processes and threads in the namespace at index `namespace`: goes through all there are.
    pub fn members(&self, namespace: usize) -> impl Iterator<Item = &Process> {
        let kind = self.namespaces[namespace].kind;
        self.processes.iter().filter(move |process| process.namespace(kind) == Some(namespace))
    }

    /// The user or PID namespaces whose parent is the one at index `namespace`: goes through all namespaces.
    pub fn children(&self, namespace: usize) -> impl Iterator<Item = &Found> {
        let id = self.namespaces[namespace].id;
        self.namespaces.iter().filter(move |found| found.parent == Some(id))
    }

    /// The namespaces that the user namespace at index `namespace` owns: goes through all there are.
    pub fn owned(&self, namespace: usize) -> impl Iterator<Item = &Found> {
        let id = self.namespaces[namespace].id;
        self.namespaces.iter().filter(move |found| found.owner == Some(id))
    }
}

impl Found {
    pub(super) fn new(kind: Kind, id: NsId) -> Self {
        Self {
            kind,
            id,
            ns_id: None,
            processes: 0,
            threads: 0,
            lowest: None,
            for_children_of: Vec::new(),
            descriptors: Vec::new(),
            sockets: Vec::new(),
            mounts: Vec::new(),
            parent: None,
            owner: None,
            creator: None,
            net_id: None,
            handle: None,
        }
    }

    /// Whether nothing but mounts, descriptors, sockets or other namespaces hold it.
    #[must_use]
    pub fn is_without_processes(&self) -> bool {
        self.processes == 0 && self.threads == 0
    }
}
