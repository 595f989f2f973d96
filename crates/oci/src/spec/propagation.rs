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

impl Propagation {
    /// Every propagation type, each with its recursive form.
    pub const ALL: [Self; 8] = {
        use PropagationType::{Private, Shared, Slave, Unbindable};
        [
            Self { kind: Shared, recursive: false },
            Self { kind: Shared, recursive: true },
            Self { kind: Slave, recursive: false },
            Self { kind: Slave, recursive: true },
            Self { kind: Private, recursive: false },
            Self { kind: Private, recursive: true },
            Self { kind: Unbindable, recursive: false },
            Self { kind: Unbindable, recursive: true },
        ]
    };

    /// The propagation that `mount(8)` calls by this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|propagation| propagation.name() == name)
    }

    /// Its name in `mount(8)`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match (self.kind, self.recursive) {
            (PropagationType::Shared, false) => "shared",
            (PropagationType::Shared, true) => "rshared",
            (PropagationType::Slave, false) => "slave",
            (PropagationType::Slave, true) => "rslave",
            (PropagationType::Private, false) => "private",
            (PropagationType::Private, true) => "rprivate",
            (PropagationType::Unbindable, false) => "unbindable",
            (PropagationType::Unbindable, true) => "runbindable",
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
