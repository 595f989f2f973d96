//! All that there is in a network namespace at one moment, and what differs from another one.

use super::event::{Event, Happened, Subject};
use crate::address::Address;
use crate::link::Link;
use crate::neighbour::{Neighbour, NeighbourFilter};
use crate::netlink::{Error, Netlink};
use crate::route::Route;
use crate::rule::Rule;

/// What there is in a network namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Interfaces.
    pub links: Vec<Link>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Routes of all tables.
    pub routes: Vec<Route>,
    /// Rules.
    pub rules: Vec<Rule>,
    /// Neighbours.
    pub neighbours: Vec<Neighbour>,
}

impl Snapshot {
    /// Of the namespace that `route` is bound to. It is read list by list, each of one moment.
    ///
    /// # Errors
    /// [`Error`].
    pub fn take(route: &mut Netlink) -> Result<Self, Error> {
        Ok(Self {
            links: Link::list(route)?,
            addresses: Address::list(route)?,
            routes: Route::list(route)?,
            rules: Rule::list(route, None)?,
            neighbours: Neighbour::list(route, &NeighbourFilter::default())?,
        })
    }

    /// What happened between this moment and `later`: the events that a monitor would have heard, in no order of time. What is
    /// counted and what grows older is no change.
    #[must_use]
    pub fn changes(&self, later: &Self) -> Vec<Event> {
        let mut events = Vec::new();
        let links = |link: &Link| Subject::Link(Box::new(link.clone()));
        compare(&self.links, &later.links, |link| link.index, still_link, links, &mut events);
        let addresses = |address: &Address| Subject::Address(Box::new(address.clone()));
        let which = |address: &Address| (address.index, address.prefix, address.peer);
        compare(&self.addresses, &later.addresses, which, still_address, addresses, &mut events);
        let routes = |route: &Route| Subject::Route(Box::new(route.clone()));
        let same_route = |route: &Route| Route { cache: None, expires: None, ..route.clone() };
        compare(&self.routes, &later.routes, same_route, |_, _| true, routes, &mut events);
        let rules = |rule: &Rule| Subject::Rule(Box::new(rule.clone()));
        compare(&self.rules, &later.rules, Rule::clone, |_, _| true, rules, &mut events);
        let neighbours = |one: &Neighbour| Subject::Neighbour(Box::new(one.clone()));
        let which = |one: &Neighbour| (one.index, one.address);
        compare(&self.neighbours, &later.neighbours, which, still_neighbour, neighbours, &mut events);
        events
    }
}

/// Adds what is gone from `before`, and what is new or not the `same` in `after`, told apart by `which`.
fn compare<T, K: PartialEq>(
    before: &[T],
    after: &[T],
    which: impl Fn(&T) -> K,
    same: impl Fn(&T, &T) -> bool,
    subject: impl Fn(&T) -> Subject,
    events: &mut Vec<Event>,
) {
    let event = |happened, one| Event { netns_id: None, happened, subject: subject(one) };
    let (old, new): (Vec<K>, Vec<K>) =
        (before.iter().map(&which).collect(), after.iter().map(&which).collect());
    events.extend(
        before
            .iter()
            .zip(&old)
            .filter(|(_, key)| !new.contains(key))
            .map(|(one, _)| event(Happened::Deleted, one)),
    );
    for (one, key) in after.iter().zip(&new) {
        let known = old.iter().position(|other| other == key);
        if known.is_none_or(|index| !same(&before[index], one)) {
            events.push(event(Happened::Set, one));
        }
    }
}

/// Counters and timers apart.
fn still_link(before: &Link, after: &Link) -> bool {
    let names = |link: &Link| (link.name.clone(), link.alternative_names.clone(), link.alias.clone());
    let ends = |link: &Link| (link.master, link.link, link.link_netnsid, link.kind.clone());
    let state = |link: &Link| (link.flags, link.state, link.mtu, link.address.clone(), link.group);
    names(before) == names(after) && ends(before) == ends(after) && state(before) == state(after)
}

fn still_address(before: &Address, after: &Address) -> bool {
    let still = |address: &Address| Address { age: None, ..address.clone() };
    still(before) == still(after)
}

fn still_neighbour(before: &Neighbour, after: &Neighbour) -> bool {
    (&before.hardware, before.state, before.flags) == (&after.hardware, after.state, after.flags)
}
