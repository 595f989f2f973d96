//! What lets packets through the host, and what keeps them out: masquerading, published ports, and walls around networks.
//!
//! All of it is one table of the kernel's packet filter, `inet insula` in the caller's network namespace. The table is also the
//! only record: comments say which set a port was published for, what each network is, and which settings of the kernel were
//! changed and what they were before. It is changed in transactions, so whatever ends us, a rule is there whole, with its record,
//! or not at all; and the record of a setting is there before the setting is changed and goes after it was given back.
//!
//! ```text
//! networks  set of interface names   those of bridges and veth pairs that packets come from and go to
//! walled    set of interface names   those that are reached only where something was published
//! nat       set of interface names   those that get out, by an address of the host
//! walls     prerouting, raw          no network sends to or as 127.0.0.0/8, even where that is routed (route_localnet), nor as who
//!                                    is elsewhere
//! from_networks                      what is tested of networks' packets alone, from walls
//! published                          a rule for each published port, and for each service of the host that a network reaches; from
//!                                    prerouting, and from to_local
//! published_here                     those of the host's own loopback: from to_local only, so nobody else's packets see them
//! to_local                           what the host sends to itself, from output
//! translated                         what was published, as it leaves, from postrouting
//! forward                            what may pass
//! from_elsewhere                     what comes from a network as who is elsewhere, from forward
//! settings                           what was changed, and what ended but for its connections: a rule for each that no packet
//!                                    comes to, with a comment
//! ```
//! A table of that name without our comment is somebody else's, and nothing is changed then.

use insula_net::firewall::{Family, TableName};
use insula_net::{Netlink, Protocol, Request};

mod claim;
mod error;
mod forward;
mod need;
mod obstacle;
mod ports;
mod publication;
mod publish;
mod record;
mod ruleset;
mod settings;
mod skeleton;
mod tidy;
mod wall;

pub use claim::Claim;
pub use error::FirewallError;
pub use forward::Forward;
pub use need::Need;
pub use obstacle::Obstacle;
pub use ports::{InvalidPorts, PortMap};
pub use publication::{HostAddress, Publication};
pub use publish::Target;
pub use record::{Borrowed, Client, Egress, Families, Forwarded, Published, Walled};
pub use ruleset::Ruleset;

/// The packet filter of the caller's network namespace.
///
/// Whoever changes it holds a lock that keeps others of us away.
#[derive(Debug)]
pub(crate) struct Firewall {
    netfilter: Netlink,
}

/// What can be the last thing that a process does to the packet filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirewallStep {
    /// The walls are there, and what will be changed is on record.
    Walls,
    /// The settings are as needed.
    Settings,
    /// So are the rules.
    Rules,
    /// What is published no more has no rules.
    Unpublished,
    /// Settings that nobody needs have been given back.
    GivenBack,
}

/// Called after each step; a test ends the process there.
pub(crate) type Reached<'a> = &'a dyn Fn(FirewallStep);

/// Our table.
fn table() -> TableName {
    TableName::new(Family::Inet, "insula")
}

/// Requests of one transaction.
type Requests = Vec<Box<dyn Request>>;

impl Firewall {
    /// Opens it.
    pub(crate) fn open() -> Result<Self, FirewallError> {
        let netfilter =
            Netlink::open(Protocol::Netfilter).map_err(|source| FirewallError::Kernel { source })?;
        Ok(Self { netfilter })
    }

    fn commit(&mut self, requests: &Requests) -> Result<(), FirewallError> {
        let requests: Vec<&dyn Request> = requests.iter().map(AsRef::as_ref).collect();
        self.netfilter.commit(&requests).map_err(|failed| FirewallError::Kernel { source: failed.source })
    }

    /// Builds walls, then changes settings, then adds rules, so that nothing is open before its walls are there.
    ///
    /// What an error leaves, [`Firewall::tidy`] takes away.
    fn build(
        &mut self,
        ruleset: &Ruleset,
        (walls, rules): (Requests, &Requests),
        needed: &[Need],
        reached: Reached<'_>,
    ) -> Result<(), FirewallError> {
        let mut first = if ruleset.handle.is_some() { Requests::new() } else { skeleton::requests() };
        first.extend(walls);
        let changes = settings::to_change(ruleset, needed)?;
        first.extend(changes.iter().filter_map(settings::Change::record));
        self.commit(&first)?;
        reached(FirewallStep::Walls);
        for change in &changes {
            change.perform()?;
        }
        reached(FirewallStep::Settings);
        self.commit(rules)?;
        reached(FirewallStep::Rules);
        Ok(())
    }
}
