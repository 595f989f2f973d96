//! Who is at the other end.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use super::key::Key;
use crate::address::Prefix;
use crate::family::Family;
use crate::wire::{Attributes, Malformed, Message, NESTED, at, octets};

const WGPEER_A_PUBLIC_KEY: u16 = 1;
const WGPEER_A_PRESHARED_KEY: u16 = 2;
const WGPEER_A_FLAGS: u16 = 3;
const WGPEER_A_ENDPOINT: u16 = 4;
const WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL: u16 = 5;
const WGPEER_A_LAST_HANDSHAKE_TIME: u16 = 6;
const WGPEER_A_RX_BYTES: u16 = 7;
const WGPEER_A_TX_BYTES: u16 = 8;
const WGPEER_A_ALLOWEDIPS: u16 = 9;
const WGPEER_F_REPLACE_ALLOWEDIPS: u32 = 2;
const WGALLOWEDIP_A_FAMILY: u16 = 1;
const WGALLOWEDIP_A_IPADDR: u16 = 2;
const WGALLOWEDIP_A_CIDR_MASK: u16 = 3;
/// A peer as it is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who it is.
    pub public_key: Key,
    /// A secret shared with it, besides the keys.
    pub preshared_key: Option<Key>,
    /// Where it is, as long as it does not show up elsewhere.
    pub endpoint: Option<SocketAddr>,
    /// How often something is sent to it, so that what is between does not forget us: 1 to 65,535 s.
    pub keepalive: Option<u16>,
    /// The addresses that packets from it may come from, and for which packets are sent to it.
    pub allowed: Vec<Prefix>,
}

/// A peer, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerState {
    /// How it is configured.
    pub peer: Peer,
    /// When it last proved who it is, since 1970.
    pub last_handshake: Option<Duration>,
    /// Bytes that came from it.
    pub received: u64,
    /// Bytes that were sent to it.
    pub sent: u64,
}

impl Peer {
    /// One of which only the key is known.
    #[must_use]
    pub const fn new(public_key: Key) -> Self {
        Self { public_key, preshared_key: None, endpoint: None, keepalive: None, allowed: Vec::new() }
    }

    /// Adds the peer with the part `allowed` of its addresses to a list of peers; the first part replaces what there is.
    pub(super) fn put(&self, number: u16, allowed: &[Prefix], first: bool, peers: &mut Message) {
        peers.nest(number | NESTED, |peer| {
            peer.put(WGPEER_A_PUBLIC_KEY, self.public_key.bytes());
            if first {
                peer.put_u32(WGPEER_A_FLAGS, WGPEER_F_REPLACE_ALLOWEDIPS);
                // Zeros take away what there was.
                let preshared = self.preshared_key.as_ref().map_or(&[0; Key::LENGTH], Key::bytes);
                peer.put(WGPEER_A_PRESHARED_KEY, preshared);
                if let Some(endpoint) = self.endpoint {
                    peer.put(WGPEER_A_ENDPOINT, &socket_address(endpoint));
                }
                peer.put_u16(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, self.keepalive.unwrap_or(0));
            }
            peer.nest(WGPEER_A_ALLOWEDIPS | NESTED, |list| {
                for prefix in allowed {
                    list.nest(NESTED, |entry| put_prefix(*prefix, entry));
                }
            });
        });
    }
}

impl PeerState {
    pub(crate) fn read(attributes: Attributes<'_>) -> Result<Self, Malformed> {
        let mut key = None;
        let mut state =
            Self { peer: Peer::new(Key::new([0; Key::LENGTH])), last_handshake: None, received: 0, sent: 0 };
        for attribute in attributes {
            match attribute.kind {
                WGPEER_A_PUBLIC_KEY => key = Some(Key::new(at(attribute.payload, 0)?)),
                WGPEER_A_PRESHARED_KEY => {
                    state.peer.preshared_key =
                        Some(Key::new(at(attribute.payload, 0)?)).filter(|key| !key.is_none());
                }
                WGPEER_A_ENDPOINT => state.peer.endpoint = read_socket_address(attribute.payload),
                WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL => {
                    state.peer.keepalive = Some(attribute.u16()?).filter(|seconds| *seconds != 0);
                }
                WGPEER_A_LAST_HANDSHAKE_TIME => {
                    let seconds = u64::from_ne_bytes(at(attribute.payload, 0)?);
                    let nanoseconds = u64::from_ne_bytes(at(attribute.payload, 8)?);
                    state.last_handshake = Duration::from_secs(seconds)
                        .checked_add(Duration::from_nanos(nanoseconds))
                        .filter(|time| !time.is_zero());
                }
                WGPEER_A_RX_BYTES => state.received = attribute.u64()?,
                WGPEER_A_TX_BYTES => state.sent = attribute.u64()?,
                WGPEER_A_ALLOWEDIPS => {
                    for entry in attribute.nested() {
                        state.peer.allowed.push(read_prefix(&entry.nested())?);
                    }
                }
                _ => {}
            }
        }
        state.peer.public_key = key.ok_or(Malformed)?;
        Ok(state)
    }
}

fn put_prefix(prefix: Prefix, entry: &mut Message) {
    entry.put_u16(WGALLOWEDIP_A_FAMILY, Family::of(prefix.address).number().into());
    entry.put(WGALLOWEDIP_A_IPADDR, &octets(prefix.address));
    entry.put_u8(WGALLOWEDIP_A_CIDR_MASK, prefix.length);
}

fn read_prefix(entry: &Attributes<'_>) -> Result<Prefix, Malformed> {
    let address = entry.find(WGALLOWEDIP_A_IPADDR).ok_or(Malformed)?.ip()?;
    let length = entry.find(WGALLOWEDIP_A_CIDR_MASK).ok_or(Malformed)?.u8()?;
    Ok(Prefix { address, length })
}

/// `struct sockaddr_in` or `struct sockaddr_in6`.
fn socket_address(address: SocketAddr) -> Vec<u8> {
    let family = if address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let mut bytes = u16::try_from(family).expect("address families are small numbers").to_ne_bytes().to_vec();
    bytes.extend_from_slice(&address.port().to_be_bytes());
    match address {
        SocketAddr::V4(address) => {
            bytes.extend_from_slice(&address.ip().octets());
            bytes.extend_from_slice(&[0; 8]);
        }
        SocketAddr::V6(address) => {
            bytes.extend_from_slice(&address.flowinfo().to_ne_bytes());
            bytes.extend_from_slice(&address.ip().octets());
            bytes.extend_from_slice(&address.scope_id().to_ne_bytes());
        }
    }
    bytes
}

fn read_socket_address(bytes: &[u8]) -> Option<SocketAddr> {
    let family = i32::from(u16::from_ne_bytes(at(bytes, 0).ok()?));
    let port = u16::from_be_bytes(at(bytes, 2).ok()?);
    match family {
        libc::AF_INET => Some(SocketAddr::new(Ipv4Addr::from(at::<4>(bytes, 4).ok()?).into(), port)),
        libc::AF_INET6 => {
            let address = Ipv6Addr::from(at::<16>(bytes, 8).ok()?);
            let [flow, scope] = [4, 24].map(|place| at(bytes, place).map(u32::from_ne_bytes));
            Some(SocketAddrV6::new(address, port, flow.ok()?, scope.ok()?).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::IpAddr;

    fn prefix() -> impl Strategy<Value = Prefix> {
        (any::<IpAddr>(), 0..=32_u8).prop_map(|(address, length)| Prefix { address, length })
    }

    proptest! {
        #[test]
        fn what_is_asked_is_read_back(
            key: [u8; 32], preshared in proptest::option::of(proptest::array::uniform32(1..=255_u8)),
            endpoint in proptest::option::of(any::<SocketAddr>()), keepalive in proptest::option::of(1..=u16::MAX),
            allowed in proptest::collection::vec(prefix(), 0..20),
        ) {
            let peer = Peer {
                public_key: Key::new(key), preshared_key: preshared.map(Key::new), endpoint, keepalive, allowed,
            };
            let mut message = Message::new(0, 0, &[]);
            peer.put(0, &peer.allowed, true, &mut message);
            let read = PeerState::read(Attributes::new(message.body()).next().unwrap().nested()).unwrap();
            prop_assert_eq!(read.peer, peer);
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = PeerState::read(Attributes::new(&bytes));
            let _ = read_socket_address(&bytes);
        }
    }
}
