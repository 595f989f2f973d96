//! A topology as a map, to be drawn as one: what its file says, whether it is up or not.

use insula_net::Prefix;
use insula_ns::Kind;

use super::topology::{At, End, Link, Node, Role, Topology, Wire};
use super::wiring::bridge_name;
use crate::map::{Address, Interface, InterfaceKind, Lab, Map, Network, Seen, Survey};

/// The index of a bridge in its network namespace; ports come behind it.
const BRIDGE: u32 = 1;

impl Topology {
    /// Its nodes as rooms, and its links as lines between their walls. No inode number is one of a namespace.
    #[must_use]
    pub fn map(&self) -> Map {
        let mut survey = Survey::default();
        // The host is one room, whatever it is called.
        let drawn: Vec<&Node> = self.nodes.iter().filter(|node| node.role != Role::Host).collect();
        let host = drawn.len();
        for node in &drawn {
            survey.add(node.name.as_str());
            if node.role.is_bridge() {
                let network = survey.networks.last_mut().expect("it was just added");
                network.interfaces.push(bridge(bridge_name(node.name.as_str()).as_str(), &[]));
            }
        }
        if self.touches_host() || drawn.len() < self.nodes.len() {
            survey.add("host");
            survey.networks.last_mut().expect("it was just added").host = true;
        }
        if let Some(management) = &self.management {
            let room = survey.networks.last_mut().expect("the host was just added");
            room.interfaces.push(bridge(management.bridge.as_str(), &management.addresses));
        }
        let mut others = 0..host;
        let room = |node: &Node| if node.role == Role::Host { None } else { others.next() };
        let rooms: Vec<usize> = self.nodes.iter().map(room).map(|room| room.unwrap_or(host)).collect();
        for link in &self.links {
            self.add_link(&mut survey, host, &rooms, link);
        }
        let both = |node: &&Node| (node.name.to_string(), node.name.to_string());
        let nodes = drawn.iter().map(both).collect();
        survey.labs.push(Lab { name: self.name.to_string(), nodes });
        let mut map = Map::of(&survey);
        // The numbers stood for namespaces that there are not.
        for room in &mut map.rooms {
            room.own.clear();
            room.idle.clear();
        }
        map
    }

    fn add_link(&self, survey: &mut Survey, host: usize, rooms: &[usize], link: &Link) {
        let place = |end: &End| match end.at {
            At::Node(node) => rooms[node.0],
            At::Host | At::Management => host,
        };
        let kinds = match &link.wire {
            Wire::Veth(..) => vec![InterfaceKind::Veth; 2],
            Wire::VxlanStitch { .. } => {
                vec![InterfaceKind::Veth, InterfaceKind::Veth, InterfaceKind::Other("vxlan".to_owned())]
            }
            _ => vec![InterfaceKind::Other(link.type_name().to_owned())],
        };
        let added: Vec<(usize, u32)> = link
            .ends()
            .zip(kinds)
            .map(|(end, kind)| {
                let place = place(end);
                let is_port = self.is_port(end.at);
                let interfaces = &mut survey.networks[place].interfaces;
                let index = u32::try_from(interfaces.len()).unwrap_or(u32::MAX - 2) + 1;
                interfaces.push(Interface {
                    index,
                    name: end.interface.to_string(),
                    alternative_names: Vec::new(),
                    kind,
                    up: true,
                    addresses: end.addresses.iter().map(shown).collect(),
                    master: is_port.then_some(BRIDGE),
                    peer: None,
                });
                (place, index)
            })
            .collect();
        if let [(first, one), (second, two), ..] = added[..] {
            survey.join(first, one, (second, two));
            survey.join(second, two, (first, one));
        }
    }
}

/// A bridge, which is the first interface where it is.
fn bridge(name: &str, addresses: &[Prefix]) -> Interface {
    Interface {
        index: BRIDGE,
        name: name.to_owned(),
        alternative_names: Vec::new(),
        kind: InterfaceKind::Bridge,
        up: true,
        addresses: addresses.iter().map(shown).collect(),
        master: None,
        peer: None,
    }
}

const fn shown(prefix: &Prefix) -> Address {
    Address { ip: prefix.address, prefix: prefix.length }
}

impl Survey {
    /// A network namespace with a name, and nothing else of it.
    fn add(&mut self, name: &str) {
        let inode = u64::try_from(self.networks.len()).unwrap_or(u64::MAX - 1) + 1;
        self.namespaces.push(Seen { names: vec![name.to_owned()], ..Seen::new(Kind::Net, inode) });
        self.networks.push(Network { is_known: true, ..Network::new(inode) });
    }

    fn join(&mut self, network: usize, index: u32, other: (usize, u32)) {
        let interfaces = &mut self.networks[network].interfaces;
        if let Some(interface) = interfaces.iter_mut().find(|interface| interface.index == index) {
            interface.peer = Some((Some(other.0), other.1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::{LineKind, RoomKind};

    #[test]
    fn nodes_are_rooms_of_the_lab_and_links_are_lines() {
        let text = "
name: t
topology:
  nodes: {a: , b: , br: {kind: bridge}}
  links:
    - {endpoints: ['a:eth1', 'b:eth1'], addr: [10.0.0.1/24, 10.0.0.2/24]}
    - endpoints: ['a:eth2', 'br:a']
    - endpoints: ['b:eth2', 'host:x']
    - endpoints: ['b:d', dummy]
";
        let (topology, _) = Topology::read(text.as_bytes(), &|_| None).unwrap();
        let map = topology.map();
        let lab = map.rooms.iter().position(|room| room.kind == RoomKind::Lab("t".to_owned())).unwrap();
        let names: Vec<_> = map.inside(lab).map(|room| map.rooms[room].names[0].as_str()).collect();
        assert_eq!(names, ["a", "b", "br"]);
        assert!(map.rooms.iter().any(|room| room.names == ["host"]));
        assert_eq!(map.lines.iter().filter(|line| line.kind == LineKind::Pair).count(), 3);
    }
}
