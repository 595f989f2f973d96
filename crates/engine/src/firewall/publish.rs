//! Ports of the host that lead into a set.

use std::net::IpAddr;

use insula_net::firewall::{Comment, CtStatus, NewRule, Side, Statements};
use insula_net::{Connection, IfName, Prefix};

use super::record::Published;
use super::skeleton::{PUBLISHED, PUBLISHED_HERE};
use super::{Claim, Firewall, FirewallError, HostAddress, Publication, Reached, Requests, Ruleset, table};
use crate::set::SetName;

/// Where packets to a published port are to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The set; none for a sandbox.
    pub set: Option<SetName>,
    /// The inode number of its network namespace.
    pub netns: u64,
    /// The interface of the host that leads there.
    pub interface: IfName,
    /// Its number.
    pub index: u32,
    /// The set's addresses, the first of each family first.
    pub addresses: Vec<IpAddr>,
}

impl Target {
    /// What `publication` leads to: the first address of each family that it is about.
    pub(crate) fn published(&self, publication: &Publication) -> Published {
        let first = |wanted: fn(&IpAddr) -> bool| self.addresses.iter().copied().find(wanted);
        let both = [first(IpAddr::is_ipv4), first(IpAddr::is_ipv6)];
        Published {
            publication: publication.clone(),
            interface: self.interface.clone(),
            netns: self.netns,
            set: self.set.clone(),
            addresses: both.into_iter().flatten().filter(|address| publication.wants(*address)).collect(),
        }
    }
}

impl Published {
    /// What adds its rules; `id` tells its maps from others of the same transaction.
    fn rules(&self, id: u32) -> Result<Requests, FirewallError> {
        let too_long = |_| FirewallError::NameTooLong { set: self.owner() };
        let comment = Comment::new(&self.comment()).map_err(too_long)?;
        let chain = if self.publication.address.is_loopback() { PUBLISHED_HERE } else { PUBLISHED };
        let mut all = Requests::new();
        for (id, address) in (id..).zip(&self.addresses) {
            let statements = match self.publication.address {
                HostAddress::Any | HostAddress::AnyOf(_) => Statements::new().family_of(*address),
                HostAddress::Only(own) => Statements::new().address(Side::Destination, single(own)),
            };
            let (maps, statements) = self.publication.ports.dnat(statements, *address, id);
            all.extend(maps);
            all.push(Box::new(NewRule::new(table(), chain, statements).comment(comment.clone())));
        }
        Ok(all)
    }
}

impl Published {
    /// Whether its rules made this connection: it came to one of the ports, and leads to what that port leads to.
    pub(super) fn made(&self, connection: &Connection) -> bool {
        let Connection { original, reply, status, .. } = connection;
        let Publication { address, ports } = &self.publication;
        status.contains(CtStatus::DNAT)
            && address.has(original.destination.ip())
            && ports.leads(original.transport, original.destination.port(), reply.source.port())
            && self.addresses.contains(&reply.source.ip())
    }
}

pub(super) fn single(address: IpAddr) -> Prefix {
    Prefix { address, length: if address.is_ipv4() { 32 } else { 128 } }
}

impl Firewall {
    /// Publishes for a target; whether it was published before, and as what it is now.
    pub(crate) fn publish(
        &mut self,
        target: &Target,
        publication: &Publication,
        reached: Reached<'_>,
    ) -> Result<(bool, Published), FirewallError> {
        let published = target.published(publication);
        let ruleset = self.read()?;
        let was_there = ruleset.published.contains(&published);
        let built = self.publish_unless_there(&ruleset, target, &published, reached);
        if built.is_err() {
            // What the failure itself was is worth more than what went wrong after it.
            let _ = self.tidy(reached);
        }
        built.map(|()| (was_there, published))
    }

    fn publish_unless_there(
        &mut self,
        ruleset: &Ruleset,
        target: &Target,
        published: &Published,
        reached: Reached<'_>,
    ) -> Result<(), FirewallError> {
        let walls = ruleset.open_walls(&target.interface, target.index);
        let rules = if ruleset.published.contains(published) {
            Requests::new()
        } else {
            ruleset.refuse(&Claim::Published(published.clone()))?;
            published.rules(1)?
        };
        self.build(ruleset, (walls, &rules), &published.needed(), reached)
    }

    /// Takes away what is published and chosen, and then ends the connections that go through it; what that was, and whether they
    /// were ended.
    pub(crate) fn unpublish(
        &mut self,
        chosen: impl Fn(&Published) -> bool,
        reached: Reached<'_>,
    ) -> Result<(Vec<Published>, Result<(), FirewallError>), FirewallError> {
        let ruleset = self.read()?;
        let mut gone: Vec<Published> = ruleset.published.iter().filter(|one| chosen(one)).cloned().collect();
        let claims: Vec<Claim> = gone.iter().cloned().map(Claim::Published).collect();
        gone.extend(ruleset.ended.iter().filter_map(|claim| match claim {
            Claim::Published(published) if chosen(published) => Some(published.clone()),
            _ => None,
        }));
        let ended = self.retire(ruleset.rules_of(chosen), &claims, reached)?;
        Ok((gone, ended))
    }
}
