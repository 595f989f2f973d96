//! Walls around networks, and the way out.

use insula_net::firewall::{Element, NewElements, RemoveElements, interface_key};
use insula_net::{IfName, Request};

use super::record::{Egress, Families, Walled};
use super::skeleton::{NAT, NETWORKS, WALLED, WITHIN, comment};
use super::{Firewall, FirewallError, Reached, Requests, Ruleset, settings, table};

/// The sets that a network is in.
fn sets(egress: Egress) -> &'static [&'static str] {
    match egress {
        Egress::Open => &[NETWORKS, WITHIN],
        Egress::Closed => &[NETWORKS, WITHIN, WALLED],
        Egress::Nat => &[NETWORKS, WITHIN, WALLED, NAT],
    }
}

fn key(set: &str, interface: &IfName) -> Vec<u8> {
    let key = interface_key(interface);
    if set == WITHIN { key.repeat(2) } else { key.to_vec() }
}

/// What adds a network.
pub(super) fn additions(network: &Walled) -> Requests {
    let add = |set: &&str| -> Box<dyn Request> {
        let element = Element::new(key(set, &network.interface));
        let element = if *set == NETWORKS { element.comment(comment(&network.comment())) } else { element };
        Box::new(NewElements { table: table(), set: (*set).into(), set_id: None, elements: vec![element] })
    };
    sets(network.egress).iter().map(add).collect()
}

/// What takes a network out.
pub(super) fn removals(network: &Walled) -> Requests {
    let remove = |set: &&str| -> Box<dyn Request> {
        let elements = vec![Element::new(key(set, &network.interface))];
        Box::new(RemoveElements { table: table(), set: (*set).into(), elements })
    };
    sets(network.egress).iter().map(remove).collect()
}

impl Ruleset {
    /// What makes a network known that is behind an interface with this number, if it is not; others' rules decide what gets out of
    /// it.
    pub(super) fn open_walls(&self, interface: &IfName, index: u32) -> Requests {
        let there = self.network(interface);
        if there.is_some_and(|network| network.index == index) {
            return Requests::new();
        }
        // An interface that went took its walls' meaning with it; another one of that name has none.
        let mut changes = there.map(removals).unwrap_or_default();
        let (interface, families) = (interface.clone(), Families::default());
        changes.extend(additions(&Walled { interface, index, egress: Egress::Open, families }));
        changes
    }
}

impl Firewall {
    /// Puts walls around a network, or other ones than it had.
    pub(crate) fn wall(&mut self, network: &Walled, reached: Reached<'_>) -> Result<(), FirewallError> {
        let built = self.wall_unless_there(network, reached);
        if built.is_err() {
            let _ = self.unwall(&network.interface, reached);
        }
        built
    }

    fn wall_unless_there(&mut self, network: &Walled, reached: Reached<'_>) -> Result<(), FirewallError> {
        let ruleset = self.read()?;
        let there = ruleset.network(&network.interface);
        let needed =
            if network.egress == Egress::Nat { settings::forwarding(network.families) } else { Vec::new() };
        let mut changes = Requests::new();
        if there != Some(network) {
            changes.extend(there.map(removals).unwrap_or_default());
            changes.extend(additions(network));
        }
        self.build(&ruleset, (changes, &Requests::new()), &needed, reached)
    }

    /// Takes the walls around a network away, and what was published in it.
    pub(crate) fn unwall(&mut self, interface: &IfName, reached: Reached<'_>) -> Result<(), FirewallError> {
        let ruleset = self.read()?;
        let mut changes: Requests = ruleset.network(interface).map(removals).unwrap_or_default();
        changes.extend(ruleset.rules_of(|published| published.interface == *interface));
        changes.extend(ruleset.forward_rules(|forwarded| forwarded.interface == *interface));
        self.commit(&changes)?;
        self.tidy(reached)
    }
}
