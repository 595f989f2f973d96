//! What the comments in our table say.

use std::fmt;
use std::net::IpAddr;

use insula_net::IfName;

use super::{Forward, Need, Publication};
use crate::network::BridgeName;
use crate::set::SetName;

/// How packets get out of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Egress {
    #[default]
    /// Not past the host; and nothing gets in but to published ports.
    Closed,
    /// By an address of the host; and nothing gets in but to published ports and as answers.
    Nat,
    /// As the host's other rules have it: the network is not ours, but something was published in it.
    Open,
}

/// IPv4, IPv6, both or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Families {
    /// Whether IPv4 is.
    pub ipv4: bool,
    /// Whether IPv6 is.
    pub ipv6: bool,
}

impl Families {
    /// Those of the addresses.
    pub fn of(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        addresses.into_iter().fold(Self::default(), |all, address| Self {
            ipv4: all.ipv4 || address.is_ipv4(),
            ipv6: all.ipv6 || address.is_ipv6(),
        })
    }
}

/// An interface of the host that leads into a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walled {
    /// Its name.
    pub interface: IfName,
    /// Its number, so that another one of that name is not taken for it.
    pub index: u32,
    /// What gets out.
    pub egress: Egress,
    /// What is let out.
    pub families: Families,
}

impl Walled {
    /// The comment of its element: `nat 7 ip ip6`.
    pub(super) fn comment(&self) -> String {
        let egress = match self.egress {
            Egress::Closed => "closed",
            Egress::Nat => "nat",
            Egress::Open => "open",
        };
        let four = if self.families.ipv4 { " ip" } else { "" };
        let six = if self.families.ipv6 { " ip6" } else { "" };
        format!("{egress} {}{four}{six}", self.index)
    }

    pub(super) fn parse(interface: IfName, comment: &str) -> Option<Self> {
        let mut words = comment.split(' ');
        let egress = match words.next()? {
            "closed" => Egress::Closed,
            "nat" => Egress::Nat,
            "open" => Egress::Open,
            _ => return None,
        };
        let index = words.next()?.parse().ok()?;
        let words: Vec<&str> = words.collect();
        let families = Families { ipv4: words.contains(&"ip"), ipv6: words.contains(&"ip6") };
        Some(Self { interface, index, egress, families })
    }
}

/// Something that is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// What.
    pub publication: Publication,
    /// The interface of the host that leads to the set.
    pub interface: IfName,
    /// The inode number of the set's network namespace.
    pub netns: u64,
    /// The name of the set; none for a sandbox, which ends with its network namespace.
    pub set: Option<SetName>,
    /// The addresses of the set that it leads to, at most one of a family.
    pub addresses: Vec<IpAddr>,
}

/// What stands for a set without a name.
const NAMELESS: &str = "";

impl Published {
    /// For which set, to people.
    #[must_use]
    pub fn owner(&self) -> String {
        self.set.as_ref().map_or_else(|| "a sandbox".to_owned(), ToString::to_string)
    }

    /// The comment of its rules: `publish 127.0.0.1:8080:80/tcp lan 4026532211 web`.
    pub(super) fn comment(&self) -> String {
        let set = self.set.as_ref().map_or(NAMELESS, SetName::as_str);
        format!("publish {} {} {} {set}", self.publication, self.interface, self.netns)
    }

    pub(super) fn parse(comment: &str) -> Option<Self> {
        let mut words = comment.strip_prefix("publish ")?.splitn(4, ' ');
        let publication = words.next()?.parse().ok()?;
        let interface = IfName::new(words.next()?).ok()?;
        let netns = words.next()?.parse().ok()?;
        let set = match words.next()? {
            NAMELESS => None,
            name => Some(name.parse().ok()?),
        };
        Some(Self { publication, interface, netns, set, addresses: Vec::new() })
    }
}

/// Who reaches a service of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Client {
    /// A set.
    Set {
        /// Its name.
        name: SetName,
        /// The inode number of its network namespace.
        netns: u64,
    },
    /// All that is attached to a bridge.
    Bridge(BridgeName),
}

impl Client {
    /// The name of the set or bridge.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Set { name, .. } => name.as_str(),
            Self::Bridge(name) => name.as_str(),
        }
    }
}

/// A service of the host's loopback that a network reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// What.
    pub forward: Forward,
    /// The address of the host at which it is reached.
    pub address: IpAddr,
    /// The interface of the host that the network comes by.
    pub interface: IfName,
    /// Whose that is.
    pub client: Client,
}

/// What stands for the network namespace of a bridge, which is the host's.
const NO_NETNS: u64 = 0;

impl Forwarded {
    /// Whether it is the same thing, wherever it is reached.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.forward, &self.client) == (&other.forward, &other.client)
    }

    /// The comment of its rule: `forward 5432:127.0.0.1:5432/tcp 10.1.0.1 web 4026532211 web`.
    pub(super) fn comment(&self) -> String {
        let netns = match self.client {
            Client::Set { netns, .. } => netns,
            Client::Bridge(_) => NO_NETNS,
        };
        let Self { forward, address, interface, client } = self;
        format!("forward {forward} {address} {interface} {netns} {}", client.name())
    }

    pub(super) fn parse(comment: &str) -> Option<Self> {
        let mut words = comment.strip_prefix("forward ")?.splitn(5, ' ');
        let forward = words.next()?.parse().ok()?;
        let address = words.next()?.parse().ok()?;
        let interface = IfName::new(words.next()?).ok()?;
        let client = match (words.next()?.parse().ok()?, words.next()?) {
            (NO_NETNS, bridge) => Client::Bridge(bridge.parse().ok()?),
            (netns, set) => Client::Set { name: set.parse().ok()?, netns },
        };
        Some(Self { forward, address, interface, client })
    }
}

/// Something of the host that we changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borrowed {
    /// What.
    pub need: Need,
    /// What it was before.
    pub before: String,
}

impl fmt::Display for Borrowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was {}", self.need, self.before)
    }
}

impl Borrowed {
    pub(super) fn parse(comment: &str) -> Option<Self> {
        let (need, before) = comment.split_once(" was ")?;
        Some(Self { need: Need::parse(need)?, before: before.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn comments_are_read_as_they_were_written() {
        let walled = Walled {
            interface: IfName::new("lan").unwrap(),
            index: 7,
            egress: Egress::Nat,
            families: Families { ipv4: true, ipv6: false },
        };
        assert_eq!(walled.comment(), "nat 7 ip");
        assert_eq!(Walled::parse(walled.interface.clone(), &walled.comment()), Some(walled));
        for set in [None, Some("a web site".parse().unwrap())] {
            let published = Published {
                publication: "127.0.0.1:8080:80".parse().unwrap(),
                interface: IfName::new("lan").unwrap(),
                netns: 4_026_532_211,
                set,
                addresses: Vec::new(),
            };
            assert_eq!(Published::parse(&published.comment()), Some(published));
        }
        for client in [
            Client::Set { name: "a web site".parse().unwrap(), netns: 4_026_532_211 },
            Client::Bridge("lan".parse().unwrap()),
        ] {
            let forwarded = Forwarded {
                forward: "53:127.0.0.53:53/udp".parse().unwrap(),
                address: IpAddr::from([10, 1, 0, 1]),
                interface: IfName::new("lan").unwrap(),
                client,
            };
            assert_eq!(Forwarded::parse(&forwarded.comment()), Some(forwarded));
        }
        let setting = "net/ipv4/conf/eth0.5/route_localnet".parse().unwrap();
        for need in [Need::Setting(setting), Need::LoopbackRoute(IfName::new("eth0.5").unwrap())] {
            let borrowed = Borrowed { need, before: "0".to_owned() };
            assert_eq!(Borrowed::parse(&borrowed.to_string()), Some(borrowed));
        }
    }

    proptest! {
        #[test]
        fn no_comment_panics(comment: String) {
            let _ = (Published::parse(&comment), Forwarded::parse(&comment), Borrowed::parse(&comment));
            let _ = Walled::parse(IfName::loopback(), &comment);
        }
    }
}
