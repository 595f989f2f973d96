//! What the columns of network namespaces show.

use insula_engine::listening::Listening;
use insula_engine::map::End;
use insula_ns::Snapshot;
use serde_json::Value;

use super::column::Column;
use crate::commands::interfaces::{Interfaces, port_json, port_words};
use crate::commands::ls::SetNames;
use crate::users::Users;

/// Interfaces and listening ports, as far as columns ask for them.
#[derive(Debug, Default)]
pub(super) struct Network {
    interfaces: Interfaces,
    ports: Vec<Listening>,
}

impl Network {
    pub(super) fn read(snapshot: &Snapshot, sets: &SetNames, needs: impl Fn(Column) -> bool) -> Self {
        let interfaces = if needs(Column::Interfaces) || needs(Column::Peers) {
            Interfaces::read(snapshot, sets)
        } else {
            Interfaces::default()
        };
        let ports =
            if needs(Column::Ports) { Listening::list(snapshot, None, |_| true).0 } else { Vec::new() };
        Self { interfaces, ports }
    }

    fn ends(&self, inode: u64) -> impl Iterator<Item = End> {
        let of = self.interfaces.of(inode);
        of.into_iter().flat_map(|(network, interfaces)| {
            (0..interfaces.len()).map(move |interface| End { network, interface })
        })
    }

    pub(super) fn interfaces(&self, inode: u64) -> Vec<String> {
        let shown = |end| {
            let interface = self.interfaces.networks.interface(end);
            interface
                .addresses
                .iter()
                .fold(interface.name.clone(), |words, address| format!("{words} {address}"))
        };
        self.ends(inode).map(shown).collect()
    }

    pub(super) fn peers(&self, inode: u64) -> Vec<String> {
        let shown = |end| {
            let peer = self.interfaces.peer_words(end)?;
            Some(format!("{} → {peer}", self.interfaces.networks.interface(end).name))
        };
        self.ends(inode).filter_map(shown).collect()
    }

    pub(super) fn ports(&self, inode: u64) -> Vec<String> {
        self.ports.iter().filter(|port| port.net == inode).map(port_words).collect()
    }

    pub(super) fn json(&self, inode: u64, column: Column, snapshot: &Snapshot, users: &mut Users) -> Value {
        match column {
            Column::Ports => {
                let of = self.ports.iter().filter(|port| port.net == inode);
                of.map(|port| port_json(port, snapshot, users)).collect()
            }
            Column::Peers => {
                let with_peer = |end: &End| self.interfaces.networks.interface(*end).peer.is_some();
                self.ends(inode).filter(with_peer).map(|end| self.interfaces.json(end)).collect()
            }
            _ => self.ends(inode).map(|end| self.interfaces.json(end)).collect(),
        }
    }
}
