//! Ports that lead to as many others: `8080-8090:80-90/tcp`.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use insula_net::Transport;
use insula_net::firewall::{DataType, Element, NewElements, NewSet, Statements};

use super::{Requests, table};

/// Ports of one address, and as many ports of another one that they lead to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PortMap {
    /// What is asked for, from 1.
    pub from: RangeInclusive<u16>,
    /// What answers, from 1.
    pub to: RangeInclusive<u16>,
    /// TCP or UDP.
    pub transport: Transport,
}

/// Not ports of one address that lead to ports of another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPorts {
    /// It does not look like something that is published.
    #[error(
        "`{text}` is not `[ADDRESS:]PORT:PORT[/tcp|/udp]`, such as `127.0.0.1:8080:80` or `[fd00::1]:8080:80/udp`"
    )]
    Publication {
        /// The text.
        text: Box<str>,
    },
    /// It does not look like a service that is let in.
    #[error(
        "`{text}` is not `[PORT:]127.0.0.1:PORT[/tcp|/udp]`, such as `127.0.0.1:5432` or `53:127.0.0.53:53/udp`"
    )]
    Forward {
        /// The text.
        text: Box<str>,
    },
    /// A service that is not at the loopback alone.
    #[error("{address} is not at the loopback of the host: what the host answers there needs no forwarding")]
    NotLoopback {
        /// The address.
        address: IpAddr,
    },
    /// Not a port, or not a range of them.
    #[error("`{text}` is no port, or range of ports, from 1 to 65535")]
    Port {
        /// The text.
        text: Box<str>,
    },
    /// Not as many ports on both sides.
    #[error("`{text}` has not as many ports on the host as in the set")]
    Unequal {
        /// The text.
        text: Box<str>,
    },
    /// So many ports that lead to other ones.
    #[error("`{text}` has more than {} ports that are other ones in the set", PortMap::MOST_SHIFTED)]
    TooMany {
        /// The text.
        text: Box<str>,
    },
}

/// The text without its protocol, and that: TCP if there is none; `None` if it is an unknown one.
pub(super) fn transport(text: &str) -> Option<(&str, Transport)> {
    match text.rsplit_once('/') {
        None => Some((text, Transport::Tcp)),
        Some((rest, "tcp")) => Some((rest, Transport::Tcp)),
        Some((rest, "udp")) => Some((rest, Transport::Udp)),
        Some(_) => None,
    }
}

/// An address: one of IPv6 in brackets.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    match text.strip_prefix('[') {
        Some(rest) => Some(IpAddr::V6(rest.strip_suffix(']')?.parse().ok()?)),
        None => Some(IpAddr::V4(text.parse().ok()?)),
    }
}

fn range(text: &str) -> Result<RangeInclusive<u16>, InvalidPorts> {
    let refused = || InvalidPorts::Port { text: text.into() };
    let port = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|port| plain && *port > 0).ok_or_else(refused)
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let range = port(first)?..=port(last)?;
    if range.is_empty() { Err(refused()) } else { Ok(range) }
}

impl PortMap {
    /// How many ports a range has at most if they lead to other ones: what one transaction can carry.
    pub const MOST_SHIFTED: usize = 1024;

    /// Reads both sides; `whole` is what the user wrote.
    pub(super) fn parse(
        from: &str,
        to: &str,
        transport: Transport,
        whole: &str,
    ) -> Result<Self, InvalidPorts> {
        let map = Self { from: range(from)?, to: range(to)?, transport };
        if map.from.len() != map.to.len() {
            return Err(InvalidPorts::Unequal { text: whole.into() });
        }
        if map.is_shifted() && map.from.len() > Self::MOST_SHIFTED {
            return Err(InvalidPorts::TooMany { text: whole.into() });
        }
        Ok(map)
    }

    /// Whether the ports that answer are other ones than those that are asked for.
    #[must_use]
    pub fn is_shifted(&self) -> bool {
        self.from != self.to
    }

    /// Whether something is asked for by both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.transport == other.transport
            && self.from.start() <= other.from.end()
            && other.from.start() <= self.from.end()
    }

    /// Whether a socket of this protocol and port is asked for.
    pub(super) fn asks_for(&self, transport: Transport, port: u16) -> bool {
        transport == self.transport && self.from.contains(&port)
    }

    /// Whether a connection to the port `from` is answered by the port `to`.
    pub(super) fn leads(&self, transport: Transport, from: u16, to: u16) -> bool {
        self.asks_for(transport, from) && to == self.to.start() + (from - self.from.start())
    }

    /// What tells the ports, and has `address` answer; first what it takes, under the number `id` in its transaction.
    pub(super) fn dnat(&self, statements: Statements, address: IpAddr, id: u32) -> (Requests, Statements) {
        let statements = statements.destination_port(self.transport, &self.from);
        if !self.is_shifted() {
            return (Requests::new(), statements.dnat(address, None));
        }
        if self.to.len() == 1 {
            return (Requests::new(), statements.dnat(address, Some(*self.to.start())));
        }
        let map = NewSet::anonymous(table(), id, &[DataType::Service]).data(&[DataType::Service]);
        let pairs = self.from.clone().zip(self.to.clone());
        let elements =
            pairs.map(|(from, to)| Element::new(from.to_be_bytes()).data(to.to_be_bytes())).collect();
        let elements = NewElements { table: table(), set: map.name().into(), set_id: Some(id), elements };
        let statements = statements.dnat_by_map(address, &map);
        (vec![Box::new(map), Box::new(elements)], statements)
    }
}

/// A port, or a range of them.
pub(super) fn write_range(f: &mut fmt::Formatter<'_>, ports: &RangeInclusive<u16>) -> fmt::Result {
    write!(f, "{}", ports.start())?;
    if ports.start() == ports.end() { Ok(()) } else { write!(f, "-{}", ports.end()) }
}
