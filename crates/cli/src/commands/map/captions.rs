//! What is written in a map, whatever its format: every text here is printable.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use insula_engine::map::{
    Forwarded, Interface, InterfaceKind, Map, Named, Presence, Published, Room, RoomKind,
};
use insula_engine::network::full_name;
use insula_ns::Kind;

use crate::printable;
use crate::users::Users;

/// The texts of a map.
#[derive(Debug)]
pub(super) struct Captions {
    rooms: Vec<Caption>,
}

#[derive(Debug, Default)]
struct Caption {
    title: String,
    facts: String,
    processes: Vec<Group>,
    notes: Vec<String>,
    ports: Vec<Port>,
}

/// A port on the wall of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    /// What it is.
    pub(super) what: &'static str,
    /// Where it is, and what it leads to.
    pub(super) words: String,
}

/// Processes that look the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) text: String,
    /// All that is known of them, a line each.
    pub(super) title: String,
    /// The kinds of namespaces that are not the room's.
    pub(super) kinds: Vec<Kind>,
    pub(super) count: usize,
}

impl Captions {
    pub(super) fn of(map: &Map) -> Self {
        let mut users = Users::default();
        let homes = map.homes();
        let mut captions: Vec<Caption> = Vec::new();
        for (index, room) in map.rooms.iter().enumerate() {
            let title = title(map, &homes, &captions, index);
            let is_here = |network: usize| room.network == Some((network, Presence::Home));
            let published = map.published.iter().filter(|published| is_here(published.network));
            let forwarded = map.forwarded.iter().filter(|forwarded| is_here(forwarded.network));
            let ports = published.map(Port::published).chain(forwarded.map(Port::forwarded)).collect();
            captions.push(Caption {
                facts: room_facts(&title, room),
                title,
                processes: groups(room, &mut users),
                notes: notes(map, room),
                ports,
            });
        }
        Self { rooms: captions }
    }

    pub(super) fn title(&self, room: usize) -> &str {
        &self.rooms[room].title
    }

    /// The room's namespaces with their inode numbers and sets, in lines.
    pub(super) fn room_facts(&self, room: usize) -> String {
        self.rooms[room].facts.clone()
    }

    pub(super) fn processes(&self, room: usize) -> &[Group] {
        &self.rooms[room].processes
    }

    pub(super) fn notes(&self, room: usize) -> Vec<String> {
        self.rooms[room].notes.clone()
    }

    /// The ports that lead to a room, and those by which it reaches services of the host.
    pub(super) fn ports(&self, room: usize) -> &[Port] {
        &self.rooms[room].ports
    }

    /// Whether an interface is worth a place: every namespace has a loopback.
    #[expect(clippy::unused_self, reason = "asked beside the texts")]
    pub(super) fn is_shown(&self, interface: &Interface) -> bool {
        let beyond = |address: &insula_engine::map::Address| !address.ip.is_loopback();
        interface.kind != InterfaceKind::Loopback || interface.addresses.iter().any(beyond)
    }

    #[expect(clippy::unused_self, reason = "asked beside the texts")]
    pub(super) fn interface(&self, interface: &Interface) -> String {
        let whole = full_name(&interface.name, &interface.alternative_names);
        printable::line(whole.unwrap_or(&interface.name)).into_owned()
    }

    /// The addresses that are of interest: link-local ones of IPv6 are only where there is no other.
    #[expect(clippy::unused_self, reason = "asked beside the texts")]
    pub(super) fn addresses(&self, interface: &Interface) -> Vec<String> {
        let local =
            |ip: &std::net::IpAddr| matches!(ip, std::net::IpAddr::V6(ip) if ip.is_unicast_link_local());
        interface.addresses.iter().filter(|address| !local(&address.ip)).map(ToString::to_string).collect()
    }

    /// All that is known of an interface, in lines.
    #[expect(clippy::unused_self, reason = "asked beside the texts")]
    pub(super) fn interface_facts(&self, interface: &Interface) -> String {
        let state = if interface.up { "up" } else { "down" };
        let mut facts = format!(
            "{}: {}, {state}",
            printable::line(&interface.name),
            printable::line(interface.kind.name())
        );
        for name in &interface.alternative_names {
            let _ = write!(facts, "\nalso {}", printable::line(name));
        }
        for address in &interface.addresses {
            facts.push('\n');
            facts.push_str(&address.to_string());
        }
        facts
    }
}

fn title(map: &Map, homes: &[Option<usize>], before: &[Caption], index: usize) -> String {
    let room = &map.rooms[index];
    match &room.kind {
        RoomKind::Machine => return "this machine".to_owned(),
        RoomKind::Lab(name) => return format!("lab {}", printable::line(name)),
        RoomKind::Namespaces => {}
    }
    if let Some(node) = &room.node {
        return printable::line(node).into_owned();
    }
    if !room.names.is_empty() {
        return room.names.iter().map(|name| printable::line(name)).collect::<Vec<_>>().join(", ");
    }
    match room.network {
        Some((network, Presence::Home)) if map.networks[network].host => return "host".to_owned(),
        Some((network, Presence::Part)) if room.own.is_empty() => {
            // Rooms are behind those that they are in, but not always behind this one.
            let name = homes[network].and_then(|home| before.get(home));
            return match name {
                Some(home) => format!("in the network of {}", home.title),
                None => format!("in net:[{}]", map.networks[network].inode),
            };
        }
        _ => {}
    }
    let of = |room: &Room| {
        let program = room.processes.first().map(|process| program(&process.command));
        program.filter(|name| !name.is_empty())
    };
    // Nothing is in it but other rooms: what is in those.
    let within = || {
        let mut names: Vec<String> = map.inside(index).filter_map(|room| of(&map.rooms[room])).collect();
        names.dedup();
        if names.len() > 3 {
            names.truncate(3);
            names.push("…".to_owned());
        }
        Some(names.join(", ")).filter(|names| !names.is_empty())
    };
    let network = room.own.iter().find(|named| named.kind == Kind::Net).or(room.own.first());
    of(room)
        .or_else(within)
        .or_else(|| network.map(Named::to_words))
        .unwrap_or_else(|| "namespaces".to_owned())
}

/// The last part of a command line's first word.
fn program(command: &str) -> String {
    let word = command.split(' ').next().unwrap_or_default();
    printable::line(word.rsplit('/').next().unwrap_or_default()).into_owned()
}

trait Words {
    fn to_words(&self) -> String;
}

impl Words for Named {
    fn to_words(&self) -> String {
        format!("{}:[{}]", self.kind, self.inode)
    }
}

fn room_facts(title: &str, room: &Room) -> String {
    let mut facts = title.to_owned();
    for named in &room.own {
        facts.push('\n');
        facts.push_str(&named.to_words());
    }
    facts
}

/// The processes of a room, those that look the same as one, in the order of their ids.
fn groups(room: &Room, users: &mut Users) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: BTreeMap<(String, Vec<Kind>), usize> = BTreeMap::new();
    for process in &room.processes {
        let kinds: Vec<Kind> = process.own.iter().map(|named| named.kind).collect();
        let command = printable::line(&process.command).into_owned();
        let user = process
            .uid
            .map_or_else(|| "?".to_owned(), |uid| printable::line(&users.name_or_id(uid)).into_owned());
        let own: Vec<String> = process.own.iter().map(Named::to_words).collect();
        let mut title = format!("{} {user} {command}", process.pid);
        if !own.is_empty() {
            let _ = write!(title, " ({})", own.join(" "));
        }
        let key = (command.clone(), kinds.clone());
        if let Some(&group) = known.get(&key) {
            let group: &mut Group = &mut groups[group];
            group.count += 1;
            group.title.push('\n');
            group.title.push_str(&title);
            group.text = format!("{}× {command}", group.count);
        } else {
            known.insert(key, groups.len());
            groups.push(Group { text: format!("{} {command}", process.pid), title, kinds, count: 1 });
        }
    }
    groups
}

fn notes(map: &Map, room: &Room) -> Vec<String> {
    let mut notes = Vec::new();
    if room.kernel_threads > 0 {
        let threads = if room.kernel_threads == 1 { "thread" } else { "threads" };
        notes.push(format!("{} kernel {threads}", room.kernel_threads));
    }
    let mut idle: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for named in &room.idle {
        let names = named.names.iter().map(|name| printable::line(name)).collect::<Vec<_>>().join(", ");
        idle.entry(names).or_default().push(named.to_words());
    }
    for (names, namespaces) in idle {
        let whose = if names.is_empty() { "nobody in" } else { &names };
        notes.push(format!("{whose}: {}", namespaces.join(" ")));
    }
    if let Some((network, Presence::Home)) = room.network
        && !map.networks[network].is_known
    {
        notes.push("its interfaces cannot be seen".to_owned());
    }
    notes
}

impl Port {
    fn published(published: &Published) -> Self {
        let (ip, port) = (published.outside.ip(), range(published.outside.port(), published.count));
        let outside = if ip.is_unspecified() { port } else { socket(published.outside, published.count) };
        let inside = range(published.port, published.count);
        Self { what: "published", words: format!("{outside} → {inside}/{}", published.protocol.name()) }
    }

    fn forwarded(forwarded: &Forwarded) -> Self {
        let (at, service) =
            (socket(forwarded.at, forwarded.count), socket(forwarded.service, forwarded.count));
        let words = format!("{at} → {service}/{}", forwarded.protocol.name());
        Self { what: "service of the host", words }
    }
}

/// `count` ports from `first` on.
fn range(first: u16, count: u16) -> String {
    match count {
        0 | 1 => first.to_string(),
        count => format!("{first}-{}", u32::from(first) + u32::from(count) - 1),
    }
}

/// An address with `count` ports.
fn socket(first: SocketAddr, count: u16) -> String {
    let ports = range(first.port(), count);
    match first.ip() {
        IpAddr::V4(ip) => format!("{ip}:{ports}"),
        IpAddr::V6(ip) => format!("[{ip}]:{ports}"),
    }
}
