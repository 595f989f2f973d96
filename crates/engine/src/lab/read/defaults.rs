//! What nodes inherit.

use std::collections::BTreeMap;

use super::super::fields::Fields;
use super::super::node_name::NodeName;
use super::super::problem::{FileError, Problem, Warning};
use super::super::topology::Node;
use super::super::yaml::{Key, Value};
use super::keys::{OF_NODES, TAKEN};
use super::node::Layers;

/// What nodes inherit: from `defaults`, from the one of `kinds` that is theirs, from the one of `groups`.
#[derive(Debug)]
pub(super) struct Defaults<'a> {
    all: Option<Fields<'a>>,
    kinds: BTreeMap<&'a str, Fields<'a>>,
    groups: BTreeMap<&'a str, Fields<'a>>,
}

impl<'a> Defaults<'a> {
    pub(super) fn read(topology: &Fields<'a>) -> Result<Self, FileError> {
        let named = |key: &'static str, one: &str| -> Result<BTreeMap<&'a str, Fields<'a>>, FileError> {
            let Some(value) = topology.get(key) else { return Ok(BTreeMap::new()) };
            let fields = Fields::of(format!("`{key}`"), key, value)?;
            let read = |(key, value): &'a (Key, Value)| {
                let owner = format!("{one} `{}`", key.name.escape_debug());
                Ok((key.name.as_str(), Fields::of(owner, &key.name, value)?))
            };
            fields.all().iter().map(read).collect()
        };
        let all = topology.get("defaults").map(|value| Fields::of("`defaults`", "defaults", value));
        Ok(Self { all: all.transpose()?, kinds: named("kinds", "kind")?, groups: named("groups", "group")? })
    }

    /// Reads one node.
    pub(super) fn node(
        &self,
        key: &'a Key,
        value: &'a Value,
        warnings: &mut Vec<Warning>,
    ) -> Result<Node, FileError> {
        let name: NodeName = key.name.parse().map_err(|error| Problem::from(error).at(key.place))?;
        let own = Fields::of(format!("node `{name}`"), &key.name, value)?;
        let result = Layers::new(key, self.layers(&own)?).read(name, warnings)?;
        own.finish(&OF_NODES, warnings);
        Ok(result)
    }

    /// What a node inherits from, and itself, the nearest first.
    fn layers<'b>(&'b self, own: &'b Fields<'a>) -> Result<Vec<&'b Fields<'a>>, FileError> {
        let mut layers = vec![own];
        let first = |layers: &[&Fields<'a>], key: &str| -> Result<Option<&'a str>, FileError> {
            for layer in layers {
                if let Some(found) = layer.text(key)? {
                    return Ok(Some(found.text));
                }
            }
            Ok(None)
        };
        let group = first(&[own], "group")?.and_then(|group| self.groups.get(group));
        layers.extend(group);
        let all = self.all.as_ref();
        let mut known = layers.clone();
        known.extend(all);
        let kind = first(&known, "kind")?.unwrap_or("linux");
        layers.extend(self.kinds.get(kind));
        layers.extend(all);
        Ok(layers)
    }

    pub(super) fn finish(self, warnings: &mut Vec<Warning>) {
        for fields in self.all.into_iter().chain(self.kinds.into_values()).chain(self.groups.into_values()) {
            // Of a kind or group that no node is of nothing was taken.
            for key in TAKEN {
                fields.get(key);
            }
            fields.finish(&OF_NODES, warnings);
        }
    }
}
