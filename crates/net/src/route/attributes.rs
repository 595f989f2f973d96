//! Attributes that a route and its next hops have in common.

use std::net::IpAddr;

use crate::family::Family;
use crate::wire::{Attribute, Malformed, Message, at, octets};

/// `RTA_GATEWAY`, or `RTA_VIA` for a router of the other family than the route's: `struct rtvia`.
pub(super) fn put_gateway(message: &mut Message, family: Family, gateway: IpAddr) {
    let own = Family::of(gateway);
    if own == family {
        message.put_ip(libc::RTA_GATEWAY, gateway);
    } else {
        let mut bytes = u16::from(own.number()).to_ne_bytes().to_vec();
        bytes.extend(octets(gateway));
        message.put(super::VIA, &bytes);
    }
}

/// The address in `struct rtvia`.
pub(super) fn read_via(attribute: &Attribute<'_>) -> Result<IpAddr, Malformed> {
    let family: [u8; 2] = at(attribute.payload, 0)?;
    let family = u8::try_from(u16::from_ne_bytes(family)).ok().and_then(Family::read).ok_or(Malformed)?;
    let address = Attribute { kind: attribute.kind, payload: &attribute.payload[2..] }.ip()?;
    if Family::of(address) == family { Ok(address) } else { Err(Malformed) }
}
