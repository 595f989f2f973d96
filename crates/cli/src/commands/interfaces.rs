//! Interfaces, their other ends and listening ports, as lists show them.

use insula_engine::listening::Listening;
use insula_engine::map::{End, Interface, Networks};
use insula_engine::network::full_name;
use insula_ns::Snapshot;
use serde_json::{Value, json};

use super::ls::SetNames;
use super::process::Brief;
use crate::users::Users;

/// The interfaces of all network namespaces, and what those are called.
#[derive(Debug, Default)]
pub(super) struct Interfaces {
    pub(super) networks: Networks,
    /// The sets of each network namespace.
    sets: Vec<Vec<String>>,
}

impl Interfaces {
    pub(super) fn read(snapshot: &Snapshot, sets: &SetNames) -> Self {
        let networks = Networks::read(snapshot);
        let of = |inode: u64| {
            let found = snapshot.find(inode).map(|place| snapshot.namespaces[place].id);
            found.and_then(|id| sets.of(id)).unwrap_or_default().to_vec()
        };
        let sets = networks.networks.iter().map(|network| of(network.inode)).collect();
        Self { networks, sets }
    }

    /// Those of the network namespace with this inode number, if they are known.
    pub(super) fn of(&self, inode: u64) -> Option<(usize, &[Interface])> {
        let network = self.networks.find(inode)?;
        let of = &self.networks.networks[network];
        of.is_known.then_some((network, &of.interfaces[..]))
    }

    /// A network namespace, by its set if it has one.
    pub(super) fn place(&self, network: usize) -> String {
        let of = &self.networks.networks[network];
        match self.sets[network].first() {
            Some(set) => set.clone(),
            None if of.host => "host".to_owned(),
            None => format!("net:[{}]", of.inode),
        }
    }

    /// Where the line from an interface leads, in words; nothing if it has none.
    pub(super) fn peer_words(&self, end: End) -> Option<String> {
        let (network, index) = self.networks.interface(end).peer?;
        match self.networks.other_end(end) {
            Some(other) if other.network == end.network => {
                Some(whole_name(self.networks.interface(other)).to_owned())
            }
            Some(other) => {
                let name = whole_name(self.networks.interface(other));
                Some(format!("{name} in {}", self.place(other.network)))
            }
            None => Some(match network {
                Some(network) => format!("interface {index} in {}", self.place(network)),
                None => format!("interface {index} of a namespace out of sight"),
            }),
        }
    }

    /// The same for machines: null, or the interface at the other end and its namespace, as far as they are in sight.
    pub(super) fn peer_json(&self, end: End) -> Value {
        let Some((network, index)) = self.networks.interface(end).peer else { return Value::Null };
        let other = self.networks.other_end(end).map(|other| self.networks.interface(other).name.as_str());
        json!({
            "index": index,
            "name": other,
            "namespace": network.map(|network| self.networks.networks[network].inode),
            "sets": network.map(|network| &self.sets[network]),
        })
    }

    /// An interface as an object.
    pub(super) fn json(&self, end: End) -> Value {
        let siblings = &self.networks.networks[end.network].interfaces;
        object(self.networks.interface(end), siblings, &self.peer_json(end))
    }
}

/// What an interface is called, in full where its name is derived from a longer one.
pub(super) fn whole_name(interface: &Interface) -> &str {
    full_name(&interface.name, &interface.alternative_names).unwrap_or(&interface.name)
}

/// An interface as an object, with what is known of its other end; `siblings` are all of its network namespace. As in the JSON of
/// `ip(8)`, `master` is a name.
pub(super) fn object(interface: &Interface, siblings: &[Interface], peer: &Value) -> Value {
    let master = interface.master.and_then(|index| siblings.iter().find(|other| other.index == index));
    json!({
        "index": interface.index,
        "name": interface.name,
        "alternative_names": interface.alternative_names,
        "kind": interface.kind.name(),
        "up": interface.up,
        "addresses": interface.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "master": master.map(|master| &master.name),
        "peer": peer,
    })
}

/// What a socket listens on: `tcp 127.0.0.1:8080`.
pub(super) fn port_words(listening: &Listening) -> String {
    format!("{} {}", listening.listener.transport, listening.listener.local)
}

/// A listening socket as an object.
pub(super) fn port_json(listening: &Listening, snapshot: &Snapshot, users: &mut Users) -> Value {
    let processes: Vec<Brief> =
        listening.processes.iter().map(|pid| Brief::of(snapshot.proc(), *pid, users)).collect();
    json!({
        "protocol": listening.listener.transport.to_string(),
        "address": listening.listener.local.ip().to_string(),
        "port": listening.listener.local.port(),
        "namespace": listening.net,
        "uid": listening.listener.uid,
        "processes": processes,
    })
}
