//! Machines that do not exist, for tests.

use std::net::{IpAddr, Ipv4Addr};

use insula_engine::map::{
    Address, Interface, InterfaceKind, Lab, Map, Member, Network, Protocol, Published, Seen, Survey,
};
use insula_ns::Kind;

/// A survey that grows.
pub(super) struct Machine {
    pub(super) survey: Survey,
    next: u64,
    pid: u32,
}

/// The inode numbers of a process's namespaces.
pub(super) type Namespaces = [Option<u64>; 8];

impl Machine {
    /// One with the initial namespaces and an init.
    pub(super) fn new() -> Self {
        let mut machine = Self { survey: Survey::default(), next: 4_026_531_830, pid: 0 };
        let mut initial = [None; 8];
        for kind in Kind::ALL {
            initial[kind as usize] = Some(machine.namespace(kind, &[None; 8], ""));
        }
        machine.process(initial, "/sbin/init splash");
        let net = initial[Kind::Net as usize].unwrap();
        machine.network(net, true);
        machine
    }

    pub(super) fn initial(&self) -> Namespaces {
        self.survey.processes[0].namespaces
    }

    /// A namespace that a process in `around` made.
    pub(super) fn namespace(&mut self, kind: Kind, around: &Namespaces, set: &str) -> u64 {
        let inode = self.next;
        self.next += 1;
        self.survey.namespaces.push(Seen {
            parent: if matches!(kind, Kind::User | Kind::Pid) { around[kind as usize] } else { None },
            owner: around[Kind::User as usize],
            names: if set.is_empty() { Vec::new() } else { vec![set.to_owned()] },
            ..Seen::new(kind, inode)
        });
        if kind == Kind::Net && around[Kind::User as usize].is_some() {
            self.network(inode, false);
        }
        inode
    }

    fn network(&mut self, inode: u64, host: bool) {
        let mut network = Network { host, is_known: true, ..Network::new(inode) };
        network.interfaces.push(interface(1, "lo", InterfaceKind::Loopback, &["127.0.0.1/8"]));
        self.survey.networks.push(network);
    }

    /// New namespaces of these kinds, and the others of `around`.
    pub(super) fn unshare(&mut self, around: Namespaces, kinds: &[Kind], set: &str) -> Namespaces {
        let mut inside = around;
        let mut kinds = kinds.to_vec();
        // A user namespace owns what is made with it.
        kinds.sort_by_key(|kind| *kind != Kind::User);
        for kind in kinds {
            inside[kind as usize] = Some(self.namespace(kind, &inside, set));
        }
        inside
    }

    pub(super) fn process(&mut self, namespaces: Namespaces, command: &str) -> u32 {
        self.pid += 1;
        self.survey.processes.push(Member {
            pid: self.pid,
            uid: Some(0),
            command: command.to_owned(),
            kernel: false,
            namespaces,
        });
        self.pid
    }

    pub(super) fn network_of(&mut self, namespaces: &Namespaces) -> usize {
        let inode = namespaces[Kind::Net as usize].unwrap();
        self.survey.networks.iter().position(|network| network.inode == inode).unwrap()
    }

    /// Adds an interface; its index.
    pub(super) fn add(
        &mut self,
        to: &Namespaces,
        name: &str,
        kind: InterfaceKind,
        addresses: &[&str],
    ) -> u32 {
        let network = self.network_of(to);
        let interfaces = &mut self.survey.networks[network].interfaces;
        let index = u32::try_from(interfaces.len() + 1).unwrap();
        interfaces.push(interface(index, name, kind, addresses));
        index
    }

    pub(super) fn bridge(&mut self, of: &Namespaces, name: &str, addresses: &[&str]) -> u32 {
        self.add(of, name, InterfaceKind::Bridge, addresses)
    }

    pub(super) fn enslave(&mut self, of: &Namespaces, index: u32, master: u32) {
        let network = self.network_of(of);
        self.survey.networks[network].interfaces[index as usize - 1].master = Some(master);
    }

    /// A pair of interfaces; their indices.
    pub(super) fn pair(
        &mut self,
        (one, name, addresses): (&Namespaces, &str, &[&str]),
        (other, peer, peer_addresses): (&Namespaces, &str, &[&str]),
    ) -> (u32, u32) {
        let first = self.add(one, name, InterfaceKind::Veth, addresses);
        let second = self.add(other, peer, InterfaceKind::Veth, peer_addresses);
        let (here, there) = (self.network_of(one), self.network_of(other));
        self.survey.networks[here].interfaces[first as usize - 1].peer = Some((Some(there), second));
        self.survey.networks[there].interfaces[second as usize - 1].peer = Some((Some(here), first));
        (first, second)
    }

    pub(super) fn publish(&mut self, of: &Namespaces, outside: &str, port: u16) {
        let network = self.network_of(of);
        let outside = outside.parse().unwrap();
        let published = Published { protocol: Protocol::Tcp, outside, network, port, count: 1 };
        self.survey.published.push(published);
    }

    pub(super) fn lab(&mut self, name: &str, nodes: Vec<String>) {
        let nodes = nodes.into_iter().map(|node| (node.clone(), node)).collect();
        self.survey.labs.push(Lab { name: name.to_owned(), nodes });
    }

    pub(super) fn map(&self) -> Map {
        Map::of(&self.survey)
    }
}

fn interface(index: u32, name: &str, kind: InterfaceKind, addresses: &[&str]) -> Interface {
    let address = |text: &&str| {
        let (ip, prefix) = text.split_once('/').unwrap();
        Address { ip: ip.parse().unwrap(), prefix: prefix.parse().unwrap() }
    };
    Interface {
        index,
        name: name.to_owned(),
        alternative_names: Vec::new(),
        kind,
        up: true,
        addresses: addresses.iter().map(address).collect(),
        master: None,
        peer: None,
    }
}

/// A host and two sets on a bridge; the host has a device too.
pub(super) fn three() -> Machine {
    let mut machine = Machine::new();
    let host = machine.initial();
    machine.process(host, "/usr/sbin/sshd -D");
    machine.add(&host, "eth0", InterfaceKind::Device, &["192.168.1.20/24", "2001:db8::20/64"]);
    let lan = machine.bridge(&host, "lan", &["10.1.0.1/24"]);
    for (name, address, command) in [
        ("web", "10.1.0.2/24", "python3 -m http.server 80"),
        ("db", "10.1.0.3/24", "postgres -D /var/lib/postgresql"),
    ] {
        let inside = machine.unshare(host, &[Kind::Net, Kind::Pid, Kind::Mnt, Kind::Uts], name);
        machine.process(inside, command);
        let (outer, _) = machine.pair((&host, &format!("v-{name}"), &[]), (&inside, "eth0", &[address]));
        machine.enslave(&host, outer, lan);
        if name == "web" {
            machine.publish(&inside, "127.0.0.1:8080", 80);
        }
    }
    machine
}

/// A machine with a bit of everything: containers, a pod, a rootless one, a lab.
pub(super) fn thirty() -> Machine {
    let mut machine = three();
    let host = machine.initial();
    for command in ["/usr/lib/systemd/systemd-udevd", "/usr/bin/dbus-daemon --system", "-bash", "dockerd"] {
        machine.process(host, command);
    }
    let mut private = host;
    private[Kind::Mnt as usize] = Some(machine.namespace(Kind::Mnt, &host, ""));
    machine.process(private, "/usr/sbin/chronyd -F 2");
    let docker = machine.bridge(&host, "docker0", &["172.17.0.1/16"]);
    for (number, command) in
        (1..=8).zip(["redis-server *:6379", "nginx: master process", "mysqld", "memcached"].iter().cycle())
    {
        let inside =
            machine.unshare(host, &[Kind::Net, Kind::Pid, Kind::Mnt, Kind::Uts, Kind::Ipc, Kind::Cgroup], "");
        machine.process(inside, command);
        let address = format!("172.17.0.{}/16", number + 1);
        let (outer, _) = machine.pair((&host, &format!("veth{number}"), &[]), (&inside, "eth0", &[&address]));
        machine.enslave(&host, outer, docker);
    }
    // A container in the host's network, and a pod: two in one network.
    let inside = machine.unshare(host, &[Kind::Pid, Kind::Mnt], "");
    machine.process(inside, "/bin/node_exporter");
    let pod = machine.unshare(host, &[Kind::Net, Kind::Uts, Kind::Ipc], "");
    machine.pair((&host, "cali1", &["169.254.1.1/32"]), (&pod, "eth0", &["10.244.0.7/32"]));
    for command in ["/pause", "app --listen :9000", "envoy -c /etc/envoy.yaml"] {
        let inside = machine.unshare(pod, &[Kind::Pid, Kind::Mnt], "");
        machine.process(inside, command);
    }
    // Without root.
    let user = machine.unshare(host, &[Kind::User, Kind::Mnt], "");
    machine.process(user, "slirp4netns --mtu=65520");
    let rootless = machine.unshare(user, &[Kind::Net, Kind::Pid, Kind::Uts], "");
    machine.add(&rootless, "tap0", InterfaceKind::Other("tun".to_owned()), &["10.0.2.100/24"]);
    machine.process(rootless, "make -j8");
    machine.process(rootless, "cc1plus -quiet main.cc");
    ring(&mut machine, "ring", 3);
    tiers(&mut machine);
    machine
}

/// A ring of routers, each with a host.
pub(super) fn ring(machine: &mut Machine, lab: &str, size: u32) {
    let host = machine.initial();
    let mut nodes = Vec::new();
    let mut names = Vec::new();
    for number in 1..=size {
        let name = format!("{lab}-r{number}");
        nodes.push(machine.unshare(host, &[Kind::Net, Kind::Uts], &name));
        names.push(name);
    }
    for number in 0..size {
        let (one, other) = (nodes[number as usize], nodes[((number + 1) % size) as usize]);
        let network = |end: u32| format!("10.9.{number}.{end}/30");
        machine.pair((&one, "right", &[&network(1)]), (&other, "left", &[&network(2)]));
        let name = format!("{lab}-h{}", number + 1);
        let leaf = machine.unshare(host, &[Kind::Net, Kind::Uts], &name);
        names.push(name);
        machine.pair(
            (&one, "lan", &[&format!("10.8.{number}.1/24")]),
            (&leaf, "eth0", &[&format!("10.8.{number}.2/24")]),
        );
    }
    machine.lab(lab, names);
}

/// A service in three tiers with a firewall between, and a link to the host.
fn tiers(machine: &mut Machine) {
    let host = machine.initial();
    let names = ["client", "firewall", "web1", "web2", "store"];
    let nodes = names.map(|name| machine.unshare(host, &[Kind::Net, Kind::Uts, Kind::Mnt, Kind::Pid], name));
    let [client, firewall, one, two, store] = nodes;
    machine.process(one, "nginx");
    machine.process(two, "nginx");
    machine.process(store, "redis-server");
    machine.pair((&client, "eth0", &["10.0.1.2/24"]), (&firewall, "outside", &["10.0.1.1/24"]));
    machine.pair((&firewall, "dmz1", &["10.0.2.1/24"]), (&one, "eth0", &["10.0.2.2/24"]));
    machine.pair((&firewall, "dmz2", &["10.0.3.1/24"]), (&two, "eth0", &["10.0.3.2/24"]));
    machine.pair((&one, "back", &["10.0.4.2/24"]), (&store, "web1", &["10.0.4.1/24"]));
    machine.pair((&two, "back", &["10.0.5.2/24"]), (&store, "web2", &["10.0.5.1/24"]));
    machine.pair((&host, "mgmt", &["10.0.6.1/24"]), (&firewall, "mgmt", &["10.0.6.2/24"]));
    machine.lab("tiers", names.map(str::to_owned).to_vec());
}

/// A host and `count` sets on a bridge.
pub(super) fn star(count: u32) -> Machine {
    let mut machine = Machine::new();
    let host = machine.initial();
    machine.add(&host, "eth0", InterfaceKind::Device, &["192.168.1.20/24"]);
    let lan = machine.bridge(&host, "lan", &["10.1.0.1/16"]);
    for number in 1..=count {
        let inside = machine.unshare(host, &[Kind::Net, Kind::Uts], &format!("n{number}"));
        let ip = IpAddr::from(Ipv4Addr::from(0x0a01_0001 + number));
        let (outer, _) =
            machine.pair((&host, &format!("v{number}"), &[]), (&inside, "eth0", &[&format!("{ip}/16")]));
        machine.enslave(&host, outer, lan);
        if number % 3 == 0 {
            machine.process(inside, "sleep infinity");
        }
    }
    machine
}

/// A lab of switches below one another, with `leaves` nodes at each of `switches` of them.
pub(super) fn tree(switches: u32, leaves: u32) -> Machine {
    let mut machine = Machine::new();
    let host = machine.initial();
    let mut names = vec!["root".to_owned()];
    let root = machine.unshare(host, &[Kind::Net, Kind::Uts], "root");
    let trunk = machine.bridge(&root, "br0", &[]);
    for switch in 1..=switches {
        let name = format!("sw{switch}");
        let inside = machine.unshare(host, &[Kind::Net, Kind::Uts], &name);
        names.push(name);
        let bridge = machine.bridge(&inside, "br0", &[]);
        let (outer, inner) = machine.pair((&root, &format!("p{switch}"), &[]), (&inside, "uplink", &[]));
        machine.enslave(&root, outer, trunk);
        machine.enslave(&inside, inner, bridge);
        for leaf in 1..=leaves {
            let name = format!("n{switch}-{leaf}");
            let node = machine.unshare(host, &[Kind::Net, Kind::Uts], &name);
            names.push(name);
            let (port, _) = machine.pair(
                (&inside, &format!("p{leaf}"), &[]),
                (&node, "eth0", &[&format!("10.{switch}.0.{leaf}/8")]),
            );
            machine.enslave(&inside, port, bridge);
        }
    }
    machine.lab("tree", names);
    machine
}
