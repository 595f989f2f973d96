//! Numbers of network namespaces, and the names that they have in `/run/netns`.

use std::collections::HashMap;

use insula_net::{Happened, NetnsId};

use super::super::page::Page;
use super::super::{Session, netns};

/// The names that are known, also of what is gone since.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(HashMap<u32, String>);

impl Names {
    /// Reads them anew.
    pub(super) fn learn(&mut self, session: &mut Session) {
        for (name, id) in netns::named(session).unwrap_or_default() {
            if let Some(id) = id {
                self.0.insert(id, name);
            }
        }
    }

    /// The name of number `id`, which is forgotten when that is gone.
    pub(super) fn of(&mut self, session: &mut Session, id: u32, happened: Happened) -> Option<String> {
        if happened == Happened::Deleted {
            return self.0.remove(&id);
        }
        self.learn(session);
        self.0.get(&id).cloned()
    }
}

pub(super) fn show(page: &mut Page, id: NetnsId, name: Option<&str>) {
    page.text(format_args!("nsid {} ", id.id));
    if let Some(current) = id.current {
        page.text(format_args!("current-nsid {current} "));
    }
    if let Some(name) = name {
        page.text(format_args!("(iproute2 netns name: {name})"));
    }
    page.end();
}
