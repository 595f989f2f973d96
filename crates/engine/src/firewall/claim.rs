//! What wants ports of the host, what stands in its way, and how it ends.

use std::fmt;
use std::net::IpAddr;

use insula_net::firewall::{NewRule, Statements};
use insula_net::{Connection, ForgetConnection, Request};
use rustix::io::Errno;

use super::record::{Forwarded, Published};
use super::skeleton::{SETTINGS, comment};
use super::{Firewall, FirewallError, FirewallStep, Publication, Reached, Requests, Ruleset, table};

/// What asks for ports of the host's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// They lead into a set.
    Published(Published),
    /// A network reaches a service of the host there.
    Forwarded(Forwarded),
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published(published) => fmt::Display::fmt(&published.publication, f),
            Self::Forwarded(forwarded) => fmt::Display::fmt(&forwarded.forward, f),
        }
    }
}

impl Claim {
    /// The verb of `insula net` that makes it: `publish` or `forward`.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Published(_) => "publish",
            Self::Forwarded(_) => "forward",
        }
    }

    /// For whom it is.
    #[must_use]
    pub fn owner(&self) -> String {
        match self {
            Self::Published(published) => published.owner(),
            Self::Forwarded(forwarded) => forwarded.client.name().to_owned(),
        }
    }

    /// The ports of the host that it takes, where it takes them.
    fn taken(&self) -> Publication {
        match self {
            Self::Published(published) => published.publication.clone(),
            Self::Forwarded(forwarded) => forwarded.asks_for(),
        }
    }

    /// Whether its rules made this connection.
    fn made(&self, connection: &Connection) -> bool {
        match self {
            Self::Published(published) => published.made(connection),
            Self::Forwarded(forwarded) => forwarded.made(connection),
        }
    }

    /// What puts on record that it has ended, but not its connections: rules in a chain that no packet comes to, with its comment
    /// and the addresses that it led to.
    fn records(&self) -> Requests {
        let (text, addresses): (String, Vec<IpAddr>) = match self {
            Self::Published(published) => (published.comment(), published.addresses.clone()),
            Self::Forwarded(forwarded) => (forwarded.comment(), vec![forwarded.forward.service]),
        };
        let record = |address: IpAddr| -> Box<dyn Request> {
            let rule = NewRule::new(table(), SETTINGS, Statements::new().dnat(address, None));
            Box::new(rule.comment(comment(&text)))
        };
        addresses.into_iter().map(record).collect()
    }

    /// Whether a packet could be meant for both.
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Forwarded(one), Self::Forwarded(other)) if one.interface != other.interface => false,
            // One that was made anew by somebody else may have the address of one that is gone.
            (Self::Forwarded(one), Self::Forwarded(other)) if one.is_same(other) => false,
            (Self::Published(one), Self::Forwarded(_)) | (Self::Forwarded(_), Self::Published(one))
                if one.publication.address.is_loopback() =>
            {
                false
            }
            _ => self.taken().overlaps(&other.taken()),
        }
    }
}

impl Ruleset {
    /// Refuses what is taken already.
    pub(super) fn refuse(&self, wanted: &Claim) -> Result<(), FirewallError> {
        let published = self.published.iter().cloned().map(Claim::Published);
        let mut all = published.chain(self.forwarded.iter().cloned().map(Claim::Forwarded));
        match all.find(|there| wanted.overlaps(there)) {
            Some(there) => {
                Err(FirewallError::Taken { wanted: Box::new(wanted.clone()), there: Box::new(there) })
            }
            None => Ok(()),
        }
    }
}

impl Firewall {
    /// Takes rules away, and then ends the connections that they made; whether those were ended.
    ///
    /// What they were for is on record until that is done, so if somebody is interrupted between the two, whoever comes next goes on.
    pub(super) fn retire(
        &mut self,
        rules: Requests,
        gone: &[Claim],
        reached: Reached<'_>,
    ) -> Result<Result<(), FirewallError>, FirewallError> {
        let mut changes = rules;
        changes.extend(gone.iter().flat_map(Claim::records));
        self.commit(&changes)?;
        reached(FirewallStep::Unpublished);
        let ended = self.end_connections();
        self.tidy(reached)?;
        Ok(ended)
    }

    /// Ends the connections of what has no rules any more: the kernel asks rules about the first packet only.
    fn end_connections(&mut self) -> Result<(), FirewallError> {
        let ruleset = self.read()?;
        if ruleset.ended.is_empty() {
            return Ok(());
        }
        let ended =
            self.forget_connections(|connection| ruleset.ended.iter().any(|claim| claim.made(connection)));
        // Where that is not possible now it is not later.
        self.commit(&ruleset.ended_rules())?;
        ended
    }

    fn forget_connections(&mut self, chosen: impl Fn(&Connection) -> bool) -> Result<(), FirewallError> {
        let failed = |source| FirewallError::Connections { source };
        for connection in Connection::list(&mut self.netfilter).map_err(failed)? {
            if !chosen(&connection) {
                continue;
            }
            match self.netfilter.perform(&ForgetConnection(connection)) {
                Err(error) if error.errno() == Some(Errno::NOENT) => {}
                forgotten => forgotten.map_err(failed)?,
            }
        }
        Ok(())
    }
}
