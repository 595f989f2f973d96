//! Rules that choose the routing table for a packet. See `ip-rule(8)` and `linux/fib_rules.h`.

mod action;
mod change;

use std::fmt;

pub use action::{RuleAction, RuleFlags};
pub use change::{DeleteRule, NewRule};

use crate::address::Prefix;
use crate::family::Family;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::route::{RouteHeader, RouteProtocol};
use crate::wire::{Attribute, Malformed, Message, Received, at};

/// `FRA_*`.
mod attribute {
    pub(super) const DESTINATION: u16 = 1;
    pub(super) const SOURCE: u16 = 2;
    pub(super) const INCOMING: u16 = 3;
    pub(super) const GOTO: u16 = 4;
    pub(super) const PRIORITY: u16 = 6;
    pub(super) const MARK: u16 = 10;
    pub(super) const REALM: u16 = 11;
    pub(super) const TUNNEL: u16 = 12;
    pub(super) const SUPPRESS_GROUP: u16 = 13;
    pub(super) const SUPPRESS_LENGTH: u16 = 14;
    pub(super) const TABLE: u16 = 15;
    pub(super) const MASK: u16 = 16;
    pub(super) const OUTGOING: u16 = 17;
    pub(super) const L3MDEV: u16 = 19;
    pub(super) const USERS: u16 = 20;
    pub(super) const PROTOCOL: u16 = 21;
    pub(super) const IP_PROTOCOL: u16 = 22;
    pub(super) const SOURCE_PORTS: u16 = 23;
    pub(super) const DESTINATION_PORTS: u16 = 24;
}

/// A first and a last one, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<N> {
    /// The first.
    pub first: N,
    /// The last.
    pub last: N,
}

impl<N: PartialEq + fmt::Display> fmt::Display for Range<N> {
    /// One number where both are the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last { self.first.fmt(f) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

/// A rule: as the kernel has it, or as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whose packets it is for.
    pub family: Family,
    /// What it does.
    pub action: RuleAction,
    /// Rules are asked from the lowest number on. `None` lets the kernel choose: before all but the first.
    pub priority: Option<u32>,
    /// Only packets from there.
    pub source: Option<Prefix>,
    /// Only packets to there.
    pub destination: Option<Prefix>,
    /// Type of service that packets have.
    pub tos: u8,
    /// The firewall mark that packets have.
    pub mark: Option<u32>,
    /// Which bits of the mark count.
    pub mask: Option<u32>,
    /// The name of the interface that packets come in by; `lo` for those of this host.
    pub incoming: Option<String>,
    /// The name of the interface that a socket is bound to.
    pub outgoing: Option<String>,
    /// `IPPROTO_*`.
    pub ip_protocol: Option<u8>,
    /// Source ports.
    pub source_ports: Option<Range<u16>>,
    /// Destination ports.
    pub destination_ports: Option<Range<u16>>,
    /// Users whose sockets it is for.
    pub users: Option<Range<u32>>,
    /// The key of the tunnel that packets came by.
    pub tunnel: Option<u64>,
    /// The table to look up; 0 is none.
    pub table: u32,
    /// Asks the table of the VRF that the packet belongs to.
    pub l3mdev: Option<u8>,
    /// A route of the table whose prefix has at most this length does not count.
    pub suppress_length: Option<u32>,
    /// A route of the table by an interface of this group does not count.
    pub suppress_group: Option<u32>,
    /// The realm that packets get.
    pub realm: Option<u32>,
    /// Who made it.
    pub protocol: RouteProtocol,
    /// Whether it is inverted, and what the kernel tells of it.
    pub flags: RuleFlags,
}

impl Rule {
    /// One that looks up `table` for every packet of `family`.
    #[must_use]
    pub const fn lookup(family: Family, table: u32) -> Self {
        Self {
            family,
            action: RuleAction::Lookup,
            priority: None,
            source: None,
            destination: None,
            tos: 0,
            mark: None,
            mask: None,
            incoming: None,
            outgoing: None,
            ip_protocol: None,
            source_ports: None,
            destination_ports: None,
            users: None,
            tunnel: None,
            table,
            l3mdev: None,
            suppress_length: None,
            suppress_group: None,
            realm: None,
            protocol: RouteProtocol::UNSPECIFIED,
            flags: RuleFlags(0),
        }
    }

    /// Every rule of both families, or of one, in the namespace that `route` is bound to, in the order that they are asked.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETRULE")]
    pub fn list(route: &mut Netlink, family: Option<Family>) -> Result<Vec<Self>, Error> {
        route.dump(&List { family }, |message| {
            if message.kind == libc::RTM_NEWRULE { Self::read(message) } else { Ok(None) }
        })
    }

    /// `None` for what is no rule for IP, such as one of a multicast router.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = message.split()?;
        let header = RouteHeader::read(&header)?;
        let Some(family) = Family::read(header.family) else { return Ok(None) };
        let prefix = |attribute: &Attribute<'_>, length: u8| {
            let address = attribute.ip()?;
            if Family::of(address) == family && length <= family.bits() {
                Ok(Some(Prefix { address, length }))
            } else {
                Err(Malformed)
            }
        };
        // What is not set is told as -1.
        let set = |attribute: &Attribute<'_>| Ok(Some(attribute.u32()?).filter(|number| *number != u32::MAX));
        let mut rule = Self {
            tos: header.tos,
            flags: RuleFlags(header.flags),
            ..Self::lookup(family, header.table.into())
        };
        // A length without an address is of what has only zeros in it.
        let all = |length| Some(Prefix { address: family.unspecified(), length }).filter(|_| length > 0);
        (rule.source, rule.destination) = (all(header.source_length), all(header.destination_length));
        let mut target = None;
        for attribute in attributes {
            match attribute.kind {
                attribute::DESTINATION => rule.destination = prefix(&attribute, header.destination_length)?,
                attribute::SOURCE => rule.source = prefix(&attribute, header.source_length)?,
                attribute::INCOMING => rule.incoming = Some(attribute.text().into_owned()),
                attribute::OUTGOING => rule.outgoing = Some(attribute.text().into_owned()),
                attribute::GOTO => target = Some(attribute.u32()?),
                attribute::PRIORITY => rule.priority = Some(attribute.u32()?),
                attribute::MARK => rule.mark = Some(attribute.u32()?),
                attribute::MASK => rule.mask = Some(attribute.u32()?),
                attribute::REALM => rule.realm = Some(attribute.u32()?),
                attribute::TUNNEL => rule.tunnel = Some(attribute.be64()?),
                attribute::SUPPRESS_GROUP => rule.suppress_group = set(&attribute)?,
                attribute::SUPPRESS_LENGTH => rule.suppress_length = set(&attribute)?,
                attribute::TABLE => rule.table = attribute.u32()?,
                attribute::L3MDEV => rule.l3mdev = Some(attribute.u8()?).filter(|set| *set != 0),
                attribute::USERS => {
                    let word = |index| at(attribute.payload, index).map(u32::from_ne_bytes);
                    rule.users = Some(Range { first: word(0)?, last: word(4)? });
                }
                attribute::PROTOCOL => rule.protocol = RouteProtocol(attribute.u8()?),
                attribute::IP_PROTOCOL => rule.ip_protocol = Some(attribute.u8()?),
                attribute::SOURCE_PORTS => rule.source_ports = Some(ports(&attribute)?),
                attribute::DESTINATION_PORTS => rule.destination_ports = Some(ports(&attribute)?),
                _ => {}
            }
        }
        rule.action = RuleAction::read(header.kind, target);
        Ok(Some(rule))
    }

    /// The message that makes or deletes it, which are alike.
    fn message(&self, kind: u16, flags: i32) -> Message {
        let (action, target) = self.action.number();
        let header = RouteHeader {
            family: self.family.number(),
            destination_length: self.destination.map_or(0, |prefix| prefix.length),
            source_length: self.source.map_or(0, |prefix| prefix.length),
            tos: self.tos,
            kind: action,
            flags: self.flags.0,
            ..RouteHeader::default()
        };
        let header = if self.table < 256 { header.table(self.table) } else { header };
        let mut message = Message::new(kind, flags, &header.bytes());
        for (kind, prefix) in [(attribute::SOURCE, self.source), (attribute::DESTINATION, self.destination)] {
            if let Some(prefix) = prefix {
                message.put_ip(kind, prefix.address);
            }
        }
        for (kind, name) in [(attribute::INCOMING, &self.incoming), (attribute::OUTGOING, &self.outgoing)] {
            if let Some(name) = name {
                message.put_str(kind, name);
            }
        }
        let words = [
            (attribute::GOTO, target),
            (attribute::PRIORITY, self.priority),
            (attribute::MARK, self.mark),
            (attribute::MASK, self.mask),
            (attribute::REALM, self.realm),
            (attribute::SUPPRESS_GROUP, self.suppress_group),
            (attribute::SUPPRESS_LENGTH, self.suppress_length),
            (attribute::TABLE, Some(self.table).filter(|table| *table >= 256)),
        ];
        for (kind, value) in words {
            if let Some(value) = value {
                message.put_u32(kind, value);
            }
        }
        if let Some(tunnel) = self.tunnel {
            message.put(attribute::TUNNEL, &tunnel.to_be_bytes());
        }
        if let Some(set) = self.l3mdev {
            message.put_u8(attribute::L3MDEV, set);
        }
        if let Some(Range { first, last }) = self.users {
            message.put(attribute::USERS, &[first.to_ne_bytes(), last.to_ne_bytes()].concat());
        }
        if self.protocol != RouteProtocol::UNSPECIFIED {
            message.put_u8(attribute::PROTOCOL, self.protocol.0);
        }
        if let Some(protocol) = self.ip_protocol {
            message.put_u8(attribute::IP_PROTOCOL, protocol);
        }
        for (kind, range) in [
            (attribute::SOURCE_PORTS, self.source_ports),
            (attribute::DESTINATION_PORTS, self.destination_ports),
        ] {
            if let Some(Range { first, last }) = range {
                message.put(kind, &[first.to_ne_bytes(), last.to_ne_bytes()].concat());
            }
        }
        message
    }
}

/// `struct fib_rule_port_range`.
fn ports(attribute: &Attribute<'_>) -> Result<Range<u16>, Malformed> {
    let half = |index| at(attribute.payload, index).map(u16::from_ne_bytes);
    Ok(Range { first: half(0)?, last: half(2)? })
}

impl fmt::Display for Rule {
    /// As `ip-rule(8)` is told one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.flags.contains(RuleFlags::INVERT) {
            f.write_str("not ")?;
        }
        match self.source {
            Some(source) => write!(f, "from {source}")?,
            None => f.write_str("from all")?,
        }
        if let Some(destination) = self.destination {
            write!(f, " to {destination}")?;
        }
        match self.action {
            RuleAction::Lookup => write!(f, " lookup {}", self.table)?,
            action => write!(f, " {action}")?,
        }
        self.priority.map_or(Ok(()), |priority| write!(f, " priority {priority}"))
    }
}

struct List {
    family: Option<Family>,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list rules")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        let header = RouteHeader { family: Family::number_or_all(self.family), ..RouteHeader::default() };
        Encoded(Message::new(libc::RTM_GETRULE, 0, &header.bytes()))
    }
}

#[cfg(test)]
mod tests;
