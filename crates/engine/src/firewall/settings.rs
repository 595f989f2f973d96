//! Settings of the kernel that have to be changed, and are given back.

use insula_net::firewall::{NewRule, Statements, Verdict};
use insula_net::{IfName, Request};

use super::record::{Borrowed, Families};
use super::skeleton::{SETTINGS, comment};
use super::{FirewallError, Need, Ruleset, table};

fn setting(name: &str) -> Need {
    Need::Setting(name.parse().expect("the name of a setting"))
}

/// What lets packets pass through the host.
pub(super) fn forwarding(families: Families) -> Vec<Need> {
    let four = families.ipv4.then(|| setting("net/ipv4/ip_forward"));
    let six = families.ipv6.then(|| setting("net/ipv6/conf/all/forwarding"));
    four.into_iter().chain(six).collect()
}

/// What lets packets from 127.0.0.1 leave by an interface, and their answers in.
pub(super) fn route_localnet(interface: &IfName) -> Need {
    setting(&format!("net/ipv4/conf/{interface}/route_localnet"))
}

/// Something that is not as it has to be.
#[derive(Debug)]
pub(super) struct Change {
    need: Need,
    /// What it was, if that is not on record yet.
    before: Option<String>,
}

/// Those of `needed` that have to be changed.
pub(super) fn to_change(ruleset: &Ruleset, needed: &[Need]) -> Result<Vec<Change>, FirewallError> {
    let mut changes: Vec<Change> = Vec::new();
    for need in needed {
        if changes.iter().any(|change| change.need == *need) {
            continue;
        }
        let Some(before) = need.lacking()? else { continue };
        let on_record = ruleset.borrowed.iter().any(|borrowed| borrowed.need == *need);
        changes.push(Change { need: need.clone(), before: (!on_record).then_some(before) });
    }
    Ok(changes)
}

impl Change {
    /// What puts it on record: a rule that does nothing, in a chain that no packet comes to.
    pub(super) fn record(&self) -> Option<Box<dyn Request>> {
        let borrowed = Borrowed { need: self.need.clone(), before: self.before.clone()? };
        let rule = NewRule::new(table(), SETTINGS, Statements::new().verdict(Verdict::Return));
        Some(Box::new(rule.comment(comment(&borrowed.to_string()))))
    }

    pub(super) fn perform(&self) -> Result<(), FirewallError> {
        self.need.meet()
    }
}

impl Borrowed {
    /// Makes it what it was. What went with its interface is as good.
    pub(super) fn give_back(&self) -> Result<(), FirewallError> {
        self.need.give_back(&self.before)
    }
}
