//! What changes in a network, as it happens.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd};

use insula_net::{Event, Group, Happened, Heard, Link, Monitor, Reach, Route, Snapshot, Subject};
use rustix::io::Errno;

use super::fact::{
    AddressFact, Change, Fact, InterfaceFact, Names, NeighbourFact, RouteFact, RuleFact, changes,
};
use super::name::shown_name;
use super::open_site::OpenSite;
use super::{NetworkError, Networks, Site};

/// Hears of what changes in one network, and knows what there is.
#[derive(Debug)]
pub struct Watch {
    open: OpenSite,
    monitor: Monitor,
    names: Names,
    facts: BTreeMap<String, Vec<Fact>>,
    /// Whether routes may be others than we have been told: those that go with an address or an interface are not told of.
    routes_in_doubt: bool,
}

/// What a [`Watch`] tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// In their order.
    pub changes: Vec<Change>,
    /// More happened than could be taken in time: what came and went is not told, and the rest not in its order.
    pub lost: bool,
}

const GROUPS: [Group; 8] = [
    Group::Link,
    Group::Neighbour,
    Group::Ipv4Address,
    Group::Ipv6Address,
    Group::Ipv4Route,
    Group::Ipv6Route,
    Group::Ipv4Rule,
    Group::Ipv6Rule,
];

impl Networks {
    /// What there is in a network.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn facts(&self, site: &Site) -> Result<Vec<Fact>, NetworkError> {
        let mut open = OpenSite::open(&self.sets, site)?;
        Snapshot::take(&mut open.route)
            .map(|snapshot| Fact::all(&snapshot))
            .map_err(|source| open.failed(source))
    }

    /// Begins to hear of what changes in `site`.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn watch(&self, site: &Site) -> Result<Watch, NetworkError> {
        let mut open = OpenSite::open(&self.sets, site)?;
        let monitor = monitor(&open).map_err(|source| open.failed(source))?;
        // Read after that, so that nothing is missed; what is told twice is no change.
        let snapshot = Snapshot::take(&mut open.route).map_err(|source| open.failed(source))?;
        let mut watch =
            Watch { open, monitor, names: Names::default(), facts: BTreeMap::new(), routes_in_doubt: false };
        watch.learn(&snapshot);
        Ok(watch)
    }
}

impl Watch {
    /// All that there is now, as if it had just appeared; what every network has from the beginning is left out.
    #[must_use]
    pub fn present(&self) -> Vec<Change> {
        let own = self.facts.values().flatten().filter(|fact| !fact.is_the_kernels());
        let mut own: Vec<&Fact> = own.collect();
        own.sort_by_key(|fact| match fact {
            Fact::Interface(_) => 0,
            Fact::Address(_) => 1,
            Fact::Route(_) => 2,
            Fact::Rule(_) => 3,
            Fact::Neighbour(_) => 4,
        });
        own.into_iter().cloned().map(Change::Appeared).collect()
    }

    /// Waits for changes. That something was heard does not mean that there are some.
    ///
    /// # Errors
    /// [`NetworkError::Kernel`].
    pub fn hear(&mut self) -> Result<Told, NetworkError> {
        let heard = self.monitor.hear().map_err(|source| self.open.failed(source))?;
        let mut told = Told::default();
        match heard {
            Heard::Events(events) => {
                for event in &events {
                    self.take(event, &mut told.changes);
                }
                if std::mem::take(&mut self.routes_in_doubt) {
                    self.reread_routes(&mut told.changes)?;
                }
            }
            Heard::Lost => {
                told.lost = true;
                let snapshot =
                    Snapshot::take(&mut self.open.route).map_err(|source| self.open.failed(source))?;
                let before: Vec<Fact> = self.facts.values().flatten().cloned().collect();
                told.changes = changes(&before, &Fact::all(&snapshot));
                self.learn(&snapshot);
            }
        }
        Ok(told)
    }

    fn learn(&mut self, snapshot: &Snapshot) {
        self.names = Names::of(&snapshot.links);
        self.facts.clear();
        for fact in Fact::all(snapshot) {
            self.insert(fact);
        }
    }

    fn take(&mut self, event: &Event, told: &mut Vec<Change>) {
        let deleted = event.happened == Happened::Deleted;
        let fact = match &event.subject {
            Subject::Link(link) => {
                self.routes_in_doubt |= deleted || !link.is_up();
                if !deleted {
                    self.name(link, told);
                }
                Some(Fact::Interface(InterfaceFact::of(link, &self.names)))
            }
            Subject::Address(address) => {
                self.routes_in_doubt |= deleted;
                AddressFact::of(address, &self.names).map(Fact::Address)
            }
            Subject::Route(route) => {
                let fact = RouteFact::of(route, &self.names).map(Fact::Route);
                // Whether it replaces another one, or is one more way, is not told.
                let in_doubt = fact.as_ref().is_some_and(|fact| {
                    let same = self.facts.get(&fact.identity()).map_or(&[][..], Vec::as_slice);
                    if deleted { !same.contains(fact) } else { !same.is_empty() && !same.contains(fact) }
                });
                self.routes_in_doubt |= in_doubt;
                fact.filter(|_| !in_doubt)
            }
            Subject::Rule(rule) => Some(Fact::Rule(RuleFact::of(rule))),
            Subject::Neighbour(one) => NeighbourFact::of(one, &self.names).map(Fact::Neighbour),
            _ => None,
        };
        if let Some(fact) = fact {
            if deleted {
                self.remove(&fact, told);
            } else {
                self.set(fact, told);
            }
        }
        if let (Subject::Link(link), true) = (&event.subject, deleted) {
            self.names.0.remove(&link.index);
        }
    }

    /// Remembers what an interface is called; all that is known of it gets its new name.
    fn name(&mut self, link: &Link, told: &mut Vec<Change>) {
        let name = shown_name(link).to_owned();
        let Some(old) = self.names.0.insert(link.index, name.clone()).filter(|old| *old != name) else {
            return;
        };
        let facts = std::mem::take(&mut self.facts);
        for before in facts.into_values().flatten() {
            let mut after = before.clone();
            after.rename(&old, &name);
            if matches!(&after, Fact::Interface(interface) if interface.name == name) && after != before {
                told.push(Change::Renamed { before, after: after.clone() });
            }
            self.insert(after);
        }
    }

    fn insert(&mut self, fact: Fact) {
        self.facts.entry(fact.identity()).or_default().push(fact);
    }

    fn set(&mut self, fact: Fact, told: &mut Vec<Change>) {
        let same = self.facts.entry(fact.identity()).or_default();
        if same.contains(&fact) {
            return;
        }
        let before = same.pop();
        same.push(fact.clone());
        told.push(match before {
            Some(before) => Change::Changed { before, after: fact },
            None => Change::Appeared(fact),
        });
    }

    /// By its identity: what else was told of it may have changed while it went.
    fn remove(&mut self, fact: &Fact, told: &mut Vec<Change>) {
        let Some(same) = self.facts.get_mut(&fact.identity()) else { return };
        let at = same.iter().position(|one| one == fact).unwrap_or(0);
        if at < same.len() {
            told.push(Change::Gone(same.remove(at)));
        }
        if same.is_empty() {
            self.facts.remove(&fact.identity());
        }
    }

    fn reread_routes(&mut self, told: &mut Vec<Change>) -> Result<(), NetworkError> {
        let routes = Route::list(&mut self.open.route).map_err(|source| self.open.failed(source))?;
        let after: Vec<Fact> =
            routes.iter().filter_map(|route| RouteFact::of(route, &self.names)).map(Fact::Route).collect();
        let is_route = |fact: &Fact| matches!(fact, Fact::Route(_));
        let before: Vec<Fact> =
            self.facts.values().flatten().filter(|fact| is_route(fact)).cloned().collect();
        told.extend(changes(&before, &after));
        self.facts.retain(|_, same| !same.iter().any(is_route));
        for fact in after {
            self.insert(fact);
        }
        Ok(())
    }
}

impl AsFd for Watch {
    /// Readable when something was heard.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.monitor.as_fd()
    }
}

/// Who has no power over a network namespace from where they are has it in the user namespace that owns it.
fn monitor(open: &OpenSite) -> Result<Monitor, insula_net::Error> {
    if open.site == Site::Host {
        return Monitor::open(&[], &GROUPS, Reach::Own);
    }
    match Monitor::open(&[open.net.as_fd()], &GROUPS, Reach::Own) {
        Err(error) if error.errno() == Some(Errno::PERM) => match open.net.owner() {
            Ok(Some(user)) => Monitor::open(&[user.as_fd(), open.net.as_fd()], &GROUPS, Reach::Own),
            _ => Err(error),
        },
        other => other,
    }
}
