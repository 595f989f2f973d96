//! What is published: `127.0.0.1:8080:80/tcp`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use insula_net::{Family, Transport};

use super::ports::{self, InvalidPorts, PortMap};

/// Where on the host something is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostAddress {
    /// At each of its addresses.
    Any,
    /// At each of this family: `0.0.0.0` or `[::]`.
    AnyOf(Family),
    /// At one.
    Only(IpAddr),
}

impl HostAddress {
    /// Whether packets could be meant for both.
    fn overlaps(self, other: Self) -> bool {
        match (self, other) {
            (Self::Only(one), other) | (other, Self::Only(one)) => other.has(one),
            (Self::AnyOf(one), Self::AnyOf(other)) => one == other,
            (Self::Any, _) | (_, Self::Any) => true,
        }
    }

    /// Whether it is there that `address` is.
    #[must_use]
    pub fn has(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::AnyOf(family) => family == Family::of(address),
            Self::Only(own) => own == address,
        }
    }

    /// The family of its addresses; `None` for both.
    #[must_use]
    pub const fn family(self) -> Option<Family> {
        match self {
            Self::Any => None,
            Self::AnyOf(family) => Some(family),
            Self::Only(address) => Some(Family::of(address)),
        }
    }

    /// Whether only processes of the host reach it.
    #[must_use]
    pub const fn is_loopback(self) -> bool {
        matches!(self, Self::Only(address) if address.is_loopback())
    }
}

/// Ports of the host, and the ports of a set that they lead to: `[ADDRESS:]PORT[-PORT]:PORT[-PORT][/tcp|/udp]`.
///
/// ```
/// use insula_engine::firewall::Publication;
/// let publication: Publication = "127.0.0.1:8080:80".parse()?;
/// assert_eq!(publication.to_string(), "127.0.0.1:8080:80/tcp");
/// assert!("8080-8090:80".parse::<Publication>().is_err());
/// # Ok::<(), insula_engine::firewall::InvalidPorts>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Publication {
    /// Where on the host.
    pub address: HostAddress,
    /// The ports of the host, and those of the set.
    pub ports: PortMap,
}

impl Publication {
    /// Whether a packet could be meant for both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.ports.overlaps(&other.ports) && self.address.overlaps(other.address)
    }

    /// The families that it is about: an IPv4 and an IPv6 address, or one of them.
    pub(crate) fn wants(&self, address: IpAddr) -> bool {
        self.address.family().is_none_or(|family| family == Family::of(address))
    }

    /// Whether it would take what a socket at this address and port of the host gets now.
    pub(crate) fn takes_from(&self, transport: Transport, local: std::net::SocketAddr) -> bool {
        let same_place = self.address.has(local.ip()) || local.ip().is_unspecified();
        self.ports.asks_for(transport, local.port()) && same_place
    }
}

impl FromStr for Publication {
    type Err = InvalidPorts;

    fn from_str(text: &str) -> Result<Self, InvalidPorts> {
        let shape = || InvalidPorts::Publication { text: text.into() };
        let (rest, transport) = ports::transport(text).ok_or_else(shape)?;
        let (host, inside) = rest.rsplit_once(':').ok_or_else(shape)?;
        let (address, host) = match host.rsplit_once(':') {
            None => (HostAddress::Any, host),
            Some((address, host)) => (self::address(address).ok_or_else(shape)?, host),
        };
        Ok(Self { address, ports: PortMap::parse(host, inside, transport, text)? })
    }
}

/// An address of the host, or all of a family.
fn address(text: &str) -> Option<HostAddress> {
    let address = ports::address(text)?;
    Some(if address.is_unspecified() {
        HostAddress::AnyOf(Family::of(address))
    } else {
        HostAddress::Only(address)
    })
}

impl fmt::Display for Publication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = match self.address {
            HostAddress::Any => None,
            HostAddress::AnyOf(family) => Some(family.unspecified()),
            HostAddress::Only(address) => Some(address),
        };
        match address {
            None => {}
            Some(IpAddr::V4(address)) => write!(f, "{address}:")?,
            Some(IpAddr::V6(address)) => write!(f, "[{address}]:")?,
        }
        ports::write_range(f, &self.ports.from)?;
        f.write_str(":")?;
        ports::write_range(f, &self.ports.to)?;
        write!(f, "/{}", self.ports.transport)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn publication(text: &str) -> Publication {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_said_in_short_is_shown_in_full() {
        assert_eq!(publication("8080:80").to_string(), "8080:80/tcp");
        assert_eq!(publication("0.0.0.0:53:53/udp").to_string(), "0.0.0.0:53:53/udp");
        assert_eq!(publication("[fd00::1]:8080-8090:80-90").to_string(), "[fd00::1]:8080-8090:80-90/tcp");
    }

    #[test]
    fn what_cannot_be_published_is_refused() {
        for text in [
            "",
            "80",
            "8080:",
            ":80",
            "0:80",
            "8080:0",
            "8080:80/sctp",
            "8080:65536",
            "8080-8090:80",
            "9-8:9-8",
            "+1:1",
        ] {
            assert!(text.parse::<Publication>().is_err(), "{text}");
        }
        for text in
            ["localhost:8080:80", "fd00::1:8080:80", "1.2.3:8080:80", "[1.2.3.4]:1:1", "1-2000:2-2001"]
        {
            assert!(text.parse::<Publication>().is_err(), "{text}");
        }
        assert!("1-65535:1-65535".parse::<Publication>().is_ok());
    }

    #[test]
    fn overlap_is_by_address_port_and_protocol() {
        let wide = publication("8080-8090:80-90");
        assert!(wide.overlaps(&publication("127.0.0.1:8085:1")));
        assert!(wide.overlaps(&publication("[fd00::1]:8090:1")));
        assert!(!wide.overlaps(&publication("8085:1/udp")));
        assert!(!wide.overlaps(&publication("8091:1")));
        assert!(!publication("10.0.0.1:1:1").overlaps(&publication("10.0.0.2:1:1")));
        let four = publication("0.0.0.0:1:1");
        assert!(four.overlaps(&publication("1:1")) && publication("1:1").overlaps(&four));
        assert!(four.overlaps(&publication("10.0.0.1:1:1")));
        assert!(!four.overlaps(&publication("[::]:1:1")) && !publication("[fd00::1]:1:1").overlaps(&four));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(
            address in prop::option::of(prop_oneof![any::<IpAddr>(), Just(Family::V4.unspecified()), Just(Family::V6.unspecified())]),
            first: u16, inside: u16, more in 0..1000_u16, udp: bool,
        ) {
            let (first, inside) = (first.clamp(1, 64000), inside.clamp(1, 64000));
            let publication = Publication {
                address: match address {
                    None => HostAddress::Any,
                    Some(all) if all.is_unspecified() => HostAddress::AnyOf(Family::of(all)),
                    Some(one) => HostAddress::Only(one),
                },
                ports: PortMap {
                    from: first..=first + more,
                    to: inside..=inside + more,
                    transport: if udp { Transport::Udp } else { Transport::Tcp },
                },
            };
            prop_assert_eq!(publication.to_string().parse(), Ok(publication));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<Publication>();
        }
    }
}
