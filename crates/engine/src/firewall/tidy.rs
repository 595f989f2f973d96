//! What is no longer needed goes.

use insula_net::firewall::{DeleteRule, DeleteTable, Rule};
use insula_net::{IfName, Request};

use super::record::{Borrowed, Forwarded, Published, Walled};
use super::skeleton::SETTINGS;
use super::{Egress, Firewall, FirewallError, FirewallStep, Reached, Requests, Ruleset, table, wall};

impl Ruleset {
    /// What deletes the rules of what is published and chosen.
    pub(super) fn rules_of(&self, chosen: impl Fn(&Published) -> bool) -> Requests {
        self.rules_with(|chain, comment| {
            chain != SETTINGS && Published::parse(comment).is_some_and(|published| chosen(&published))
        })
    }

    /// What deletes the rules of services that are chosen.
    pub(super) fn forward_rules(&self, chosen: impl Fn(&Forwarded) -> bool) -> Requests {
        self.rules_with(|chain, comment| {
            chain != SETTINGS && Forwarded::parse(comment).is_some_and(|forwarded| chosen(&forwarded))
        })
    }

    /// What deletes the records of what ended.
    pub(super) fn ended_rules(&self) -> Requests {
        self.rules_with(|chain, comment| chain == SETTINGS && Borrowed::parse(comment).is_none())
    }

    /// What deletes the rules in such chains with such comments.
    fn rules_with(&self, is_chosen: impl Fn(&str, &str) -> bool) -> Requests {
        let is_chosen = |rule: &&Rule| {
            rule.comment.as_ref().is_some_and(|comment| is_chosen(&rule.chain, comment.as_str()))
        };
        self.rules.iter().filter(is_chosen).map(delete).collect()
    }

    /// Networks of others in which nothing is published any more.
    pub(crate) fn unused(&self) -> Vec<&Walled> {
        let is_used = |interface: &IfName| {
            self.published.iter().any(|published| published.interface == *interface)
                || self.forwarded.iter().any(|forwarded| forwarded.interface == *interface)
        };
        let is_unused = |network: &&Walled| network.egress == Egress::Open && !is_used(&network.interface);
        self.networks.iter().filter(is_unused).collect()
    }

    /// Settings that nothing needs any more.
    pub(crate) fn unneeded(&self) -> Vec<&Borrowed> {
        let needed = self.needed();
        self.borrowed.iter().filter(|borrowed| !needed.contains(&borrowed.need)).collect()
    }
}

fn delete(rule: &Rule) -> Box<dyn Request> {
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
        changes.extend(ruleset.rules_with(|_, comment| {
            Borrowed::parse(comment).is_some_and(|record| unneeded.contains(&record))
        }));
        ruleset.networks.retain(|network| !unused.contains(network));
        ruleset.borrowed.retain(|borrowed| !unneeded.contains(borrowed));
        if ruleset.is_empty() {
            changes = vec![Box::new(DeleteTable { name: table(), handle })];
        }
        self.commit(&changes)
    }
}
