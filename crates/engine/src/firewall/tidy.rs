//! What is no longer needed goes.

use insula_net::firewall::{DeleteRule, DeleteTable};
use insula_net::{IfName, Request};

use super::record::{Borrowed, Published, Walled};
use super::{Egress, Firewall, FirewallError, FirewallStep, Reached, Requests, Ruleset, table, wall};

impl Ruleset {
    /// What deletes the rules of what is published and chosen.
    pub(super) fn rules_of(&self, chosen: impl Fn(&Published) -> bool) -> Requests {
        let is_chosen = |rule: &&insula_net::firewall::Rule| {
            let comment = rule.comment.as_ref().and_then(|comment| Published::parse(comment.as_str()));
            comment.is_some_and(|published| chosen(&published))
        };
        self.rules.iter().filter(is_chosen).map(delete).collect()
    }

    /// Networks of others in which nothing is published any more.
    pub(crate) fn unused(&self) -> Vec<&Walled> {
        let is_used =
            |interface: &IfName| self.published.iter().any(|published| published.interface == *interface);
        let is_unused = |network: &&Walled| network.egress == Egress::Open && !is_used(&network.interface);
        self.networks.iter().filter(is_unused).collect()
    }

    /// Settings that nothing needs any more.
    pub(crate) fn unneeded(&self) -> Vec<&Borrowed> {
        let needed = self.needed();
        self.borrowed.iter().filter(|borrowed| !needed.contains(&borrowed.setting)).collect()
    }
}

fn delete(rule: &insula_net::firewall::Rule) -> Box<dyn Request> {
    Box::new(DeleteRule::from(rule))
}

impl Firewall {
    /// Takes away walls that were there only for something that is no longer published, gives settings back that nothing needs,
    /// and takes away the table when nothing is left in it.
    pub(crate) fn tidy(&mut self, reached: Reached<'_>) -> Result<(), FirewallError> {
        let mut ruleset = self.read()?;
        let Some(handle) = ruleset.handle else { return Ok(()) };
        let mut changes = Requests::new();
        for network in ruleset.unused() {
            changes.extend(wall::removals(network));
        }
        let unused: Vec<Walled> = ruleset.unused().into_iter().cloned().collect();
        let unneeded: Vec<Borrowed> = ruleset.unneeded().into_iter().cloned().collect();
        for borrowed in &unneeded {
            borrowed.give_back()?;
        }
        reached(FirewallStep::GivenBack);
        let is_unneeded = |rule: &&insula_net::firewall::Rule| {
            let record = rule.comment.as_ref().and_then(|comment| Borrowed::parse(comment.as_str()));
            record.is_some_and(|record| unneeded.contains(&record))
        };
        changes.extend(ruleset.rules.iter().filter(is_unneeded).map(delete));
        ruleset.networks.retain(|network| !unused.contains(network));
        ruleset.borrowed.retain(|borrowed| !unneeded.contains(borrowed));
        if ruleset.is_empty() {
            changes = vec![Box::new(DeleteTable { name: table(), handle })];
        }
        self.commit(&changes)
    }
}
