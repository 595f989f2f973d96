//! One change.

use crate::address::Address;
use crate::link::Link;
use crate::neighbour::{ForwardingEntry, Neighbour};
use crate::netconf::{self, Netconf};
use crate::netns_id::NetnsId;
use crate::nexthop::{self, NextHopObject};
use crate::route::Route;
use crate::rule::Rule;
use crate::wire::{Malformed, Received};

/// What was done, to what, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The number of the namespace; none is the monitor's own.
    pub netns_id: Option<u32>,
    /// What was done.
    pub happened: Happened,
    /// To what.
    pub subject: Subject,
}

/// What was done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It was made, or changed: the kernel does not say which.
    Set,
    /// It is no longer there.
    Deleted,
}

/// What changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Subject {
    /// An interface.
    Link(Box<Link>),
    /// An interface as the port of a bridge, of which only the bridge's part is told.
    BridgePort(Box<Link>),
    /// An address.
    Address(Box<Address>),
    /// A route.
    Route(Box<Route>),
    /// A rule.
    Rule(Box<Rule>),
    /// A neighbour.
    Neighbour(Box<Neighbour>),
    /// An entry of a bridge's forwarding table.
    Forwarding(Box<ForwardingEntry>),
    /// A number that a namespace has for another one.
    NetnsId(NetnsId),
    /// Settings of an interface, of all of them, or of those to come.
    Netconf(Netconf),
    /// A next hop object.
    NextHop(Box<NextHopObject>),
}

/// `AF_BRIDGE`.
const BRIDGE: u8 = 7;
/// The messages that say that something is gone.
const DELETED: [u16; 8] = [
    libc::RTM_DELLINK,
    libc::RTM_DELADDR,
    libc::RTM_DELROUTE,
    libc::RTM_DELRULE,
    libc::RTM_DELNEIGH,
    libc::RTM_DELNSID,
    netconf::DELETE,
    nexthop::DELETE,
];

impl Event {
    /// `None` for what is no event of ours.
    pub(super) fn read(message: &Received<'_>, netns_id: Option<u32>) -> Result<Option<Self>, Malformed> {
        let subject = match message.kind {
            libc::RTM_NEWLINK | libc::RTM_DELLINK => {
                let link = Box::new(Link::read(message)?);
                let bridge = message.body.first() == Some(&BRIDGE);
                Some(if bridge { Subject::BridgePort(link) } else { Subject::Link(link) })
            }
            libc::RTM_NEWADDR | libc::RTM_DELADDR => {
                Address::read(message)?.map(Box::new).map(Subject::Address)
            }
            libc::RTM_NEWROUTE | libc::RTM_DELROUTE => {
                Route::read(message)?.map(Box::new).map(Subject::Route)
            }
            libc::RTM_NEWRULE | libc::RTM_DELRULE => Rule::read(message)?.map(Box::new).map(Subject::Rule),
            libc::RTM_NEWNEIGH | libc::RTM_DELNEIGH => match ForwardingEntry::read(message)? {
                Some(entry) => Some(Subject::Forwarding(Box::new(entry))),
                None => Neighbour::read(message)?.map(Box::new).map(Subject::Neighbour),
            },
            libc::RTM_NEWNSID | libc::RTM_DELNSID => NetnsId::read(message)?.map(Subject::NetnsId),
            netconf::NEW | netconf::DELETE => Netconf::read(message)?.map(Subject::Netconf),
            nexthop::NEW | nexthop::DELETE => Some(Subject::NextHop(Box::new(NextHopObject::read(message)?))),
            _ => None,
        };
        let happened = if DELETED.contains(&message.kind) { Happened::Deleted } else { Happened::Set };
        Ok(subject.map(|subject| Self { netns_id, happened, subject }))
    }
}
