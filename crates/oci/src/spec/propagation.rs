//! `linux.rootfsPropagation`, and the options of mounts that say the same of them.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserializer, Serialize, Serializer};

/// How mounts and unmounts below a mount pass to others: `mount_namespaces(7)`, "SHARED SUBTREES".
///
/// Written as in `mount(8)`: `rslave`. See `config-linux.md`, "Rootfs Mount Propagation".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Propagation {
    /// How.
    pub kind: PropagationType,
    /// Whether that is said of all mounts below as well.
    pub recursive: bool,
}

/// A propagation type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropagationType {
    /// Both ways: `MS_SHARED`.
    Shared,
    /// From outside in: `MS_SLAVE`.
    Slave,
    /// Not at all: `MS_PRIVATE`.
    Private,
    /// Not at all, and it cannot be bound elsewhere: `MS_UNBINDABLE`.
    Unbindable,
}

/// Each with its name and that of the recursive form.
const NAMES: [(PropagationType, &str, &str); 4] = [
    (PropagationType::Shared, "shared", "rshared"),
    (PropagationType::Slave, "slave", "rslave"),
    (PropagationType::Private, "private", "rprivate"),
    (PropagationType::Unbindable, "unbindable", "runbindable"),
];

impl Propagation {
    /// The propagation that `mount(8)` calls by this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find_map(|&(kind, one, all)| {
            (name == one || name == all).then_some(Self { kind, recursive: name == all })
        })
    }

    /// Its name in `mount(8)`.
    #[must_use]
    pub fn name(self) -> &'static str {
        let [shared, slave, private, unbindable] =
            NAMES.map(|(_, one, all)| if self.recursive { all } else { one });
        match self.kind {
            PropagationType::Shared => shared,
            PropagationType::Slave => slave,
            PropagationType::Private => private,
            PropagationType::Unbindable => unbindable,
        }
    }
}

impl Serialize for Propagation {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

/// For a field that can be missing, `null` or empty.
pub(super) fn or_empty<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Propagation>, D::Error> {
    from.deserialize_any(Name)
}

struct Name;

impl Visitor<'_> for Name {
    type Value = Option<Propagation>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a propagation type of mount(8)")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        if name.is_empty() {
            return Ok(None);
        }
        let unknown = || E::invalid_value(Unexpected::Str(name), &self);
        Propagation::from_name(name).map(Some).ok_or_else(unknown)
    }
}
