//! Discovery: every namespace on the machine, and all that holds it.

use rustix::io::Errno;

use crate::procfs::{Numbers, ProcDir, ProcError};
use crate::{Kind, Kinds, Namespace, NamespaceError, NsId};

mod descriptors;
mod index;
mod inspect;
mod listed;
mod mounts;
mod open;
mod processes;
mod snapshot;

use index::Index;
pub use snapshot::{Found, HeldDescriptor, Hidden, NsMount, Process, SeenFrom, Snapshot};

/// Something that a [`Scan`] finds out if it is asked to, because it costs more than a look at the processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Threads too, which can be in other namespaces than their process: one more call a process, eight a thread.
    Threads,
    /// The PID and time namespaces that the next children of a process are born in: two calls a process.
    ForChildren,
    /// Who has descriptors of namespaces: a call for each descriptor on the machine.
    ///
    /// Those that are on their way through a socket cannot be seen, nor those of a thread with a table of its own.
    Descriptors,
    /// Who has sockets of other network namespaces: three calls for each socket on the machine. Implies `net`.
    Sockets,
    /// Where namespaces are mounted, in the caller's mount namespace: one file.
    Mounts,
    /// Where namespaces are mounted, in every mount namespace: one file each. Implies `mnt`.
    AllMounts,
    /// Parents, owners and creators, also those that no process is in: four to eight calls a namespace.
    Relations,
    /// The 64-bit ids: three calls a namespace.
    Ids,
    /// What the caller's network namespace calls the others: five calls a network namespace.
    NetIds,
    /// What the kernel itself lists, whatever holds it: `listns(2)` on Linux 6.19, mount namespaces on 6.12.
    Listed,
}

/// What to look for.
///
/// By default it reads `/proc` once: of each process the links to the namespaces of the kinds asked for, and
/// nothing else.
/// ```
/// use insula_ns::{Kind, Kinds, Scan};
/// let snapshot = Scan::new(Kinds::from(Kind::Net)).take()?;
/// let me = snapshot.process(rustix::process::getpid()).expect("we are a process");
/// let net = &snapshot.namespaces[me.namespace(Kind::Net).expect("every process has one")];
/// assert!(net.processes >= 1);
/// # Ok::<(), insula_ns::ScanError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Scan {
    kinds: Kinds,
    wanted: u16,
}

/// Why nothing could be discovered at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// There is no `/proc`.
    #[error("cannot look for namespaces")]
    Proc {
        /// What is wrong with it.
        source: ProcError,
    },
    /// `/proc` does not list the processes.
    #[error("cannot list the processes in `/proc`")]
    Processes {
        /// What the kernel answered.
        source: Errno,
    },
    /// The device number of nsfs is not to be had.
    #[error("cannot look at the caller's own namespaces")]
    Own {
        /// What is wrong with them.
        source: NamespaceError,
    },
}

impl Scan {
    /// Looks for namespaces of the given kinds.
    #[must_use]
    pub const fn new(kinds: Kinds) -> Self {
        Self { kinds, wanted: 0 }
    }

    /// Looks for `want` too.
    #[must_use]
    pub fn with(mut self, want: Want) -> Self {
        self.wanted |= 1 << want as u16;
        match want {
            Want::Sockets => self.kinds.insert(Kind::Net),
            Want::AllMounts => self.kinds.insert(Kind::Mnt),
            _ => {}
        }
        self
    }

    const fn wants(self, want: Want) -> bool {
        self.wanted & 1 << want as u16 != 0
    }

    /// Looks, in the `/proc` of the caller.
    ///
    /// # Errors
    /// [`ScanError`] when there is nothing to look in. What the caller may not see is no error:
    /// [`Snapshot::hidden`].
    pub fn take(self) -> Result<Snapshot, ScanError> {
        self.take_in(ProcDir::open().map_err(|source| ScanError::Proc { source })?)
    }

    /// Looks, in a `/proc` that is open already; process ids are those of its PID namespace.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn take_in(self, proc: ProcDir) -> Result<Snapshot, ScanError> {
        // Every kernel has mount namespaces. All namespace files are on one file system.
        let own = Namespace::of_self(Kind::Mnt).map_err(|source| ScanError::Own { source })?.id();
        let mut finding = Finding {
            scan: self,
            dev: own.dev,
            own_mount_ns: own,
            numbers: Numbers::new(),
            snapshot: Snapshot {
                namespaces: Vec::new(),
                processes: Vec::new(),
                hidden: Hidden::default(),
                index: Index::default(),
                proc,
            },
        };
        finding.find_processes().map_err(|source| ScanError::Processes { source })?;
        if self.wants(Want::Descriptors) || self.wants(Want::Sockets) {
            finding.find_descriptors();
        }
        if self.wants(Want::Listed) {
            finding.find_listed();
        }
        if self.wants(Want::Mounts) || self.wants(Want::AllMounts) {
            finding.find_mounts();
        }
        finding.inspect();
        Ok(finding.snapshot)
    }
}

/// A scan that is under way.
struct Finding {
    scan: Scan,
    dev: u64,
    own_mount_ns: NsId,
    numbers: Numbers,
    snapshot: Snapshot,
}

impl Finding {
    /// The place of the namespace with this inode number, which is made if need be.
    fn place(&mut self, kind: Kind, inode: u64) -> u32 {
        if let Some(place) = self.snapshot.index.get(inode) {
            return place;
        }
        let place =
            u32::try_from(self.snapshot.namespaces.len()).expect("inode numbers of namespaces have 32 bits");
        self.snapshot.namespaces.push(Found::new(kind, NsId { dev: self.dev, ino: inode }));
        self.snapshot.index.insert(inode, place);
        place
    }

    /// The same, as long as its kind is one that was asked for.
    fn found(&mut self, kind: Kind, inode: u64) -> Option<&mut Found> {
        if !self.scan.kinds.contains(kind) {
            return None;
        }
        let place = self.place(kind, inode);
        self.snapshot.namespaces.get_mut(place as usize)
    }
}
