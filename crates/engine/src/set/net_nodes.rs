//! Sets that are on record with their lab, and have no directory.

use std::collections::BTreeMap;

use insula_ns::{Kind, Kinds, Namespace};
use serde::{Deserialize, Serialize};

use super::SetName;
use super::record::{Identity, Record, made_in};

/// Whether a set of these kinds is one of [`NetNodes`].
pub(crate) fn is_net_node(kinds: Kinds) -> bool {
    kinds == Kind::Net.into()
}

/// What is on a lab's record of those of its nodes that are network namespaces alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NetNodes {
    /// The boot that they were made in.
    boot: String,
    /// The mount and PID namespace that they were made in.
    made_in: BTreeMap<String, Identity>,
    nodes: Vec<NetNode>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct NetNode {
    name: String,
    /// Its network namespace.
    net: Identity,
    /// The inode number of the file that was made for it.
    file: u64,
}

impl NetNodes {
    /// None yet.
    pub(super) fn new(boot: String, here: &[Namespace]) -> Self {
        Self { boot, made_in: made_in(here), nodes: Vec::new() }
    }

    pub(super) fn add(&mut self, name: &SetName, net: &Namespace, file: u64) {
        self.nodes.push(NetNode { name: name.to_string(), net: Identity::of(net), file });
    }

    /// Whether there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The same as other sets have it.
    pub(super) fn records(self) -> impl Iterator<Item = (SetName, Record)> {
        let Self { boot, made_in, nodes } = self;
        nodes.into_iter().filter_map(move |node| {
            let record = Record::of_net(boot.clone(), made_in.clone(), node.net, node.file);
            Some((node.name.parse().ok()?, record))
        })
    }
}
