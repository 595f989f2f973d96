//! Services of the host's loopback that a network reaches: `5432:127.0.0.1:5432/tcp`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use insula_net::Connection;
use insula_net::firewall::{Comment, CtStatus, Direction, Match, NewRule, Side, Statements};

use super::ports::{self, InvalidPorts, PortMap};
use super::publish::single;
use super::record::Forwarded;
use super::skeleton::PUBLISHED;
use super::{Claim, Firewall, FirewallError, HostAddress, Publication, Reached, Requests, table};

/// Ports of a service at the loopback of the host, and where a network reaches them at the host's address there:
/// `[PORT[-PORT]:]ADDRESS:PORT[-PORT][/tcp|/udp]`.
///
/// ```
/// use insula_engine::firewall::Forward;
/// let forward: Forward = "127.0.0.1:5432".parse()?;
/// assert_eq!(forward.to_string(), "5432:127.0.0.1:5432/tcp");
/// assert!("192.0.2.1:80".parse::<Forward>().is_err());
/// # Ok::<(), insula_engine::firewall::InvalidPorts>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Forward {
    /// Where the service is: in `127.0.0.0/8`, or `::1`.
    pub service: IpAddr,
    /// The ports that the network asks for, and those of the service.
    pub ports: PortMap,
}

impl FromStr for Forward {
    type Err = InvalidPorts;

    fn from_str(text: &str) -> Result<Self, InvalidPorts> {
        let shape = || InvalidPorts::Forward { text: text.into() };
        let (rest, transport) = ports::transport(text).ok_or_else(shape)?;
        let (place, to) = rest.rsplit_once(':').ok_or_else(shape)?;
        // An address in brackets has colons of its own.
        let (from, address) = match place.find('[') {
            Some(0) => (to, place),
            Some(bracket) => (place[..bracket].strip_suffix(':').ok_or_else(shape)?, &place[bracket..]),
            None => place.rsplit_once(':').unwrap_or((to, place)),
        };
        let address = ports::address(address).ok_or_else(shape)?;
        if !address.is_loopback() {
            return Err(InvalidPorts::NotLoopback { address });
        }
        Ok(Self { service: address, ports: PortMap::parse(from, to, transport, text)? })
    }
}

impl fmt::Display for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ports::write_range(f, &self.ports.from)?;
        match self.service {
            IpAddr::V4(service) => write!(f, ":{service}:")?,
            IpAddr::V6(service) => write!(f, ":[{service}]:")?,
        }
        ports::write_range(f, &self.ports.to)?;
        write!(f, "/{}", self.ports.transport)
    }
}

impl Forwarded {
    /// What adds its rule: only what comes by the interface sees it.
    fn rule(&self) -> Result<Requests, FirewallError> {
        let too_long = |_| FirewallError::NameTooLong { set: self.client.name().to_owned() };
        let comment = Comment::new(&self.comment()).map_err(too_long)?;
        let statements = Statements::new().address(Side::Destination, single(self.address)).interface(
            Direction::In,
            Match::Is,
            &self.interface,
        );
        let (mut all, statements) = self.forward.ports.dnat(statements, self.forward.service, 1);
        all.push(Box::new(NewRule::new(table(), PUBLISHED, statements).comment(comment)));
        Ok(all)
    }

    /// What would be asked for at the host's own addresses.
    pub(crate) fn asks_for(&self) -> Publication {
        Publication { address: HostAddress::Only(self.address), ports: self.forward.ports.clone() }
    }

    /// Whether its rule made this connection.
    pub(super) fn made(&self, connection: &Connection) -> bool {
        let Connection { original, reply, status, .. } = connection;
        status.contains(CtStatus::DNAT)
            && original.destination.ip() == self.address
            && reply.source.ip() == self.forward.service
            && self.forward.ports.leads(original.transport, original.destination.port(), reply.source.port())
    }
}

impl Firewall {
    /// Lets a network reach a service, by its interface with the number `index`; whether it did before.
    pub(crate) fn forward(
        &mut self,
        forwarded: &Forwarded,
        index: u32,
        reached: Reached<'_>,
    ) -> Result<bool, FirewallError> {
        let ruleset = self.read()?;
        let was_there = ruleset.forwarded.contains(forwarded);
        let mut rules = Requests::new();
        if !was_there {
            ruleset.refuse(&Claim::Forwarded(forwarded.clone()))?;
            // The host had another address there.
            rules.extend(ruleset.forward_rules(|other| other.is_same(forwarded)));
            rules.extend(forwarded.rule()?);
        }
        let walls = ruleset.open_walls(&forwarded.interface, index);
        let built = self.build(&ruleset, (walls, &rules), &forwarded.needed(), reached);
        if built.is_err() {
            // What the failure itself was is worth more than what went wrong after it.
            let _ = self.tidy(reached);
        }
        built.map(|()| was_there)
    }

    /// Takes away what networks reach and is chosen, and then ends the connections to it; what that was, and whether they were
    /// ended.
    pub(crate) fn unforward(
        &mut self,
        chosen: impl Fn(&Forwarded) -> bool,
        reached: Reached<'_>,
    ) -> Result<(Vec<Forwarded>, Result<(), FirewallError>), FirewallError> {
        let ruleset = self.read()?;
        let mut gone: Vec<Forwarded> = ruleset.forwarded.iter().filter(|one| chosen(one)).cloned().collect();
        let claims: Vec<Claim> = gone.iter().cloned().map(Claim::Forwarded).collect();
        gone.extend(ruleset.ended.iter().filter_map(|claim| match claim {
            Claim::Forwarded(forwarded) if chosen(forwarded) => Some(forwarded.clone()),
            _ => None,
        }));
        let ended = self.retire(ruleset.forward_rules(chosen), &claims, reached)?;
        Ok((gone, ended))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insula_net::Transport;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[test]
    fn what_is_said_in_short_is_shown_in_full() {
        for (text, whole) in [
            ("127.0.0.1:5432", "5432:127.0.0.1:5432/tcp"),
            ("53:127.0.0.53:53/udp", "53:127.0.0.53:53/udp"),
            ("[::1]:80", "80:[::1]:80/tcp"),
            ("81:[::1]:80/udp", "81:[::1]:80/udp"),
            ("8000-8009:127.0.0.1:9000-9009", "8000-8009:127.0.0.1:9000-9009/tcp"),
        ] {
            assert_eq!(text.parse::<Forward>().unwrap().to_string(), whole);
        }
    }

    #[test]
    fn what_is_no_service_of_the_loopback_is_refused() {
        for text in ["", "80", "80:80", ":127.0.0.1:80", "127.0.0.1:0", "1-2:127.0.0.1:1", "127.0.0.1:1/sctp"]
        {
            assert!(text.parse::<Forward>().is_err(), "{text}");
        }
        for text in ["0.0.0.0:80", "80:192.0.2.1:80", "[fd00::1]:80"] {
            let refused = text.parse::<Forward>();
            assert!(matches!(refused, Err(InvalidPorts::NotLoopback { .. })), "{text}: {refused:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(
            host in prop::option::of(0..0x100_0000_u32), from in 1..64000_u16, to in 1..64000_u16, more in 0..1000_u16, udp: bool,
        ) {
            let forward = Forward {
                service: host.map_or(Ipv6Addr::LOCALHOST.into(), |host| Ipv4Addr::from_bits(0x7f00_0000 | host).into()),
                ports: PortMap {
                    from: from..=from + more,
                    to: to..=to + more,
                    transport: if udp { Transport::Udp } else { Transport::Tcp },
                },
            };
            prop_assert_eq!(forward.to_string().parse(), Ok(forward));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<Forward>();
        }
    }
}
