//! What others have in the packet filter that keeps packets out whatever we allow.

use std::fmt;

use insula_net::firewall::{Chain, ChainType, Family, Hook, Policy, TableName};

use super::{Firewall, FirewallError, table};

/// A chain of somebody else's that packets through the host, or for it, come to, and that drops what it does not know.
///
/// Each base chain judges for itself: what one drops is gone, whatever the others say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The table that it is in.
    pub table: TableName,
    /// Its name there.
    pub chain: String,
    /// Where packets come to it: on their way through the host, or at their end there.
    pub hook: Hook,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the chain `{}` of table `{}` drops what it does not know", self.chain, self.table)
    }
}

impl Obstacle {
    /// Who usually makes such a chain, and how it lets the packets of an interface through.
    #[must_use]
    pub fn remedy(&self, interface: &str) -> String {
        let Self { table, chain, hook } = self;
        match &*table.name {
            "firewalld" => {
                format!("firewalld has a way: `firewall-cmd --zone=trusted --add-interface={interface}`")
            }
            // What iptables, and so Docker and ufw, work with.
            "filter" if *hook == Hook::Input => {
                let user = format!("`iptables -I {chain} -i {interface} -j ACCEPT`");
                format!("{user}, or `ufw allow in on {interface}` with ufw")
            }
            "filter" => {
                let program = if table.family == Family::Ip6 { "ip6tables" } else { "iptables" };
                let user =
                    format!("`{program} -I DOCKER-USER -o {interface} -j ACCEPT` (and `-i`) with Docker");
                format!("{user}, `ufw route allow out on {interface}` with ufw, else the same in `{chain}`")
            }
            _ => format!("let packets to and from `{interface}` pass there"),
        }
    }
}

impl Firewall {
    /// Chains of others that packets through the host, or for it, come to and whose policy is to drop; and firewalld, which rejects
    /// in the end.
    pub(crate) fn obstacles(&mut self, hook: Hook) -> Result<Vec<Obstacle>, FirewallError> {
        let chains = Chain::list(&mut self.netfilter).map_err(|source| FirewallError::Kernel { source })?;
        let is_obstacle = |chain: &Chain| {
            let on_the_way = chain.base.is_some_and(|base| {
                base.hook == hook
                    && base.kind == ChainType::Filter
                    && (base.policy == Policy::Drop || &*chain.table.name == "firewalld")
            });
            on_the_way
                && matches!(chain.table.family, Family::Inet | Family::Ip | Family::Ip6)
                && chain.table != table()
        };
        let others = chains.into_iter().filter(is_obstacle);
        Ok(others.map(|Chain { table, name, .. }| Obstacle { table, chain: name, hook }).collect())
    }
}
