//! What is known of a target.

use std::collections::BTreeMap;

use insula_engine::containers::Containers;
use insula_engine::listening::Listening;
use insula_engine::map::End;
use insula_engine::target::Resolved;
use insula_ns::idmap::IdMap;
use insula_ns::{Kind, Kinds, Namespace, NsId, Pid, ProcDir, Scan, Snapshot, Want};
use serde::Serialize;
use serde_json::Value;

use super::tables::{Limit, Link, limits, links_in};
use crate::commands::container::ContainerFacts;
use crate::commands::holders::number;
use crate::commands::interfaces::{Interfaces, port_json, port_words, whole_name};
use crate::commands::ls::SetNames;
use crate::commands::process::{Brief, file, read};
use crate::report::Failure;
use crate::users::Users;

#[derive(Serialize)]
pub(super) struct Facts {
    version: u32,
    pub(super) target: String,
    pub(super) namespaces: Vec<NamespaceFacts>,
    pub(super) container: Option<ContainerFacts>,
    pub(super) process: Option<ProcessFacts>,
    pub(super) id_maps: Option<IdMaps>,
    pub(super) links: Option<Vec<Link>>,
    /// Who waits for connections and datagrams in the network namespace.
    pub(super) listening: Option<Vec<Value>>,
    /// The same for people.
    #[serde(skip)]
    pub(super) ports: Vec<String>,
    pub(super) processes: Option<Vec<Brief>>,
    pub(super) cgroups: Option<Vec<String>>,
    pub(super) limits: Option<Vec<Limit>>,
}

#[derive(Serialize)]
pub(super) struct NamespaceFacts {
    pub(super) kind: &'static str,
    pub(super) inode: u64,
    /// The 64-bit id.
    pub(super) id: Option<u64>,
    pub(super) owner: Option<u64>,
    pub(super) parent: Option<u64>,
    pub(super) creator: Option<u32>,
    pub(super) processes: u32,
    pub(super) sets: Vec<String>,
    pub(super) shared_with_caller: bool,
}

#[derive(Serialize)]
pub(super) struct ProcessFacts {
    #[serde(flatten)]
    pub(super) brief: Brief,
    /// The inode number of its pidfd.
    pub(super) inode: Option<u64>,
    pub(super) parent: Option<u64>,
    /// Real, effective, saved and file-system id, as the caller's user namespace numbers them.
    pub(super) uids: Vec<u32>,
    pub(super) gids: Vec<u32>,
    pub(super) groups: Vec<u32>,
    /// Its ids in the PID namespaces from the caller's to its own.
    pub(super) nested_pids: Vec<u64>,
    pub(super) threads: Option<u32>,
    pub(super) no_new_privs: Option<bool>,
    /// How many seccomp filters look at it.
    pub(super) seccomp_filters: Option<u32>,
    /// The effective capabilities, as the kernel prints them: 16 hexadecimal digits.
    pub(super) effective_capabilities: Option<String>,
}

#[derive(Serialize)]
pub(super) struct IdMaps {
    pub(super) uid: Vec<Extent>,
    pub(super) gid: Vec<Extent>,
    /// `allow` or `deny`.
    pub(super) setgroups: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Extent {
    pub(super) inside: u32,
    /// Nothing where the caller's user namespace has no number for it.
    pub(super) outside: Option<u32>,
    pub(super) count: u32,
}

impl Facts {
    /// Of a container that has ended, or is not yet.
    pub(super) fn of_ended(word: &str, containers: &Containers) -> Result<Self, Failure> {
        Ok(Self {
            version: 1,
            target: word.to_owned(),
            namespaces: Vec::new(),
            container: ContainerFacts::find(containers, word, None)?,
            process: None,
            id_maps: None,
            links: None,
            listening: None,
            ports: Vec::new(),
            processes: None,
            cgroups: None,
            limits: None,
        })
    }

    pub(super) fn find(word: &str, target: &Resolved, containers: &Containers) -> Result<Self, Failure> {
        let open = namespaces(target)?;
        let snapshot = Scan::new(Kinds::ALL).with(Want::Mounts).take()?;
        let (sets, _) = SetNames::read();
        let mut users = Users::default();
        let pid = target.process().map(insula_engine::target::TargetProcess::pid);
        // Whoever is in a namespace can be asked for what is in it.
        let member = |kind: Kind| {
            let namespace: &Namespace = open.get(&kind)?;
            pid.or_else(|| snapshot.namespaces[snapshot.find(namespace.id().ino)?].lowest)
        };
        let proc = snapshot.proc();
        let (mut links, mut listening, mut ports) = (None, None, Vec::new());
        if let Some(net) = open.get(&Kind::Net) {
            let id = net.id().ino;
            links = links_of(proc, net, member(Kind::Net));
            let interfaces = Interfaces::read(&snapshot, &sets);
            if let (Some(links), Some(network)) = (&mut links, interfaces.networks.find(id)) {
                add_facts(links, &interfaces, network);
            }
            let (found, unknown) = Listening::list(&snapshot, Some(id), |_| true);
            // Of a namespace that may not be asked nothing is known.
            if !found.is_empty() || unknown.is_empty() {
                ports = found.iter().map(|of| port_line(of, &snapshot, &mut users)).collect();
                listening = Some(found.iter().map(|of| port_json(of, &snapshot, &mut users)).collect());
            }
        }
        let facts = Self {
            version: 1,
            target: word.to_owned(),
            container: match pid {
                Some(_) => ContainerFacts::find(containers, word, pid)?,
                None => None,
            },
            process: target.process().map(|process| {
                let inode = process.inode().ok();
                ProcessFacts::read(proc, process.pid(), inode, &mut users)
            }),
            id_maps: member(Kind::User).and_then(|pid| IdMaps::read(proc, pid)),
            links,
            listening,
            ports,
            processes: pid
                .is_none()
                .then(|| members(&snapshot, open.values().map(Namespace::id), &mut users)),
            cgroups: pid
                .and_then(|pid| Some(file(proc, pid, "cgroup")?.lines().map(str::to_owned).collect())),
            limits: pid.and_then(|pid| Some(limits(&file(proc, pid, "limits")?))),
            namespaces: open
                .values()
                .map(|namespace| NamespaceFacts::of(namespace, &snapshot, &sets))
                .collect(),
        };
        // Only while it lives is what stands under its id its own.
        match target.process() {
            Some(process) if process.pidfd().has_exited() => {
                Err(Failure::new(format!("process {} has ended", process.pid())))
            }
            _ => Ok(facts),
        }
    }
}

impl NamespaceFacts {
    fn of(namespace: &Namespace, snapshot: &Snapshot, sets: &SetNames) -> Self {
        let id = namespace.id();
        let place = snapshot.find(id.ino);
        let caller = snapshot.process(rustix::process::getpid());
        let inode = |relation: Option<Namespace>| relation.map(|namespace| namespace.id().ino);
        let owner = namespace.owner().ok().flatten();
        Self {
            kind: namespace.kind().name(),
            inode: id.ino,
            id: namespace.ns_id(),
            creator: namespace
                .owner_uid()
                .ok()
                .flatten()
                .or_else(|| owner.as_ref().and_then(|owner| owner.owner_uid().ok().flatten())),
            owner: inode(owner),
            parent: inode(namespace.parent().ok().flatten()),
            processes: place.map_or(0, |place| snapshot.namespaces[place].processes),
            sets: sets.of(id).unwrap_or_default().to_vec(),
            shared_with_caller: place.is_some()
                && caller.is_some_and(|caller| caller.namespace(namespace.kind()) == place),
        }
    }
}

impl ProcessFacts {
    fn read(proc: &ProcDir, pid: Pid, inode: Option<u64>, users: &mut Users) -> Self {
        let status = file(proc, pid, "status").unwrap_or_default();
        let line = |name: &str| {
            status.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
        };
        let ids = |name| {
            line(name).map_or(Vec::new(), |ids| {
                ids.split_ascii_whitespace().filter_map(|id| id.parse().ok()).collect()
            })
        };
        Self {
            brief: Brief::of(proc, pid, users),
            inode,
            parent: proc.parent(pid).ok().flatten().map(number),
            uids: ids("Uid"),
            gids: ids("Gid"),
            groups: ids("Groups"),
            nested_pids: proc.nested_pids(pid).unwrap_or_default().into_iter().map(number).collect(),
            threads: line("Threads").and_then(|threads| threads.parse().ok()),
            no_new_privs: line("NoNewPrivs").map(|set| set == "1"),
            seccomp_filters: line("Seccomp_filters").and_then(|filters| filters.parse().ok()),
            effective_capabilities: line("CapEff").map(str::to_owned),
        }
    }
}

impl IdMaps {
    fn read(proc: &ProcDir, pid: Pid) -> Option<Self> {
        let map = |name| {
            let map = IdMap::from_proc(&file(proc, pid, name)?).ok()?;
            let extent = |extent: &insula_ns::idmap::Extent| Extent {
                inside: extent.inside,
                outside: Some(extent.outside).filter(|id| *id != insula_ns::idmap::Extent::UNSEEN),
                count: extent.count,
            };
            Some(map.extents().iter().map(extent).collect())
        };
        Some(Self {
            uid: map("uid_map")?,
            gid: map("gid_map")?,
            setgroups: file(proc, pid, "setgroups").map(|word| word.trim().to_owned()),
        })
    }
}

/// The target's namespaces, opened, save those of kinds that this kernel lacks.
fn namespaces(target: &Resolved) -> Result<BTreeMap<Kind, Namespace>, Failure> {
    let proc = ProcDir::open()?;
    let exists = |kind: &Kind| proc.ns_inode(rustix::process::getpid(), (*kind).into()).is_ok();
    target
        .kinds()
        .iter()
        .filter(exists)
        .map(|kind| match target.namespace(kind) {
            Ok(namespace) => Ok((kind, namespace)),
            Err(error) => Err(refused(target, Failure::from(error))),
        })
        .collect()
}

fn refused(target: &Resolved, failure: Failure) -> Failure {
    match target.process() {
        // To root, only a security module or another user namespace can be in the way.
        Some(process) if !rustix::process::geteuid().is_root() && !process.pidfd().has_exited() => failure
            .cause(
                "the namespaces of a process may be opened by its user alone, and by who has CAP_SYS_PTRACE",
            )
            .hint("run as that user or as root"),
        _ => failure,
    }
}

/// The processes in any of the namespaces.
fn members(snapshot: &Snapshot, ids: impl Iterator<Item = NsId>, users: &mut Users) -> Vec<Brief> {
    let places: Vec<usize> = ids.filter_map(|id| snapshot.find(id.ino)).collect();
    let inside = |process: &&insula_ns::Process| {
        places.iter().any(|&place| process.namespace(snapshot.namespaces[place].kind) == Some(place))
    };
    let processes = snapshot.processes.iter().filter(inside);
    processes.map(|process| Brief::of(snapshot.proc(), process.pid, users)).collect()
}

/// The links of a network namespace, as a process in it sees them, or else the caller, who goes there and back.
fn links_of(proc: &ProcDir, namespace: &Namespace, member: Option<Pid>) -> Option<Vec<Link>> {
    let text = if let Some(pid) = member {
        file(proc, pid, "net/dev")
    } else {
        let own = Namespace::of_self(Kind::Net).ok()?;
        namespace.enter().ok()?;
        let text = read(proc, "thread-self/net/dev");
        own.enter().expect("whoever could leave a network namespace may return to it");
        text
    };
    Some(links_in(&text?))
}

/// Adds what the namespace itself tells of its interfaces.
fn add_facts(links: &mut [Link], interfaces: &Interfaces, network: usize) {
    for (interface, of) in interfaces.networks.networks[network].interfaces.iter().enumerate() {
        // Names are unique in a namespace.
        let Some(link) = links.iter_mut().find(|link| link.name == of.name) else { continue };
        let end = End { network, interface };
        let mut words = vec![if of.up { "up" } else { "down" }.to_owned()];
        words.extend(of.alternative_names.iter().map(|name| format!("also {name}")));
        words.extend(of.addresses.iter().map(ToString::to_string));
        words.extend(interfaces.peer_words(end).map(|peer| format!("→ {peer}")));
        let siblings = &interfaces.networks.networks[network].interfaces;
        let master = of.master.and_then(|index| siblings.iter().find(|other| other.index == index));
        words.extend(master.map(|master| format!("port of {}", whole_name(master))));
        link.words = words.join(" ");
        let mut facts = interfaces.json(end);
        if let Some(facts) = facts.as_object_mut() {
            facts.remove("name");
        }
        link.facts = Some(facts);
    }
}

/// A listening socket in a line, with the processes that have it.
fn port_line(listening: &Listening, snapshot: &Snapshot, users: &mut Users) -> String {
    let processes: Vec<String> =
        listening.processes.iter().map(|pid| Brief::of(snapshot.proc(), *pid, users).line()).collect();
    format!("{:<30} {}", port_words(listening), processes.join(", ")).trim_end().to_owned()
}
