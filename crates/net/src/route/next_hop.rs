//! One of several ways: `struct rtnexthop`, `RTA_MULTIPATH`.

use std::net::IpAddr;

use super::attributes::{put_gateway, read_via};
use crate::family::Family;
use crate::wire::{Attribute, Attributes, Malformed, Message, NESTED, at};

/// What packets are wrapped in, as bytes that only its type can read: `RTA_ENCAP_TYPE` and `RTA_ENCAP`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encapsulation {
    /// `LWTUNNEL_ENCAP_*` in `linux/lwtunnel.h`: 1 is MPLS, 2 IP, 5 SRv6.
    pub kind: u16,
    /// Its attributes.
    pub attributes: Vec<u8>,
}

impl Encapsulation {
    pub(super) fn put(&self, message: &mut Message) {
        message.put_u16(super::ENCAPSULATION_KIND, self.kind);
        message.put(super::ENCAPSULATION | NESTED, &self.attributes);
    }
}

/// One way of a route that has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextHop {
    /// The next router.
    pub gateway: Option<IpAddr>,
    /// The interface; 0 lets the kernel find it.
    pub index: u32,
    /// Its share, from 1 to 256.
    pub weight: u16,
    /// `RTNH_F_*`.
    pub flags: u8,
    /// The realm.
    pub realm: Option<u32>,
    /// What packets are wrapped in.
    pub encapsulation: Option<Encapsulation>,
}

impl NextHop {
    /// By the router `gateway`.
    #[must_use]
    pub fn via(gateway: IpAddr) -> Self {
        Self { gateway: Some(gateway), ..Self::dev(0) }
    }

    /// By the interface with that number.
    #[must_use]
    pub const fn dev(index: u32) -> Self {
        Self { gateway: None, index, weight: 1, flags: 0, realm: None, encapsulation: None }
    }

    pub(super) fn read_all(attribute: &Attribute<'_>) -> Result<Vec<Self>, Malformed> {
        let mut rest = attribute.payload;
        let mut all = Vec::new();
        while !rest.is_empty() {
            let length = usize::from(u16::from_ne_bytes(at(rest, 0)?));
            let whole = rest.get(..length).ok_or(Malformed)?;
            all.push(Self::read(whole)?);
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        Ok(all)
    }

    /// `whole` is the structure and the attributes behind it.
    fn read(whole: &[u8]) -> Result<Self, Malformed> {
        let [flags, hops] = at(whole, 2)?;
        let mut hop =
            Self { weight: u16::from(hops) + 1, flags, ..Self::dev(u32::from_ne_bytes(at(whole, 4)?)) };
        for attribute in Attributes::new(&whole[8..]) {
            match attribute.kind {
                libc::RTA_GATEWAY => hop.gateway = Some(attribute.ip()?),
                super::VIA => hop.gateway = Some(read_via(&attribute)?),
                libc::RTA_FLOW => hop.realm = Some(attribute.u32()?).filter(|realm| *realm != 0),
                super::ENCAPSULATION_KIND => {
                    let kind = attribute.u16()?;
                    hop.encapsulation.get_or_insert(Encapsulation { kind, attributes: Vec::new() }).kind =
                        kind;
                }
                super::ENCAPSULATION => {
                    let attributes = attribute.payload.to_vec();
                    let empty = Encapsulation { kind: 0, attributes: Vec::new() };
                    hop.encapsulation.get_or_insert(empty).attributes = attributes;
                }
                _ => {}
            }
        }
        Ok(hop)
    }

    /// `family` is that of the route.
    pub(super) fn put(&self, message: &mut Message, family: Family) {
        message.nest_with_length(|hop| {
            let index = self.index.to_ne_bytes();
            // As the kernel wants it, the weight less one.
            let hops = u8::try_from(self.weight.clamp(1, 256) - 1).expect("at most 255");
            hop.append(&[self.flags, hops, index[0], index[1], index[2], index[3]]);
            if let Some(gateway) = self.gateway {
                put_gateway(hop, family, gateway);
            }
            if let Some(realm) = self.realm {
                hop.put_u32(libc::RTA_FLOW, realm);
            }
            if let Some(encapsulation) = &self.encapsulation {
                encapsulation.put(hop);
            }
        });
    }
}
