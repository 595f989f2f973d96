//! What is in our table.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use insula_net::IfName;
use insula_net::firewall::{Element, Expression, Immediate, Rule, Table};

use super::record::{Borrowed, Forwarded, Published, Walled};
use super::skeleton::{MARK, NETWORKS, SETTINGS};
use super::{Claim, Egress, Firewall, FirewallError, HostAddress, Need, settings, table};

/// What is in our table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruleset {
    /// The number of the table; `None` if it is not there.
    pub(super) handle: Option<u64>,
    /// The networks.
    pub networks: Vec<Walled>,
    /// What is published.
    pub published: Vec<Published>,
    /// Services of the host that networks reach.
    pub forwarded: Vec<Forwarded>,
    /// Settings that were changed.
    pub borrowed: Vec<Borrowed>,
    /// What has no rules any more, but connections that were not ended yet.
    pub(super) ended: Vec<Claim>,
    /// All rules.
    pub(super) rules: Vec<Rule>,
}

impl Firewall {
    /// Reads it. Somebody else's table is [`FirewallError::NotOurs`].
    pub(crate) fn read(&mut self) -> Result<Ruleset, FirewallError> {
        self.read_raw().map_err(|source| FirewallError::Kernel { source })?.ok_or(FirewallError::NotOurs)
    }

    fn read_raw(&mut self) -> Result<Option<Ruleset>, insula_net::Error> {
        let Some(found) = Table::find(&mut self.netfilter, &table())? else {
            return Ok(Some(Ruleset::default()));
        };
        if found.comment.is_none_or(|comment| comment.as_str() != MARK) {
            return Ok(None);
        }
        let elements = Element::list(&mut self.netfilter, &table(), NETWORKS)?;
        let rules = Rule::list(&mut self.netfilter, &table())?;
        let mut ruleset = Ruleset { handle: Some(found.handle), rules, ..Ruleset::default() };
        ruleset.networks = elements.iter().filter_map(network).collect();
        for rule in &ruleset.rules {
            let Some(comment) = &rule.comment else { continue };
            if let Some(borrowed) = Borrowed::parse(comment.as_str()) {
                ruleset.borrowed.push(borrowed);
            } else if let Some(forwarded) = Forwarded::parse(comment.as_str()) {
                if rule.chain == SETTINGS {
                    ruleset.ended.push(Claim::Forwarded(forwarded));
                } else {
                    ruleset.forwarded.push(forwarded);
                }
            } else if let Some(mut published) = Published::parse(comment.as_str()) {
                published.addresses.extend(destination(rule));
                if rule.chain == SETTINGS {
                    ruleset.ended.push(Claim::Published(published));
                    continue;
                }
                // One that is published at all addresses has a rule for each family.
                match ruleset.published.iter_mut().find(|other| other.is_same(&published)) {
                    Some(other) => other.addresses.append(&mut published.addresses),
                    None => ruleset.published.push(published),
                }
            }
        }
        Ok(Some(ruleset))
    }
}

impl Published {
    /// Whether it is the same thing, whatever addresses it leads to.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.publication, &self.set, self.netns) == (&other.publication, &other.set, other.netns)
    }
}

/// The address that a rule leads to: what it loads first.
fn destination(rule: &Rule) -> Option<IpAddr> {
    rule.expressions.iter().find_map(|expression| {
        let Expression::Immediate(Immediate::Value { value, .. }) = expression else { return None };
        let four = <[u8; 4]>::try_from(value.as_slice()).map(|octets| Ipv4Addr::from(octets).into());
        four.ok().or_else(|| Some(Ipv6Addr::from(<[u8; 16]>::try_from(value.as_slice()).ok()?).into()))
    })
}

fn network(element: &Element) -> Option<Walled> {
    let name = element.key.split(|byte| *byte == 0).next()?;
    let name = IfName::new(std::str::from_utf8(name).ok()?).ok()?;
    Walled::parse(name, element.comment.as_ref()?.as_str())
}

impl Ruleset {
    /// Whether there is nothing that the table is for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
            && self.published.is_empty()
            && self.forwarded.is_empty()
            && self.borrowed.is_empty()
            && self.ended.is_empty()
    }

    /// What has no rules any more, but connections that were not ended yet.
    pub(crate) fn ended(&self) -> impl Iterator<Item = &Claim> {
        self.ended.iter()
    }

    /// The network behind an interface.
    #[must_use]
    pub fn network(&self, interface: &IfName) -> Option<&Walled> {
        self.networks.iter().find(|network| network.interface == *interface)
    }

    /// What it needs to work, beside rules.
    pub(super) fn needed(&self) -> Vec<Need> {
        let nat = self.networks.iter().filter(|network| network.egress == Egress::Nat);
        let mut all: Vec<Need> = nat.flat_map(|network| settings::forwarding(network.families)).collect();
        all.extend(self.published.iter().flat_map(Published::needed));
        all.extend(self.forwarded.iter().flat_map(Forwarded::needed));
        all
    }
}

impl Forwarded {
    /// What it needs to work, beside rules.
    pub(super) fn needed(&self) -> Vec<Need> {
        vec![match self.forward.service {
            IpAddr::V4(_) => settings::route_localnet(&self.interface),
            IpAddr::V6(_) => Need::LoopbackRoute(self.interface.clone()),
        }]
    }
}

impl Published {
    /// What it needs to work, beside rules.
    pub(super) fn needed(&self) -> Vec<Need> {
        let families = super::Families::of(self.addresses.iter().copied());
        let mut all = Vec::new();
        // The host's own packets are not forwarded.
        if !self.publication.address.is_loopback() {
            all.extend(settings::forwarding(families));
        }
        if families.ipv4
            && (!matches!(self.publication.address, HostAddress::Only(_))
                || self.publication.address.is_loopback())
        {
            all.push(settings::route_localnet(&self.interface));
        }
        if families.ipv6 && self.publication.address.is_loopback() {
            // For answers.
            all.push(Need::LoopbackRoute(self.interface.clone()));
        }
        all
    }
}
