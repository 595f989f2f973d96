//! The machine's namespaces as people draw them: rooms inside rooms, the processes in them, the interfaces on their walls
//! and the lines between those.
//!
//! A [`Survey`] says what there is; [`Map::of`] puts it into [`Room`]s. Neither needs the kernel, so that a map can be
//! made by hand.
//! ```
//! use insula_engine::map::{Map, Seen, Survey};
//! use insula_ns::Kind;
//! let mut survey = Survey::default();
//! survey.namespaces.push(Seen::new(Kind::Net, 4026531833));
//! survey.namespaces.push(Seen { names: vec!["blue".to_owned()], ..Seen::new(Kind::Net, 4026532001) });
//! let map = Map::of(&survey);
//! assert!(map.rooms.iter().any(|room| room.names == ["blue"]));
//! ```

use insula_ns::Kind;

mod cells;
mod focus;
mod frames;
mod furnish;
mod gather;
mod interfaces;
mod labs;
mod nest;
mod network;
mod networks;
mod order;
mod ports;
mod survey;
#[cfg(test)]
mod tests;

pub use focus::Subject;
pub use gather::Gathered;
pub use interfaces::InterfacesError;
pub use network::{
    Address, End, Forwarded, Interface, InterfaceKind, Line, LineKind, Network, Protocol, Published,
};
pub use networks::Networks;
pub use survey::{Lab, Member, Seen, Survey};

/// A machine's namespaces, nested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// The rooms, each behind the one that it is in; the first is the machine.
    pub rooms: Vec<Room>,
    /// The network namespaces.
    pub networks: Vec<Network>,
    /// What connects their interfaces.
    pub lines: Vec<Line>,
    /// The ports of the host that lead into network namespaces.
    pub published: Vec<Published>,
    /// The services of the host that network namespaces reach.
    pub forwarded: Vec<Forwarded>,
}

/// What is in the same user, PID and network namespace, or one of those three around others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The room that it is in; `None` for the machine.
    pub parent: Option<usize>,
    /// What kind of room it is.
    pub kind: RoomKind,
    /// The sets that its namespaces belong to.
    pub names: Vec<String>,
    /// Its name in the lab that it is a node of.
    pub node: Option<String>,
    /// The namespaces that it has and the room around it has not: at most one of each kind.
    pub own: Vec<Named>,
    /// The network namespace that its processes are in, and how it is there.
    pub network: Option<(usize, Presence)>,
    /// The processes, by ascending process id; not those of rooms inside it.
    pub processes: Vec<Process>,
    /// How many threads of the kernel are there besides.
    pub kernel_threads: u32,
    /// Namespaces here that no process is in, and that no room stands for.
    pub idle: Vec<Named>,
}

/// What kind of room it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomKind {
    /// All that the caller sees.
    Machine,
    /// Namespaces.
    Namespaces,
    /// The nodes of a lab, which may have no namespace in common.
    Lab(String),
}

/// How a network namespace is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The room is its place: the interfaces are on this room's walls.
    Home,
    /// Only some of its processes are here; its interfaces are elsewhere.
    Part,
}

/// A namespace, with its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Its kind.
    pub kind: Kind,
    /// Its inode number.
    pub inode: u64,
    /// The sets that it belongs to.
    pub names: Vec<String>,
}

/// A process in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its id, as the caller sees it.
    pub pid: u32,
    /// Its effective uid, as the caller sees it.
    pub uid: Option<u32>,
    /// Its command line with blanks between the arguments; anything may be in it.
    pub command: String,
    /// Its namespaces of other kinds that are not the room's.
    pub own: Vec<Named>,
}

impl Map {
    /// The rooms directly in the one at index `room`.
    pub fn inside(&self, room: usize) -> impl Iterator<Item = usize> {
        (0..self.rooms.len()).filter(move |&index| self.rooms[index].parent == Some(room))
    }

    /// For each room, the rooms directly in it.
    #[must_use]
    pub fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.rooms.len()];
        for (index, room) in self.rooms.iter().enumerate() {
            if let Some(parent) = room.parent {
                children[parent].push(index);
            }
        }
        children
    }

    /// The room whose walls the interfaces of the network namespace at index `network` are on.
    #[must_use]
    pub fn home(&self, network: usize) -> Option<usize> {
        self.rooms.iter().position(|room| room.network == Some((network, Presence::Home)))
    }

    /// For each network namespace its [`home`](Self::home).
    #[must_use]
    pub fn homes(&self) -> Vec<Option<usize>> {
        let mut homes = vec![None; self.networks.len()];
        for (index, room) in self.rooms.iter().enumerate() {
            if let Some((network, Presence::Home)) = room.network {
                homes[network] = Some(index);
            }
        }
        homes
    }
}

impl Room {
    pub(crate) fn new(parent: Option<usize>, kind: RoomKind) -> Self {
        Self {
            parent,
            kind,
            names: Vec::new(),
            node: None,
            own: Vec::new(),
            network: None,
            processes: Vec::new(),
            kernel_threads: 0,
            idle: Vec::new(),
        }
    }

    /// Its namespace of a kind, if that is its own.
    #[must_use]
    pub fn namespace(&self, kind: Kind) -> Option<&Named> {
        self.own.iter().find(|named| named.kind == kind)
    }
}
