//! All network namespaces of a machine.

use insula_ns::{Kind, Pid, Snapshot};

use super::{End, Interface, InterfacesError, Network, interfaces};

/// All network namespaces that a caller sees, and what is in them.
#[derive(Debug, Default)]
pub struct Networks {
    /// The namespaces, in the order of the snapshot.
    pub networks: Vec<Network>,
    /// Why the interfaces of some are not known.
    pub unknown: Vec<InterfacesError>,
}

impl Networks {
    /// Asks each network namespace of the snapshot for its interfaces and addresses, and finds the other ends of pairs.
    #[must_use]
    pub fn read(snapshot: &Snapshot) -> Self {
        let net_of = |pid| snapshot.process(pid).and_then(|process| process.namespace(Kind::Net));
        // An ordinary user may not see where the first process is, and is mostly there too.
        let host = net_of(Pid::INIT).or_else(|| net_of(rustix::process::getpid()));
        let places: Vec<usize> = (0..snapshot.namespaces.len())
            .filter(|&place| snapshot.namespaces[place].kind == Kind::Net)
            .collect();
        let mut read = Self::default();
        for (place, answer) in places.iter().zip(interfaces::read(snapshot, &places)) {
            let mut network = Network::new(snapshot.namespaces[*place].id.ino);
            network.host = Some(*place) == host;
            match answer {
                Ok(interfaces) => (network.interfaces, network.is_known) = (interfaces, true),
                Err(error) => read.unknown.push(error),
            }
            read.networks.push(network);
        }
        read
    }

    /// The namespace with this inode number, by its index.
    #[must_use]
    pub fn find(&self, inode: u64) -> Option<usize> {
        self.networks.iter().position(|network| network.inode == inode)
    }

    /// The interface at an end.
    #[must_use]
    pub fn interface(&self, end: End) -> &Interface {
        &self.networks[end.network].interfaces[end.interface]
    }

    /// The other end of a pair, or what an interface is made on; `None` where it has none in sight.
    #[must_use]
    pub fn other_end(&self, end: End) -> Option<End> {
        let (network, index) = self.interface(end).peer?;
        let network = network?;
        let interface =
            self.networks[network].interfaces.iter().position(|interface| interface.index == index)?;
        Some(End { network, interface })
    }

    /// Every interface with this name or alternative name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = End> {
        self.networks.iter().enumerate().flat_map(move |(network, of)| {
            let named = move |(_, interface): &(usize, &Interface)| {
                interface.name == name || interface.alternative_names.iter().any(|other| other == name)
            };
            let places = of.interfaces.iter().enumerate().filter(named);
            places.map(move |(interface, _)| End { network, interface })
        })
    }
}
