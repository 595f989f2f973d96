//! Who answers for names in a set, and who said so.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Who answers for names in a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolver {
    /// Name servers, asked in this order. The C library takes three.
    pub servers: Vec<IpAddr>,
    /// Domains that names without a dot are looked for in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    /// Names and their addresses, for `hosts`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<(String, IpAddr)>,
}

/// What was said of names in a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// What was set for it ([`Networks::set_resolver`](super::super::Networks::set_resolver)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<Resolver>,
    /// What came with tunnels, by the names of their interfaces.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tunnels: BTreeMap<String, Resolver>,
}

impl Resolver {
    /// Whether others are asked for names, or in another way: what `resolv.conf` says.
    #[must_use]
    pub const fn asks(&self) -> bool {
        !self.servers.is_empty() || !self.search.is_empty()
    }
}

impl Answers {
    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resolver.is_none() && self.tunnels.is_empty()
    }

    /// What holds: name servers and domains that were set, or else those of all tunnels; and all names. `None` if nothing was said.
    #[must_use]
    pub fn resolver(&self) -> Option<Resolver> {
        if self.is_empty() {
            return None;
        }
        let mut all = self.resolver.clone().unwrap_or_default();
        let tunnels = || self.tunnels.values();
        if all.servers.is_empty() {
            all.servers = tunnels().flat_map(|tunnel| &tunnel.servers).copied().collect();
        }
        if all.search.is_empty() {
            all.search = tunnels().flat_map(|tunnel| &tunnel.search).cloned().collect();
        }
        all.hosts.extend(tunnels().flat_map(|tunnel| &tunnel.hosts).cloned());
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver(servers: &[&str], search: &[&str]) -> Resolver {
        let servers = servers.iter().map(|server| server.parse().unwrap()).collect();
        let search = search.iter().map(ToString::to_string).collect();
        Resolver { servers, search, ..Resolver::default() }
    }

    #[test]
    fn what_was_set_goes_before_what_came_with_a_tunnel() {
        let tunnels = BTreeMap::from([("wg0".to_owned(), resolver(&["10.9.0.1"], &["lan"]))]);
        let mut answers = Answers { resolver: None, tunnels };
        assert_eq!(answers.resolver(), Some(resolver(&["10.9.0.1"], &["lan"])));
        answers.resolver = Some(resolver(&["10.1.0.1"], &[]));
        assert_eq!(answers.resolver(), Some(resolver(&["10.1.0.1"], &["lan"])));
        assert_eq!(Answers::default().resolver(), None);
    }
}
