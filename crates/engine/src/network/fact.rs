//! What there is in a network, each thing for itself and with names where the kernel has numbers: so that two networks, or one at
//! two times, can be compared.
//!
//! What the kernel gives to every interface that is up (link-local addresses and their routes) and what follows from addresses
//! (the table `local`) is left out.

mod address;
mod compare;
mod interface;
mod neighbour;
mod route;
mod rule;

use std::collections::BTreeMap;
use std::fmt;

use insula_net::{Link, Snapshot};
use serde::Serialize;

use super::name::shown_name;

pub use address::AddressFact;
pub use compare::{Change, changes};
pub use interface::InterfaceFact;
pub use neighbour::NeighbourFact;
pub use route::{RouteFact, WayFact};
pub use rule::RuleFact;

/// A thing in a network. It displays as `ip(8)` would say it, after a word for what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fact {
    /// An interface.
    Interface(InterfaceFact),
    /// An address of an interface.
    Address(AddressFact),
    /// A route.
    Route(RouteFact),
    /// A rule that chooses the table of routes.
    Rule(RuleFact),
    /// A neighbour: which link-layer address an IP address has.
    Neighbour(NeighbourFact),
}

impl Fact {
    /// All that there is.
    #[must_use]
    pub fn all(snapshot: &Snapshot) -> Vec<Self> {
        let names = Names::of(&snapshot.links);
        let mut facts: Vec<Self> = Vec::new();
        facts.extend(snapshot.links.iter().map(|link| Self::Interface(InterfaceFact::of(link, &names))));
        facts.extend(
            snapshot.addresses.iter().filter_map(|one| AddressFact::of(one, &names)).map(Self::Address),
        );
        facts.extend(snapshot.routes.iter().filter_map(|one| RouteFact::of(one, &names)).map(Self::Route));
        facts.extend(snapshot.rules.iter().map(|one| Self::Rule(RuleFact::of(one))));
        let neighbours = snapshot.neighbours.iter().filter_map(|one| NeighbourFact::of(one, &names));
        facts.extend(neighbours.map(Self::Neighbour));
        facts
    }

    /// The word for what it is.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Interface(_) => "interface",
            Self::Address(_) => "address",
            Self::Route(_) => "route",
            Self::Rule(_) => "rule",
            Self::Neighbour(_) => "neighbour",
        }
    }

    /// What stays the same while the rest of it changes.
    pub(super) fn identity(&self) -> String {
        let (word, identity) = match self {
            Self::Interface(interface) => ("interface", interface.name.clone()),
            Self::Address(address) => ("address", address.to_string()),
            Self::Route(route) => ("route", route.identity()),
            Self::Rule(rule) => ("rule", rule.identity()),
            Self::Neighbour(neighbour) => ("neighbour", neighbour.identity()),
        };
        format!("{word} {identity}")
    }

    /// Whether it is the kernel's own, as in every network: the rules that look up its own tables.
    pub(super) fn is_the_kernels(&self) -> bool {
        matches!(self, Self::Rule(rule) if rule.of_the_kernel)
    }

    /// Calls the interface `from` that it is about `to`.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let rename = |name: &mut String| {
            if name == from {
                to.clone_into(name);
            }
        };
        match self {
            Self::Interface(interface) => {
                rename(&mut interface.name);
                interface.master.as_mut().map(rename);
            }
            Self::Address(address) => rename(&mut address.interface),
            Self::Route(route) => {
                route.interface.as_mut().map(rename);
                route.ways.iter_mut().for_each(|way| rename(&mut way.interface));
            }
            // They are about a name, whatever has it.
            Self::Rule(_) => {}
            Self::Neighbour(neighbour) => rename(&mut neighbour.interface),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word();
        match self {
            Self::Interface(interface) => write!(f, "{word} {interface}"),
            Self::Address(address) => write!(f, "{word} {address}"),
            Self::Route(route) => write!(f, "{word} {route}"),
            Self::Rule(rule) => write!(f, "{word} {rule}"),
            Self::Neighbour(neighbour) => write!(f, "{word} {neighbour}"),
        }
    }
}

/// What the interfaces of a network are called: their full names, where those are longer than a name can be.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(pub(super) BTreeMap<u32, String>);

impl Names {
    pub(super) fn of(links: &[Link]) -> Self {
        Self(links.iter().map(|link| (link.index, shown_name(link).to_owned())).collect())
    }

    /// The name of number `index`; the number behind `#` where that is gone.
    pub(super) fn name(&self, index: u32) -> String {
        self.0.get(&index).cloned().unwrap_or_else(|| format!("#{index}"))
    }
}
