//! What only an open namespace tells: its relations and ids.

use std::os::fd::AsFd as _;

use super::{Finding, Want};
use crate::netid::{BATCH, NetId, NetIds};
use crate::{Kind, Namespace, NamespaceError, NsId};

impl Finding {
    /// Opens each namespace once, and the parents and owners that come up on the way as they do.
    pub(super) fn inspect(&mut self) {
        let everything = self.scan.wants(Want::Relations) || self.scan.wants(Want::Ids);
        let mut net_ids = self.net_ids();
        if !everything && net_ids.is_none() {
            return;
        }
        let (mut inspected, mut pending, mut nets) = (Vec::new(), Vec::new(), Vec::new());
        let mut next = 0;
        while next < self.snapshot.namespaces.len() {
            inspected.resize(self.snapshot.namespaces.len(), false);
            let wanted = everything || self.snapshot.namespaces[next].kind == Kind::Net;
            if wanted && !inspected[next] {
                match self.snapshot.open(next) {
                    Ok(namespace) => pending.push((next, namespace)),
                    Err(_) => self.snapshot.hidden.relations += 1,
                }
            }
            while let Some((place, namespace)) = pending.pop() {
                inspected.resize(self.snapshot.namespaces.len(), false);
                inspected[place] = true;
                // What it refuses to tell stays unknown.
                let complete = self.ask(place, &namespace, &mut pending);
                self.snapshot.hidden.relations += u32::from(complete.is_err());
                if let (Kind::Net, Some(net_ids)) = (namespace.kind(), &mut net_ids) {
                    nets.push((place, namespace));
                    if nets.len() == BATCH {
                        self.number(net_ids, &mut nets);
                    }
                }
            }
            next += 1;
        }
        if let Some(net_ids) = &mut net_ids {
            self.number(net_ids, &mut nets);
        }
    }

    /// Who to ask for the numbers of network namespaces, where they are wanted and not known without.
    fn net_ids(&mut self) -> Option<NetIds> {
        if !self.scan.wants(Want::NetIds) {
            return None;
        }
        let mut net_ids = NetIds::open().ok()?;
        if net_ids.any() == Ok(false) {
            for net in self.snapshot.namespaces.iter_mut().filter(|found| found.kind == Kind::Net) {
                net.net_id = Some(NetId::Unassigned);
            }
            return None;
        }
        Some(net_ids)
    }

    /// Asks for the numbers of `nets`, and closes them.
    fn number(&mut self, net_ids: &mut NetIds, nets: &mut Vec<(usize, Namespace)>) {
        let handles: Vec<_> = nets.iter().map(|(_, net)| net.as_fd()).collect();
        let numbers = net_ids.of(&handles);
        for ((place, _), number) in nets.drain(..).zip(numbers) {
            self.snapshot.namespaces[place].net_id = number.ok();
        }
    }

    fn ask(
        &mut self,
        place: usize,
        namespace: &Namespace,
        pending: &mut Vec<(usize, Namespace)>,
    ) -> Result<(), NamespaceError> {
        if self.scan.wants(Want::Ids) {
            self.snapshot.namespaces[place].ns_id = namespace.ns_id();
        }
        if self.scan.wants(Want::Relations) {
            self.snapshot.namespaces[place].creator = namespace.owner_uid()?;
            let owner = namespace.owner()?.map(|owner| self.meet(owner, pending));
            self.snapshot.namespaces[place].owner = owner;
            self.snapshot.namespaces[place].parent = match namespace.kind() {
                // To the kernel, the owner of a user namespace is its parent.
                Kind::User => owner,
                _ => namespace.parent()?.map(|parent| self.meet(parent, pending)),
            };
        }
        Ok(())
    }

    /// Notes a namespace that another one led to. If it is new, it stays open to be asked in its turn.
    fn meet(&mut self, namespace: Namespace, pending: &mut Vec<(usize, Namespace)>) -> NsId {
        let (id, kind) = (namespace.id(), namespace.kind());
        if self.snapshot.find(id.ino).is_none() && self.scan.kinds.contains(kind) {
            let place = self.place(kind, id.ino) as usize;
            self.snapshot.namespaces[place].handle = namespace.handle();
            pending.push((place, namespace));
        }
        id
    }
}
