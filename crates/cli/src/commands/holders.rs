//! What keeps a namespace alive, in words and in JSON.

use std::os::unix::ffi::OsStrExt as _;

use insula_engine::containers::{Containers, ListedContainer};
use insula_ns::{Found, HeldDescriptor, Hidden, Kind, Kinds, Pid, SeenFrom, Snapshot};
use serde_json::{Value, json};

use super::container::ContainerFacts;

/// Something other than a process in it that keeps a namespace alive.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holder<'s> {
    Mount(&'s insula_ns::NsMount),
    Descriptor(HeldDescriptor),
    Socket(HeldDescriptor),
    /// A process whose next children will be in it.
    ForChildren(Pid),
    /// A namespace whose parent or owner it is.
    Namespace(&'s Found),
    /// A container whose first process is in it.
    Container(&'s ContainerFacts),
}

/// The containers that run, and the namespaces that are theirs, by the index of each in a snapshot.
#[derive(Debug, Default)]
pub(super) struct OfContainers(Vec<Running>);

/// A container that runs.
#[derive(Debug)]
struct Running {
    listed: ListedContainer,
    facts: ContainerFacts,
    places: Vec<usize>,
}

impl OfContainers {
    /// Those of `containers` that run. A namespace that the caller is in too is not a container's own.
    pub(super) fn read(containers: &Containers, snapshot: &Snapshot) -> Self {
        let own = snapshot.process(rustix::process::getpid());
        let running = |listed: ListedContainer| {
            let process = snapshot.process(listed.process()?.0)?;
            let places = Kinds::ALL.iter().filter_map(|kind| {
                let place = process.namespace(kind)?;
                (own.and_then(|own| own.namespace(kind)) != Some(place)).then_some(place)
            });
            let places = places.collect();
            Some(Running { facts: ContainerFacts::of_listed(&listed)?, listed, places })
        };
        Self(containers.list().into_iter().filter_map(running).collect())
    }

    /// The same without what changes all the time.
    pub(super) fn without_usage(self) -> Self {
        let without = |running: Running| Running { facts: running.facts.without_usage(), ..running };
        Self(self.0.into_iter().map(without).collect())
    }

    /// The containers that the namespace at index `place` is of.
    pub(super) fn of(&self, place: usize) -> impl Iterator<Item = &ContainerFacts> {
        self.0.iter().filter(move |running| running.places.contains(&place)).map(|running| &running.facts)
    }

    /// The container that a process is in: by its control group, or, where the container has none, by its PID namespace.
    pub(super) fn with(&self, snapshot: &Snapshot, pid: Pid) -> Option<&ContainerFacts> {
        let place = snapshot.process(pid).and_then(|process| process.namespace(Kind::Pid));
        let is_in =
            |running: &Running| match running.listed.look().and_then(|container| container.processes()) {
                Ok(processes) => processes.contains(&pid),
                Err(_) => place.is_some_and(|place| running.places.contains(&place)),
            };
        self.0.iter().find(|running| is_in(running)).map(|running| &running.facts)
    }
}

/// All holders of the namespace at index `place` that the scan looked for.
pub(super) fn holders(snapshot: &Snapshot, place: usize) -> Vec<Holder<'_>> {
    let found = &snapshot.namespaces[place];
    let related = |other: &&Found| other.parent == Some(found.id) || other.owner == Some(found.id);
    let mut holders: Vec<Holder<'_>> = found.mounts.iter().map(Holder::Mount).collect();
    holders.extend(found.descriptors.iter().copied().map(Holder::Descriptor));
    holders.extend(found.sockets.iter().copied().map(Holder::Socket));
    holders.extend(found.for_children_of.iter().copied().map(Holder::ForChildren));
    if matches!(found.kind, insula_ns::Kind::User | insula_ns::Kind::Pid) {
        holders.extend(snapshot.namespaces.iter().filter(related).map(Holder::Namespace));
    }
    holders
}

impl Holder<'_> {
    /// In a few words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Mount(mount) => {
                let path = mount.path.display();
                match mount.seen_from {
                    SeenFrom::Caller => format!("mount {path}"),
                    SeenFrom::Process(pid) => format!("mount {path} (as process {pid} sees it)"),
                    SeenFrom::Kernel => format!("mount {path} (in mnt:[{}])", mount.mount_ns.ino),
                }
            }
            Self::Descriptor(HeldDescriptor { pid, descriptor }) => {
                format!("descriptor {descriptor} of {pid}")
            }
            Self::Socket(HeldDescriptor { pid, descriptor }) => format!("socket {descriptor} of {pid}"),
            Self::ForChildren(pid) => format!("next children of {pid}"),
            Self::Namespace(found) => format!("{}:[{}]", found.kind, found.id.ino),
            Self::Container(container) => format!("container {}", container.brief()),
        }
    }

    /// As an object whose `holder` says what the other members are.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Mount(mount) => json!({
                "holder": "mount",
                "path": String::from_utf8_lossy(mount.path.as_os_str().as_bytes()),
                "mount_namespace": mount.mount_ns.ino,
            }),
            Self::Descriptor(held) => {
                json!({ "holder": "descriptor", "pid": number(held.pid), "descriptor": held.descriptor })
            }
            Self::Socket(held) => {
                json!({ "holder": "socket", "pid": number(held.pid), "descriptor": held.descriptor })
            }
            Self::ForChildren(pid) => json!({ "holder": "for_children", "pid": number(*pid) }),
            Self::Namespace(found) => {
                json!({ "holder": "namespace", "kind": found.kind.name(), "inode": found.id.ino })
            }
            Self::Container(container) => {
                let mut object = json!(container);
                object["holder"] = "container".into();
                object
            }
        }
    }
}

/// A process id as a number.
pub(super) fn number(pid: Pid) -> u64 {
    pid.as_raw_nonzero().get().unsigned_abs().into()
}

/// What the caller may not see, as a sentence; nothing if that is nothing.
pub(super) fn hidden_words(hidden: Hidden) -> Option<String> {
    let counted = [
        (hidden.processes, "process", "processes"),
        (hidden.descriptor_tables, "process's descriptors", "processes' descriptors"),
        (hidden.sockets, "socket", "sockets"),
        (hidden.mount_tables, "mount table", "mount tables"),
        (hidden.relations, "namespace's relations", "namespaces' relations"),
    ];
    let mut parts: Vec<String> = counted
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, several)| format!("{count} {}", if count == 1 { one } else { several }))
        .collect();
    if hidden.unlisted {
        parts.push("processes that `/proc` leaves out".to_owned());
    }
    if parts.is_empty() {
        None
    } else {
        Some(format!("not shown, as this user may not look at them: {}", parts.join(", ")))
    }
}

/// The same for machines.
pub(super) fn hidden_json(hidden: Hidden) -> Value {
    json!({
        "processes": hidden.processes,
        "descriptor_tables": hidden.descriptor_tables,
        "sockets": hidden.sockets,
        "mount_tables": hidden.mount_tables,
        "relations": hidden.relations,
        "unlisted": hidden.unlisted,
    })
}
