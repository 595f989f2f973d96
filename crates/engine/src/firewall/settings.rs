//! Settings of the kernel that have to be changed, and are given back.

use insula_net::firewall::{NewRule, Statements, Verdict};
use insula_net::{IfName, Request, Setting, SysctlError};
use rustix::io::Errno;

use super::record::{Borrowed, Families};
use super::skeleton::{SETTINGS, comment};
use super::{FirewallError, Ruleset, table};

/// What each of them has to be.
const ON: &str = "1";

fn setting(name: &str) -> Setting {
    name.parse().expect("the name of a setting")
}

/// What lets packets pass through the host.
pub(super) fn forwarding(families: Families) -> Vec<Setting> {
    let four = families.ipv4.then(|| setting("net/ipv4/ip_forward"));
    let six = families.ipv6.then(|| setting("net/ipv6/conf/all/forwarding"));
    four.into_iter().chain(six).collect()
}

/// What lets packets from 127.0.0.1 leave by an interface, and their answers in.
pub(super) fn route_localnet(interface: &IfName) -> Setting {
    setting(&format!("net/ipv4/conf/{interface}/route_localnet"))
}

/// A setting that is not as it has to be.
#[derive(Debug)]
pub(super) struct Change {
    setting: Setting,
    /// What it was, if that is not on record yet.
    before: Option<String>,
}

/// Those of `needed` that have to be changed.
pub(super) fn to_change(ruleset: &Ruleset, needed: &[Setting]) -> Result<Vec<Change>, FirewallError> {
    let mut changes: Vec<Change> = Vec::new();
    for setting in needed {
        let value = setting.read(&[])?;
        if value == ON || changes.iter().any(|change| change.setting == *setting) {
            continue;
        }
        let on_record = ruleset.borrowed.iter().any(|borrowed| borrowed.setting == *setting);
        changes.push(Change { setting: setting.clone(), before: (!on_record).then_some(value) });
    }
    Ok(changes)
}

impl Change {
    /// What puts it on record: a rule that does nothing, in a chain that no packet comes to.
    pub(super) fn record(&self) -> Option<Box<dyn Request>> {
        let borrowed = Borrowed { setting: self.setting.clone(), before: self.before.clone()? };
        let rule = NewRule::new(table(), SETTINGS, Statements::new().verdict(Verdict::Return));
        Some(Box::new(rule.comment(comment(&borrowed.to_string()))))
    }

    pub(super) fn perform(&self) -> Result<(), FirewallError> {
        Ok(self.setting.write(&[], ON)?)
    }
}

impl Borrowed {
    /// Makes it what it was. One that went with its interface is as good.
    pub(super) fn give_back(&self) -> Result<(), FirewallError> {
        match self.setting.write(&[], &self.before) {
            Err(SysctlError::Write { source: Errno::NOENT, .. }) => Ok(()),
            other => Ok(other?),
        }
    }
}
