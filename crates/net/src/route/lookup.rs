//! Asking the kernel which way a packet would take: `ip route get`.

use std::fmt;
use std::net::IpAddr;

use super::Route;
use super::header::RouteHeader;
use crate::family::Family;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message};

/// `RTM_F_LOOKUP_TABLE`.
const LOOKUP_TABLE: u32 = 0x1000;

/// A packet to find the way of.
#[derive(Clone, Debug)]
#[must_use]
pub struct RouteLookup {
    /// Where to.
    pub destination: IpAddr,
    /// Where from.
    pub source: Option<IpAddr>,
    /// The interface that it came in by; none, if it is of this host.
    pub incoming: Option<u32>,
    /// The interface that it is to leave by.
    pub outgoing: Option<u32>,
    /// The firewall mark.
    pub mark: Option<u32>,
    /// The user whose it is.
    pub uid: Option<u32>,
    /// Type of service.
    pub tos: u8,
    /// `IPPROTO_*`.
    pub protocol: Option<u8>,
    /// The source port.
    pub source_port: Option<u16>,
    /// The destination port.
    pub destination_port: Option<u16>,
    /// `RTM_F_FIB_MATCH` answers with the route as it is in its table.
    pub flags: u32,
}

impl RouteLookup {
    /// One of this host to `destination`.
    pub const fn to(destination: IpAddr) -> Self {
        Self {
            destination,
            source: None,
            incoming: None,
            outgoing: None,
            mark: None,
            uid: None,
            tos: 0,
            protocol: None,
            source_port: None,
            destination_port: None,
            flags: 0,
        }
    }
}

impl Route {
    /// The way that a packet takes from the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error::Refused`]: `ENETUNREACH` and the like, as a sender would get them.
    #[doc(alias = "RTM_GETROUTE")]
    pub fn get(route: &mut Netlink, lookup: &RouteLookup) -> Result<Self, Error> {
        route.ask(lookup, |message| Self::read(message)?.ok_or(Malformed))
    }
}

impl fmt::Display for RouteLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "find the route to `{}`", self.destination)
    }
}

impl Request for RouteLookup {
    fn encode(&self) -> Encoded {
        let bits = |address| Family::of(address).bits();
        // Else IPv4 does not say which table the route is of; IPv6 always does.
        let asks_for_table = if self.destination.is_ipv4() { LOOKUP_TABLE } else { 0 };
        let header = RouteHeader {
            family: Family::of(self.destination).number(),
            destination_length: bits(self.destination),
            source_length: self.source.map_or(0, bits),
            tos: self.tos,
            flags: self.flags | asks_for_table,
            ..RouteHeader::default()
        };
        let mut message = Message::new(libc::RTM_GETROUTE, 0, &header.bytes());
        message.put_ip(libc::RTA_DST, self.destination);
        if let Some(source) = self.source {
            message.put_ip(libc::RTA_SRC, source);
        }
        let words = [
            (libc::RTA_IIF, self.incoming),
            (libc::RTA_OIF, self.outgoing),
            (libc::RTA_MARK, self.mark),
            (super::USER, self.uid),
        ];
        for (kind, value) in words {
            if let Some(value) = value {
                message.put_u32(kind, value);
            }
        }
        if let Some(protocol) = self.protocol {
            message.put_u8(super::IP_PROTOCOL, protocol);
        }
        if let Some(port) = self.source_port {
            message.put_be16(super::SOURCE_PORT, port);
        }
        if let Some(port) = self.destination_port {
            message.put_be16(super::DESTINATION_PORT, port);
        }
        Encoded(message)
    }
}
