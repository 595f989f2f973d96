//! What `insula net show --json` has printed, read again.

use insula_engine::network::fact::{AddressFact, Fact, InterfaceFact, NeighbourFact, RouteFact, RuleFact};
use serde::Deserialize;

/// A network as it was.
#[derive(Debug, Deserialize)]
pub(super) struct Saved {
    pub(super) name: String,
    pub(super) kind: String,
    interfaces: Vec<SavedInterface>,
    routes: Vec<RouteFact>,
    rules: Vec<RuleFact>,
    neighbours: Vec<NeighbourFact>,
}

#[derive(Debug, Deserialize)]
struct SavedInterface {
    name: String,
    full_name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    up: bool,
    state: String,
    mtu: u32,
    mac: Option<String>,
    master: Option<String>,
    qdisc: Option<String>,
    addresses: Vec<String>,
}

impl Saved {
    pub(super) fn facts(self) -> Vec<Fact> {
        let mut facts = Vec::new();
        for interface in self.interfaces {
            let name = interface.full_name.unwrap_or(interface.name);
            let addresses = interface.addresses.into_iter();
            facts.extend(
                addresses.map(|address| Fact::Address(AddressFact { address, interface: name.clone() })),
            );
            facts.push(Fact::Interface(InterfaceFact {
                name,
                kind: interface.kind,
                up: interface.up,
                state: interface.state,
                mtu: interface.mtu,
                mac: interface.mac,
                master: interface.master,
                qdisc: interface.qdisc,
            }));
        }
        facts.extend(self.routes.into_iter().map(Fact::Route));
        facts.extend(self.rules.into_iter().map(Fact::Rule));
        facts.extend(self.neighbours.into_iter().map(Fact::Neighbour));
        facts
    }
}
