//! From the text of a file to a topology.

use std::collections::{HashMap, HashSet};

use insula_net::IfName;

use super::fields::{Fields, list};
use super::problem::{FileError, NoEffect, Problem, Warning};
use super::topology::{At, Link, NodeIndex, Role, Topology, Wire};
use super::variables::Lookup;
use super::yaml::{Place, Value};
use crate::set::SetName;

mod check;
mod defaults;
mod keys;
mod link;
mod management;
mod node;

use defaults::Defaults;

/// What containerlab knows at the top of a file, and what has no effect here.
const INERT: [(&str, &str); 3] = [
    ("settings", "it is about certificates, and nothing here gets any"),
    ("debug", "it is about containerlab itself"),
    ("runtime", "nodes are namespaces, which no container engine runs"),
];

impl Topology {
    /// Reads a file. Variables get their values from `lookup`.
    ///
    /// What has no effect is no error, and is told beside the topology.
    /// # Errors
    /// [`FileError`], with the place in the file.
    pub fn read(file: &[u8], lookup: Lookup<'_>) -> Result<(Self, Vec<Warning>), FileError> {
        let mut value = Value::parse(file)?;
        value.substitute(lookup).map_err(|(place, problem)| problem.at(place))?;
        let mut warnings = Vec::new();
        let top = Fields::of("the file", "the file", &value)?;
        let given = top.needed("name")?;
        let name: SetName = given.text.parse().map_err(|error| Problem::LabName(error).at(given.place))?;
        let prefix = match top.text("prefix")?.map(|prefix| prefix.text) {
            // As in containerlab, where a file can ask for names without the lab's.
            None | Some("__lab-name") => format!("{name}-"),
            Some("") => String::new(),
            Some(prefix) => format!("{prefix}-{name}-"),
        };
        let missing = || Problem::Missing { owner: "the file".into(), key: "topology" }.at(top.place);
        let body = top.get("topology").ok_or_else(missing)?;
        let body = Fields::of("`topology`", "topology", body)?;
        let (nodes, links, checks) = (Vec::new(), Vec::new(), Vec::new());
        let mut topology = Self { name, prefix, nodes, links, management: None, checks };

        let defaults = Defaults::read(&body)?;
        if let Some(nodes) = body.get("nodes") {
            for (key, value) in Fields::of("`nodes`", "nodes", nodes)?.all() {
                let node = defaults.node(key, value, &mut warnings)?;
                let set = format!("{}{}", topology.prefix, node.name);
                set.parse::<SetName>().map_err(|reason| {
                    Problem::SetName { node: node.name.to_string(), reason }.at(key.place)
                })?;
                topology.nodes.push(node);
            }
        }
        defaults.finish(&mut warnings);
        let mut links = link::Links::of(&topology.name, &topology.nodes, management::mtu_of_links(&top)?);
        if let Some(value) = body.get("links") {
            for value in list("links", value)? {
                topology.links.push(links.read(value, &mut warnings)?);
            }
        }
        body.finish(&[], &mut warnings);
        topology.management = management::read(&top, &topology, &mut warnings)?;
        topology.check_ends()?;
        topology.drop_unreached_ports(&mut warnings);
        if let Some(value) = top.get("checks") {
            for value in list("checks", value)? {
                check::read(value, &mut topology, &mut warnings)?;
            }
        }
        top.finish(&INERT, &mut warnings);
        warnings.sort_by_key(|warning| warning.place);
        warnings.dedup();
        Ok((topology, warnings))
    }

    /// Whether every end can be where it is.
    fn check_ends(&self) -> Result<(), FileError> {
        let mut lines: HashMap<(At, IfName), usize> = HashMap::new();
        for link in &self.links {
            let at = |problem: Problem| problem.at(Place { line: link.line, column: 1 });
            if link.ends().all(|end| self.home(end.at).is_none()) {
                return Err(at(Problem::Outside));
            }
            for end in link.ends() {
                let interface = end.interface.to_string();
                // The ports of the host's bridges are the host's interfaces.
                let place = self.home(end.at).map_or(At::Host, At::Node);
                if let Some(first) = lines.insert((place, end.interface.kernel()), link.line) {
                    let owner = self.owner_name(end.at);
                    return Err(at(Problem::InterfaceTwice { owner, interface, first }));
                }
                if self.is_port(end.at) && !end.addresses.is_empty() {
                    let node = self.owner_name(end.at);
                    return Err(at(Problem::AddressOnPort { node, interface }));
                }
            }
        }
        for (index, node) in self.indexed() {
            for interface in node.routes.iter().filter_map(|route| route.interface.as_ref()) {
                if !self.ends_in(index).any(|end| end.interface == *interface) {
                    let (node_name, interface) = (node.name.to_string(), interface.to_string());
                    let problem = Problem::RouteInterface { node: node_name, interface };
                    return Err(problem.at(Place { line: node.line, column: 1 }));
                }
            }
        }
        Ok(())
    }

    /// Takes away what is published of nodes without a link to where it would be: containerlab's have one that the file does not say.
    fn drop_unreached_ports(&mut self, warnings: &mut Vec<Warning>) {
        let mut reached = HashSet::new();
        for link in &self.links {
            if let Wire::Veth(first, second) = &link.wire {
                for (end, other) in [(first, second), (second, first)] {
                    if self.home(other.at).is_none() {
                        reached.insert(end.at);
                    }
                }
            }
        }
        for (index, node) in self.nodes.iter_mut().enumerate() {
            if reached.contains(&At::Node(NodeIndex(index))) {
                continue;
            }
            warnings.extend(node.ports.drain(..).map(|port| Warning {
                place: port.place,
                owner: format!("node `{}`", node.name),
                key: "ports".to_owned(),
                why: NoEffect::Unreached,
            }));
        }
    }

    fn owner_name(&self, at: At) -> String {
        match at {
            At::Host => "host".to_owned(),
            At::Management => "mgmt-net".to_owned(),
            At::Node(node) => self.node(node).name.to_string(),
        }
    }

    /// Whether something of it is made in the network namespace that it is made from.
    #[must_use]
    pub fn touches_host(&self) -> bool {
        let host = |link: &Link| {
            matches!(link.wire, Wire::Macvlan { .. } | Wire::Vxlan { .. })
                || link.ends().any(|end| self.home(end.at).is_none())
        };
        self.links.iter().any(host) || self.nodes.iter().any(|node| node.role == Role::HostBridge)
    }

    /// All nodes with their indices.
    pub fn indexed(&self) -> impl Iterator<Item = (NodeIndex, &super::topology::Node)> {
        self.nodes.iter().enumerate().map(|(index, node)| (NodeIndex(index), node))
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
