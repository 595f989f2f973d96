//! What is asked of the kernel for the links of a lab, in which order and in which network namespace.
//!
//! A request is made where most of what it concerns is: a veth pair where its bridge is, so that all ports of a bridge are
//! one batch. The number of each interface in a node is decided here, so that what comes later in a batch can speak of it
//! without asking. Bridges come up last: each port that comes up on a bridge that is up tells the whole segment so (IPv6
//! duplicate address detection and multicast reports), which for n ports is n² packets that nobody listens to yet.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use insula_net::kind::{Macvlan, Vxlan};
use insula_net::traffic::NewQdisc;
use insula_net::{
    AddressFlags, ChangeAlternativeNames, ChangeLink, Direction, Encoded, Family, IfName, LinkKind,
    NewAddress, NewLink, NewRoute, Place, Prefix, Request, Route,
};

use super::interface::InterfaceName;
use super::management::Management;
use super::topology::{At, End, Link, MacvlanMode, NodeIndex, Role, Topology, Tunnel, Wire};

/// The first number that an interface gets; the kernel gives the lower ones to those that a namespace begins with.
const FIRST: u32 = 16;

/// What is asked of one network namespace.
#[derive(Default)]
pub(super) struct Requests {
    /// The links: all of the lab's before anything else is asked.
    pub(super) create: Vec<Box<dyn Request + Send + Sync>>,
    /// What they get, and what leads through them.
    pub(super) configure: Vec<Box<dyn Request + Send + Sync>>,
    /// What comes after all that, everywhere.
    pub(super) finish: Vec<Box<dyn Request + Send + Sync>>,
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |requests: &[Box<dyn Request + Send + Sync>]| {
            requests.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        f.debug_struct("Requests")
            .field("create", &shown(&self.create))
            .field("configure", &shown(&self.configure))
            .field("finish", &shown(&self.finish))
            .finish()
    }
}

/// What the host has that links need: by name, its number.
pub(super) type HostLinks = BTreeMap<IfName, u32>;

/// The plan.
#[derive(Debug)]
pub(super) struct Wiring {
    /// By node.
    pub(super) nodes: Vec<Requests>,
    /// Of the network namespace that the lab is made from.
    pub(super) host: Requests,
    /// The ends of links there, whose numbers are known when they are made.
    pub(super) host_ends: Vec<End>,
    /// The interfaces there of which one is handed all that comes in at the other.
    pub(super) stitches: Vec<[IfName; 2]>,
}

/// An end with the number that it gets; the host's interfaces get the kernel's.
struct Numbered<'a> {
    end: &'a End,
    number: Option<u32>,
}

impl Wiring {
    /// Plans a topology. `places` are its nodes' network namespaces, in their order; `host` says what is outside.
    pub(super) fn plan(topology: &Topology, places: &[Place], host: &HostLinks, here: &Place) -> Self {
        let mut planner = Planner {
            topology,
            places,
            here,
            host_links: host,
            next: vec![FIRST; topology.nodes.len()],
            numbers: BTreeMap::new(),
            wiring: Self {
                nodes: topology.nodes.iter().map(|_| Requests::default()).collect(),
                host: Requests::default(),
                host_ends: Vec::new(),
                stitches: Vec::new(),
            },
        };
        planner.nodes();
        for link in &topology.links {
            planner.link(link);
        }
        planner.routes();
        planner.wiring
    }
}

struct Planner<'a> {
    topology: &'a Topology,
    places: &'a [Place],
    here: &'a Place,
    host_links: &'a HostLinks,
    next: Vec<u32>,
    /// By node and name, what each interface has.
    numbers: BTreeMap<(usize, IfName), u32>,
    wiring: Wiring,
}

impl<'a> Planner<'a> {
    /// What nodes have without any link: their loopback, and bridges themselves.
    fn nodes(&mut self) {
        for (index, node) in self.topology.nodes.iter().enumerate() {
            if !node.role.is_set() {
                continue;
            }
            let requests = &mut self.wiring.nodes[index];
            requests.configure.push(Box::new(ChangeLink::loopback().up()));
            if node.role == Role::Bridge {
                let bridge = NewLink::new(bridge_name(node.name.as_str()), LinkKind::bridge());
                requests.create.push(Box::new(bridge.index(FIRST)));
                requests.finish.push(Box::new(ChangeLink::new(FIRST).up()));
                self.next[index] = FIRST + 1;
            }
        }
    }

    fn link(&mut self, link: &'a Link) {
        match &link.wire {
            Wire::Veth(first, second) => self.veth(link.mtu, first, second),
            Wire::Dummy(end) => {
                let end = self.number(end);
                let new = NewLink::new(end.end.interface.kernel(), LinkKind::Dummy);
                self.at(end.end.at).create.push(Box::new(dressed(new, &end, link.mtu)));
                self.configure(&end);
            }
            Wire::Macvlan { end, parent, mode } => {
                let kind = Macvlan { mode: Some(mode_number(*mode)), ..Macvlan::default() };
                let parent = self.host_number(parent);
                self.outward(link.mtu, end, LinkKind::Macvlan(kind), Some(parent));
            }
            Wire::Vxlan { end, tunnel } => {
                self.outward(link.mtu, end, self.vxlan(tunnel), None);
            }
            Wire::VxlanStitch { end, outer, mouth, tunnel } => {
                self.veth(link.mtu, end, outer);
                let name = mouth.interface.kernel();
                let mouth = Numbered { end: mouth, number: None };
                let new = dressed(NewLink::new(name.clone(), self.vxlan(tunnel)), &mouth, link.mtu);
                self.wiring.host.create.push(Box::new(new));
                self.mark(&mouth);
                self.wiring.stitches.push([outer.interface.kernel(), name]);
                self.configure(&mouth);
            }
        }
    }

    fn vxlan(&self, tunnel: &Tunnel) -> LinkKind {
        let (group, group6) = match tunnel.remote {
            IpAddr::V4(remote) => (Some(remote), None),
            IpAddr::V6(remote) => (None, Some(remote)),
        };
        LinkKind::Vxlan(Box::new(Vxlan {
            id: Some(tunnel.vni),
            group,
            group6,
            port: Some(tunnel.port),
            // The last one is not among them.
            source_ports: tunnel.source_port.map(|port| (port, port.saturating_add(1))),
            link: tunnel.parent.as_ref().map(|parent| self.host_number(parent)),
            learning: Some(true),
            ..Vxlan::default()
        }))
    }

    /// An interface of a node that is made from the host's network namespace, to which it belongs with its other side.
    fn outward(&mut self, mtu: Option<u32>, end: &'a End, kind: LinkKind, parent: Option<u32>) {
        let end = self.number(end);
        let new = NewLink::new(end.end.interface.kernel(), kind).place(self.place(end.end.at));
        let new = parent.map_or(new.clone(), |parent| new.link(parent));
        self.wiring.host.create.push(Box::new(dressed(new, &end, mtu)));
        self.configure(&end);
    }

    /// The number of an interface of the host, which was looked up before.
    fn host_number(&self, interface: &InterfaceName) -> u32 {
        self.host_links.get(&interface.kernel()).copied().unwrap_or(0)
    }

    /// The routes that nodes have beside those of their addresses.
    fn routes(&mut self) {
        for (index, node) in self.topology.nodes.iter().enumerate() {
            for given in &node.routes {
                let family = given.via.map_or(Family::V4, Family::of);
                let route = given.to.map_or_else(|| Route::default_of(family), |to| Route::to(to.network()));
                let route = given.via.map_or(route.clone(), |via| route.via(via));
                let number =
                    given.interface.as_ref().and_then(|name| self.numbers.get(&(index, name.kernel())));
                let route = number.map_or(route.clone(), |number| route.dev(*number));
                self.wiring.nodes[index].configure.push(Box::new(NewRoute::add(route)));
            }
        }
    }

    fn veth(&mut self, mtu: Option<u32>, first: &'a End, second: &'a End) {
        let (first, second) = (self.number(first), self.number(second));
        // The one whose namespace the request is made in: a bridge's, and the host's never, whose interfaces get their
        // numbers from the kernel: veth listens to the number of the second only if the first has one.
        let rank = |end: &Numbered<'_>| match self.role(end.end.at) {
            Some(Role::Bridge) => 2,
            Some(Role::Linux) => 1,
            None | Some(Role::HostBridge | Role::Host) => 0,
        };
        let (own, peer) = if rank(&second) > rank(&first) { (second, first) } else { (first, second) };
        let there = NewLink::peer(peer.end.interface.kernel()).place(self.place(peer.end.at));
        let there = dressed(there, &peer, mtu);
        let here = dressed(NewLink::veth(own.end.interface.kernel(), there), &own, mtu);
        // The other end is down, so nothing can leave through this one yet.
        self.at(own.end.at).create.push(Box::new(here.up()));
        if peer.number.is_none() {
            self.mark(&peer);
        }
        self.configure(&own);
        self.configure(&peer);
    }

    /// Marks an interface of the host as ours.
    fn mark(&mut self, end: &Numbered<'_>) {
        let mark = ChangeLink::named(end.end.interface.kernel());
        let mark = mark.alias(crate::network::end_of_lab(self.topology.name.as_str()));
        self.wiring.host.create.push(Box::new(mark));
    }

    /// Gives an end its number.
    fn number(&mut self, end: &'a End) -> Numbered<'a> {
        let number = self.topology.home(end.at).map(|NodeIndex(node)| {
            let number = self.next[node];
            self.next[node] += 1;
            self.numbers.insert((node, end.interface.kernel()), number);
            number
        });
        Numbered { end, number }
    }

    fn configure(&mut self, end: &Numbered<'_>) {
        let change = match end.number {
            Some(number) => ChangeLink::new(number).up(),
            None => ChangeLink::named(end.end.interface.kernel()).up(),
        };
        let bridge = match self.role(end.end.at) {
            Some(Role::Bridge) => Some(FIRST),
            _ => self.host_bridge(end.end.at),
        };
        let change = bridge.map_or(change.clone(), |bridge| change.master(bridge));
        self.at(end.end.at).configure.push(Box::new(change));
        match end.number {
            Some(number) => self.at(end.end.at).configure.extend(possessions(number, end.end)),
            None => self.wiring.host_ends.push(end.end.clone()),
        }
    }

    /// The number of the host's bridge that an end is a port of.
    fn host_bridge(&self, at: At) -> Option<u32> {
        let name = match at {
            At::Node(node) if self.role(at) == Some(Role::HostBridge) => {
                bridge_name(self.topology.node(node).name.as_str())
            }
            At::Management => self.topology.management.as_ref()?.bridge.kernel(),
            _ => return None,
        };
        self.host_links.get(&name).copied()
    }

    /// The role of the node that an end is in; the host has none.
    fn role(&self, at: At) -> Option<Role> {
        match at {
            At::Node(node) => Some(self.topology.node(node).role),
            At::Host | At::Management => None,
        }
    }

    fn at(&mut self, at: At) -> &mut Requests {
        match self.topology.home(at) {
            Some(NodeIndex(node)) => &mut self.wiring.nodes[node],
            None => &mut self.wiring.host,
        }
    }

    fn place(&self, at: At) -> Place {
        match self.topology.home(at) {
            Some(NodeIndex(node)) => self.places[node].clone(),
            None => self.here.clone(),
        }
    }
}

/// What an interface has from its birth.
fn dressed(new: NewLink, end: &Numbered<'_>, mtu: Option<u32>) -> NewLink {
    let new = mtu.map_or(new.clone(), |mtu| new.mtu(mtu));
    let new = end.number.map_or(new.clone(), |number| new.index(number));
    match &end.end.mac {
        Some(mac) => new.address(mac.clone()),
        None => new,
    }
}

/// What an end has, once its number is known.
pub(super) fn possessions(number: u32, end: &End) -> Vec<Box<dyn Request + Send + Sync>> {
    let mut requests = names_and_addresses(number, &end.interface, &end.addresses);
    if let Some(discipline) = end.impairments.discipline() {
        requests.push(of(&end.interface, NewQdisc::new(number, discipline)));
    }
    requests
}

impl Management {
    /// What the bridge has, once its number is known.
    pub(super) fn possessions(&self, number: u32) -> Vec<Box<dyn Request + Send + Sync>> {
        names_and_addresses(number, &self.bridge, &self.addresses)
    }
}

fn names_and_addresses(
    number: u32,
    interface: &InterfaceName,
    addresses: &[Prefix],
) -> Vec<Box<dyn Request + Send + Sync>> {
    let mut requests: Vec<Box<dyn Request + Send + Sync>> = Vec::new();
    if let Some(name) = interface.altname() {
        let names = vec![name];
        let change = ChangeAlternativeNames { index: number, direction: Direction::Add, names };
        requests.push(of(interface, change));
    }
    for prefix in addresses {
        requests.push(of(interface, new_address(number, *prefix)));
    }
    requests
}

/// What is asked for an interface, which the kernel knows by the number that it got here, and whoever wrote the file by its name.
struct Of<R> {
    interface: InterfaceName,
    request: R,
}

impl<R: Request> fmt::Display for Of<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (`{}`)", self.request, self.interface)
    }
}

impl<R: Request> Request for Of<R> {
    fn encode(&self) -> Encoded {
        self.request.encode()
    }
}

fn of<R: Request + Send + Sync + 'static>(
    interface: &InterfaceName,
    request: R,
) -> Box<dyn Request + Send + Sync> {
    Box::new(Of { interface: interface.clone(), request })
}

/// `MACVLAN_MODE_*` in `linux/if_link.h`.
const fn mode_number(mode: MacvlanMode) -> u32 {
    match mode {
        MacvlanMode::Private => 1,
        MacvlanMode::Vepa => 2,
        MacvlanMode::Bridge => 4,
        MacvlanMode::Passthru => 8,
        MacvlanMode::Source => 16,
    }
}

/// An address from the file, which says whose it is: nobody has to find out whether another has it.
fn new_address(number: u32, prefix: Prefix) -> NewAddress {
    let flags = if prefix.address.is_ipv6() { AddressFlags::NO_DAD } else { AddressFlags::default() };
    NewAddress { flags, ..NewAddress::new(number, prefix) }
}

/// What the interface of a bridge is called: the node's name, if that can be.
pub(super) fn bridge_name(node: &str) -> IfName {
    node.parse::<InterfaceName>()
        .map_or_else(|_| IfName::new("bridge").expect("a name"), |name| name.kernel())
}
