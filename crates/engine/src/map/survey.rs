//! What there is, before it is put into rooms.

use insula_ns::Kind;

use super::{Forwarded, Network, Published};

/// What there is on a machine.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The namespaces, in any order.
    pub namespaces: Vec<Seen>,
    /// The processes, by ascending process id.
    pub processes: Vec<Member>,
    /// The interfaces of network namespaces.
    pub networks: Vec<Network>,
    /// The labs.
    pub labs: Vec<Lab>,
    /// The ports that lead into network namespaces, which are indices into `networks`.
    pub published: Vec<Published>,
    /// The services of the host that network namespaces reach: likewise.
    pub forwarded: Vec<Forwarded>,
}

/// A namespace.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its kind.
    pub kind: Kind,
    /// Its inode number.
    pub inode: u64,
    /// The parent of a user or PID namespace, by its inode number; `None` when that is out of sight.
    pub parent: Option<u64>,
    /// The user namespace that owns it: likewise.
    pub owner: Option<u64>,
    /// The sets that it belongs to.
    pub names: Vec<String>,
}

/// A process.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its id.
    pub pid: u32,
    /// Its effective uid.
    pub uid: Option<u32>,
    /// Its command line with blanks between the arguments.
    pub command: String,
    /// Whether it is a thread of the kernel.
    pub kernel: bool,
    /// The inode numbers of its namespaces, by [`Kind`]; `None` where it has none or the caller may not see it.
    pub namespaces: [Option<u64>; 8],
}

/// A lab: sets that belong together.
#[derive(Clone, Debug)]
pub struct Lab {
    /// Its name.
    pub name: String,
    /// Its nodes: the set that each is, and its name in the lab.
    pub nodes: Vec<(String, String)>,
}

impl Seen {
    /// One of which nothing else is known.
    #[must_use]
    pub const fn new(kind: Kind, inode: u64) -> Self {
        Self { kind, inode, parent: None, owner: None, names: Vec::new() }
    }
}

impl Member {
    /// Its namespace of a kind.
    #[must_use]
    pub const fn namespace(&self, kind: Kind) -> Option<u64> {
        self.namespaces[kind as usize]
    }
}
