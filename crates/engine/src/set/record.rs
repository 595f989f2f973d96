//! What is written down of a set.

use std::collections::BTreeMap;

use insula_ns::idmap::{IdMap, IdMaps};
use insula_ns::{Kind, Kinds, Namespace, NsHandle, NsId, ProcessMark};
use serde::{Deserialize, Serialize};

use crate::set::SetError;
use crate::store::Dir;
use crate::store::record::{self, Unreadable};

/// The file in a set's directory.
pub(super) const FILE: &str = "record.json";
/// What it is written as before it gets that name.
pub(super) const DRAFT: &str = "record.json.new";

/// The version of the format that this code writes, and the only one that it reads.
const VERSION: u32 = 1;

/// How far a set has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It is being made. If nobody has it locked, whoever did that has died.
    Making,
    /// It is there.
    Ready,
    /// It is being removed; likewise.
    Removing,
}

/// What keeps a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Held {
    /// A bind mount: of the network namespace on a file below `/run/netns`, of others in the set's directory.
    Mount,
    /// The keeper.
    Keeper,
}

/// A namespace of the set, and what keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(flatten)]
    identity: Identity,
    pub(super) held: Held,
}

/// Which namespace, of those since boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// The device of nsfs.
    dev: u64,
    /// The inode number.
    ino: u64,
    /// The 64-bit id, where the kernel has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
}

/// Root if the user namespace has one, else the first ids that it has; `None` if it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FirstIds {
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
}

/// The content of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    #[serde(rename = "type")]
    object: Object,
    pub(super) state: State,
    /// The boot that it was made in: nothing of it outlives that, the file may.
    pub(super) boot: String,
    /// The mount and PID namespace that it was made in: its mounts and its keeper's id mean something only there.
    made_in: BTreeMap<String, Identity>,
    /// By kind.
    namespaces: BTreeMap<String, Kept>,
    /// Who one is in the user namespace of the set, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) first_ids: Option<FirstIds>,
    /// The kinds of which it has another set's namespace, not one of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) shared: Vec<String>,
    /// The inode number of the file that was made for the network namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) netns_file: Option<u64>,
    /// The process that holds the namespaces, or is PID 1 of the PID namespace among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) keeper: Option<ProcessMark>,
    /// The lab that it is a node of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lab: Option<String>,
}

/// The types of objects that have records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Object {
    Set,
}

impl Identity {
    pub(super) fn of(namespace: &Namespace) -> Self {
        let NsId { dev, ino } = namespace.id();
        Self { dev, ino, id: namespace.ns_id() }
    }

    pub(super) const fn ns_id(self) -> NsId {
        NsId { dev: self.dev, ino: self.ino }
    }

    /// Whether it is certain that the namespace is gone: the kernel looked for it by its handle.
    pub(super) fn is_gone(self, kind: Kind) -> bool {
        let (Some(ns_id), Ok(ino)) = (self.id, u32::try_from(self.ino)) else { return false };
        let handle = NsHandle { ns_id, known: Some((kind, ino)) };
        let answer = Namespace::by_handle(handle);
        matches!(answer, Err(insula_ns::NamespaceError::Handle { source: rustix::io::Errno::STALE, .. }))
    }
}

impl FirstIds {
    pub(super) fn of(maps: &IdMaps) -> Self {
        Self { uid: first(&maps.uid), gid: first(&maps.gid) }
    }
}

fn first(map: &IdMap) -> Option<u32> {
    map.extents().iter().map(|extent| extent.inside).min()
}

/// The namespaces that a set is made in, as they are put on record.
pub(super) fn made_in(here: &[Namespace]) -> BTreeMap<String, Identity> {
    here.iter().map(|one| (one.kind().name().to_owned(), Identity::of(one))).collect()
}

impl Record {
    /// Of a set that is a network namespace alone, mounted on the file with this inode number.
    pub(super) fn of_net(
        boot: String,
        made_in: BTreeMap<String, Identity>,
        net: Identity,
        file: u64,
    ) -> Self {
        let mut record = Self::new(boot, Held::Mount, [], &[]);
        record.made_in = made_in;
        record.namespaces.insert(Kind::Net.name().to_owned(), Kept { identity: net, held: Held::Mount });
        record.netns_file = Some(file);
        record
    }

    pub(super) fn new<'a>(
        boot: String,
        held: Held,
        namespaces: impl IntoIterator<Item = &'a Namespace>,
        here: &[Namespace],
    ) -> Self {
        let name = |namespace: &Namespace| namespace.kind().name().to_owned();
        let kept = |namespace: &Namespace| Kept { identity: Identity::of(namespace), held };
        Self {
            version: VERSION,
            object: Object::Set,
            state: State::Making,
            boot,
            made_in: made_in(here),
            namespaces: namespaces.into_iter().map(|one| (name(one), kept(one))).collect(),
            first_ids: None,
            shared: Vec::new(),
            netns_file: None,
            keeper: None,
            lab: None,
        }
    }

    /// Reads it from a set's directory; `None` if it was never written.
    pub(super) fn read(dir: &Dir) -> Result<Option<Self>, SetError> {
        let Some(text) = dir.read(FILE)? else { return Ok(None) };
        let path = dir.path_of(FILE);
        record::parse(&text, VERSION).map(Some).map_err(|why| match why {
            Unreadable::Invalid(source) => SetError::Record { path, source },
            Unreadable::Version(version) => SetError::Version { path, version },
        })
    }

    /// Writes it into a set's directory.
    pub(super) fn write(&self, dir: &Dir) -> Result<(), SetError> {
        let mut text = serde_json::to_vec_pretty(self).expect("a record has string keys only");
        text.push(b'\n');
        Ok(dir.replace(FILE, DRAFT, &text)?)
    }

    /// The kinds that the set has.
    pub(super) fn kinds(&self) -> Kinds {
        self.namespaces.keys().filter_map(|kind| kind.parse::<Kind>().ok()).collect()
    }

    /// Those of them whose namespaces are its own.
    pub(super) fn own_kinds(&self) -> Kinds {
        self.kinds()
            .without(self.shared.iter().filter_map(|kind| kind.parse::<Kind>().ok()).collect::<Kinds>())
    }

    /// Those of them whose namespaces are kept by bind mounts.
    pub(super) fn mounted(&self) -> Kinds {
        self.kinds().iter().filter(|kind| self.held(*kind) == Some(Held::Mount)).collect()
    }

    /// What keeps the namespace of a kind; `None` if the set has none.
    pub(super) fn held(&self, kind: Kind) -> Option<Held> {
        self.namespaces.get(kind.name()).map(|kept| kept.held)
    }

    /// The namespace of a kind is kept by the keeper after all.
    pub(super) fn leave_to_keeper(&mut self, kind: Kind) {
        if let Some(kept) = self.namespaces.get_mut(kind.name()) {
            kept.held = Held::Keeper;
        }
    }

    /// The namespace of this kind that it was made in.
    pub(super) fn made_in(&self, kind: Kind) -> Option<Identity> {
        self.made_in.get(kind.name()).copied()
    }

    /// The set's own namespace of this kind.
    pub(super) fn namespace(&self, kind: Kind) -> Option<NsId> {
        self.namespaces.get(kind.name()).map(|kept| kept.identity.ns_id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_comes_first_where_there_is_one() {
        let ids = FirstIds::of(&IdMaps::keep_my_id(1000, 100).unwrap());
        assert_eq!((ids.uid, ids.gid), (Some(1000), Some(100)));
        assert_eq!(FirstIds::of(&IdMaps::root_only(1000, 100).unwrap()).uid, Some(0));
        assert_eq!(FirstIds::of(&IdMaps::default()).uid, None);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let namespaces = [Kind::Net, Kind::Mnt].map(|kind| Namespace::of_self(kind).unwrap());
        let mut record = Record::new("boot".to_owned(), Held::Mount, &namespaces, &namespaces[1..]);
        record.leave_to_keeper(Kind::Mnt);
        record.netns_file = Some(7);
        let text = serde_json::to_vec(&record).unwrap();
        assert_eq!(serde_json::from_slice::<Record>(&text).unwrap(), record);
        assert_eq!(record.mounted(), Kind::Net.into());
        assert_eq!(record.namespace(Kind::Net), Some(namespaces[0].id()));
        assert_eq!(record.namespace(Kind::Uts), None);
    }
}
