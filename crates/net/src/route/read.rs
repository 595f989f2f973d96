//! A route as the kernel tells it, and telling it one.

use super::attributes::{put_gateway, read_via};
use super::header::RouteHeader;
use super::{Encapsulation, Metrics, NextHop, Route, RouteKind, RouteProtocol};
use crate::address::Prefix;
use crate::family::Family;
use crate::scope::Scope;
use crate::wire::{Attribute, Malformed, Message, Received, at};

/// Use and age of a route: `struct rta_cacheinfo`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteCache {
    /// How many use it.
    pub references: u32,
    /// When it was last used, in clock ticks (1/100 s) ago.
    pub last_use: u32,
    /// When it goes away, in clock ticks; 0 is never.
    pub expires: i32,
    /// The error number that packets get, positive or negative as the kernel has it.
    pub error: i32,
    /// How often it was used.
    pub used: u32,
}

impl RouteCache {
    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let word = |index: usize| at(attribute.payload, index * 4).map(u32::from_ne_bytes);
        Ok(Self {
            references: word(0)?,
            last_use: word(1)?,
            expires: word(2)?.cast_signed(),
            error: word(3)?.cast_signed(),
            used: word(4)?,
        })
    }
}

impl Route {
    /// `None` for what is no IP route, such as one of MPLS or of a multicast router.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = message.split()?;
        let header = RouteHeader::read(&header)?;
        let Some(family) = Family::read(header.family) else { return Ok(None) };
        let prefix = |address, length: u8| {
            if Family::of(address) == family && length <= family.bits() {
                Ok(Prefix { address, length })
            } else {
                Err(Malformed)
            }
        };
        let mut route = Self {
            destination: prefix(family.unspecified(), header.destination_length)?,
            kind: RouteKind(header.kind),
            table: header.table.into(),
            protocol: RouteProtocol(header.protocol),
            scope: Scope(header.scope),
            tos: header.tos,
            flags: header.flags,
            ..Self::default_of(family)
        };
        let mut encapsulation = (0, None);
        for attribute in attributes {
            match attribute.kind {
                libc::RTA_DST => route.destination = prefix(attribute.ip()?, header.destination_length)?,
                libc::RTA_SRC => route.source = Some(prefix(attribute.ip()?, header.source_length)?),
                libc::RTA_TABLE => route.table = attribute.u32()?,
                libc::RTA_GATEWAY => route.gateway = Some(attribute.ip()?),
                super::VIA => route.gateway = Some(read_via(&attribute)?),
                libc::RTA_OIF => route.index = Some(attribute.u32()?),
                libc::RTA_IIF => route.incoming = Some(attribute.u32()?),
                libc::RTA_PREFSRC => route.preferred_source = Some(attribute.ip()?),
                libc::RTA_PRIORITY => route.priority = Some(attribute.u32()?),
                libc::RTA_METRICS => route.metrics = Metrics::read(&attribute)?,
                libc::RTA_MULTIPATH => route.next_hops = NextHop::read_all(&attribute)?,
                super::NEXT_HOP_ID => route.next_hop_id = Some(attribute.u32()?),
                libc::RTA_FLOW => route.realm = Some(attribute.u32()?).filter(|realm| *realm != 0),
                super::PREFERENCE => route.preference = Some(attribute.u8()?),
                super::EXPIRES => route.expires = Some(attribute.u32()?),
                super::TTL_PROPAGATION => route.ttl_propagation = Some(attribute.u8()? != 0),
                libc::RTA_MARK => route.mark = Some(attribute.u32()?),
                super::USER => route.uid = Some(attribute.u32()?),
                libc::RTA_CACHEINFO => route.cache = Some(RouteCache::read(&attribute)?),
                super::ENCAPSULATION_KIND => encapsulation.0 = attribute.u16()?,
                super::ENCAPSULATION => encapsulation.1 = Some(attribute.payload.to_vec()),
                _ => {}
            }
        }
        let (kind, attributes) = encapsulation;
        route.encapsulation = attributes.map(|attributes| Encapsulation { kind, attributes });
        Ok(Some(route))
    }

    /// The message that makes or deletes it, which are alike.
    pub(super) fn message(&self, kind: u16, flags: i32) -> Message {
        let family = self.family();
        let header = RouteHeader {
            family: family.number(),
            destination_length: self.destination.length,
            source_length: self.source.map_or(0, |source| source.length),
            tos: self.tos,
            protocol: self.protocol.0,
            scope: self.scope.0,
            kind: self.kind.0,
            flags: self.flags,
            ..RouteHeader::default()
        }
        .table(self.table);
        let mut message = Message::new(kind, flags, &header.bytes());
        if self.destination.length > 0 {
            message.put_ip(libc::RTA_DST, self.destination.address);
        }
        if let Some(source) = self.source {
            message.put_ip(libc::RTA_SRC, source.address);
        }
        if let Some(gateway) = self.gateway {
            put_gateway(&mut message, family, gateway);
        }
        if let Some(source) = self.preferred_source {
            message.put_ip(libc::RTA_PREFSRC, source);
        }
        let words = [
            (libc::RTA_TABLE, Some(self.table).filter(|table| *table >= 256)),
            (libc::RTA_OIF, self.index),
            (libc::RTA_PRIORITY, self.priority),
            (super::NEXT_HOP_ID, self.next_hop_id),
            (libc::RTA_FLOW, self.realm),
            (super::EXPIRES, self.expires),
        ];
        for (kind, value) in words {
            if let Some(value) = value {
                message.put_u32(kind, value);
            }
        }
        self.metrics.put(&mut message);
        if let Some(preference) = self.preference {
            message.put_u8(super::PREFERENCE, preference);
        }
        if let Some(propagation) = self.ttl_propagation {
            message.put_u8(super::TTL_PROPAGATION, propagation.into());
        }
        if let Some(encapsulation) = &self.encapsulation {
            encapsulation.put(&mut message);
        }
        if !self.next_hops.is_empty() {
            message.nest(libc::RTA_MULTIPATH, |nest| {
                self.next_hops.iter().for_each(|hop| hop.put(nest, family));
            });
        }
        message
    }
}
