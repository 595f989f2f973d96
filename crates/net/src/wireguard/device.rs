//! The interface's part: reading it, and configuring it.

use std::fmt;

use super::config::Config;
use super::key::Key;
use super::peer::{Peer, PeerState};
use crate::generic::Family;
use crate::name::IfName;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Message, NESTED, at};

const WG_CMD_GET_DEVICE: u8 = 0;
const WG_CMD_SET_DEVICE: u8 = 1;
const WGDEVICE_A_IFNAME: u16 = 2;
const WGDEVICE_A_PRIVATE_KEY: u16 = 3;
const WGDEVICE_A_PUBLIC_KEY: u16 = 4;
const WGDEVICE_A_FLAGS: u16 = 5;
const WGDEVICE_A_LISTEN_PORT: u16 = 6;
const WGDEVICE_A_FWMARK: u16 = 7;
const WGDEVICE_A_PEERS: u16 = 8;
const WGDEVICE_F_REPLACE_PEERS: u32 = 1;
const FAMILY: &str = "wireguard";

/// Allowed addresses in one message: 36 bytes each, with room for the peers' own within the 64 KiB of an attribute.
const ADDRESSES: usize = 800;
/// Peers in one message: 160 bytes each.
const PEERS: usize = 100;

/// A WireGuard interface as the kernel has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// Its own key; only for `CAP_NET_ADMIN`.
    pub private_key: Option<Key>,
    /// The public key that goes with it.
    pub public_key: Option<Key>,
    /// The UDP port that it listens on; 0 until it is up, unless one was asked for.
    pub listen_port: u16,
    /// The mark of the packets that it sends; 0 is none.
    pub fwmark: u32,
    /// Who it talks to.
    pub peers: Vec<PeerState>,
}

impl Device {
    /// Reads the WireGuard interface `name`, by a socket of [`Protocol::Generic`](crate::Protocol::Generic).
    ///
    /// # Errors
    /// [`Error::Refused`]: `ENODEV` if there is none, `EOPNOTSUPP` if it is another type of interface, `ENOENT` if this kernel has
    /// no WireGuard.
    pub fn read(generic: &mut Netlink, name: &IfName) -> Result<Self, Error> {
        let family = Family::find(generic, FAMILY)?;
        let mut device = Self::default();
        // A long list of peers comes in parts, and a peer with many addresses does, too.
        let parts = generic.dump(&Read { family, name }, |message| {
            let (_, attributes) = message.split::<4>()?;
            let mut part = Self::default();
            for attribute in attributes {
                match attribute.kind {
                    WGDEVICE_A_PRIVATE_KEY => part.private_key = Some(Key::new(at(attribute.payload, 0)?)),
                    WGDEVICE_A_PUBLIC_KEY => part.public_key = Some(Key::new(at(attribute.payload, 0)?)),
                    WGDEVICE_A_LISTEN_PORT => part.listen_port = attribute.u16()?,
                    WGDEVICE_A_FWMARK => part.fwmark = attribute.u32()?,
                    WGDEVICE_A_PEERS => {
                        for peer in attribute.nested() {
                            part.peers.push(PeerState::read(peer.nested())?);
                        }
                    }
                    _ => {}
                }
            }
            Ok(Some(part))
        })?;
        for part in parts {
            device.add(part);
        }
        Ok(device)
    }

    fn add(&mut self, part: Self) {
        if part.public_key.is_some() || self.peers.is_empty() && self.public_key.is_none() {
            let peers = std::mem::take(&mut self.peers);
            *self = Self { peers, ..part };
            self.peers.extend(part.peers);
            return;
        }
        for peer in part.peers {
            match self.peers.last_mut() {
                Some(last) if last.peer.public_key == peer.peer.public_key => {
                    last.peer.allowed.extend(peer.peer.allowed);
                }
                _ => self.peers.push(peer),
            }
        }
    }
}

struct Read<'a> {
    family: Family,
    name: &'a IfName,
}

impl fmt::Display for Read<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read WireGuard link `{}`", self.name)
    }
}

impl Request for Read<'_> {
    fn encode(&self) -> Encoded {
        let mut message = self.family.message(WG_CMD_GET_DEVICE, 0);
        message.put_str(WGDEVICE_A_IFNAME, self.name.as_str());
        Encoded(message)
    }
}

/// Some of the addresses of a peer.
#[derive(Clone, Debug)]
struct PeerPart<'a> {
    peer: &'a Peer,
    allowed: std::ops::Range<usize>,
}

/// Requests that give an interface its keys and peers, in place of all that it had.
#[derive(Debug)]
pub struct Configure<'a> {
    family: Family,
    name: &'a IfName,
    config: &'a Config,
    parts: Vec<PeerPart<'a>>,
    first: bool,
}

impl<'a> Configure<'a> {
    /// Configures the WireGuard interface `name`, by a socket of [`Protocol::Generic`](crate::Protocol::Generic).
    ///
    /// # Errors
    /// [`Error::Refused`] as for [`Device::read`]; what was configured before stays only if the first message is refused.
    pub fn perform(generic: &mut Netlink, name: &'a IfName, config: &'a Config) -> Result<(), Error> {
        let family = Family::find(generic, FAMILY)?;
        let requests = Self::all(family, name, config);
        let requests: Vec<&dyn Request> = requests.iter().map(|request| request as &dyn Request).collect();
        generic.perform_all(&requests).map_err(|failed| failed.source)
    }

    /// As many requests as it takes: an attribute has at most 64 KiB.
    fn all(family: Family, name: &'a IfName, config: &'a Config) -> Vec<Self> {
        let mut requests = vec![Self { family, name, config, parts: Vec::new(), first: true }];
        let mut room = ADDRESSES;
        for peer in &config.peers {
            let mut start = 0;
            loop {
                let last = requests.last_mut().expect("there is one from the start");
                let end = peer.allowed.len().min(start + room);
                last.parts.push(PeerPart { peer, allowed: start..end });
                room -= end - start;
                if room == 0 || last.parts.len() == PEERS {
                    requests.push(Self { family, name, config, parts: Vec::new(), first: false });
                    room = ADDRESSES;
                }
                if end == peer.allowed.len() {
                    break;
                }
                start = end;
            }
        }
        requests
    }
}

impl fmt::Display for Configure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configure WireGuard link `{}`", self.name)
    }
}

impl Request for Configure<'_> {
    fn encode(&self) -> Encoded {
        let mut message: Message = self.family.message(WG_CMD_SET_DEVICE, 0);
        message.put_str(WGDEVICE_A_IFNAME, self.name.as_str());
        if self.first {
            message.put_u32(WGDEVICE_A_FLAGS, WGDEVICE_F_REPLACE_PEERS);
            message.put(WGDEVICE_A_PRIVATE_KEY, self.config.private_key.bytes());
            message.put_u16(WGDEVICE_A_LISTEN_PORT, self.config.listen_port.unwrap_or(0));
            message.put_u32(WGDEVICE_A_FWMARK, self.config.fwmark);
        }
        message.nest(WGDEVICE_A_PEERS | NESTED, |peers| {
            for part in &self.parts {
                part.peer.put(0, &part.peer.allowed[part.allowed.clone()], part.allowed.start == 0, peers);
            }
        });
        Encoded(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_addresses_go_in_several_messages_and_none_is_lost() {
        let mut config = Config::new(Key::new([1; 32]));
        for number in 0..250_u8 {
            let mut peer = Peer::new(Key::new([number; 32]));
            peer.allowed = (0..u32::from(number) * 9)
                .map(|address| format!("{}/32", std::net::Ipv4Addr::from_bits(address)).parse().unwrap())
                .collect();
            config.peers.push(peer);
        }
        let name = IfName::new("wg0").unwrap();
        let generic = &mut Netlink::open(crate::Protocol::Generic).unwrap();
        let family = Family::find(generic, "nlctrl").unwrap();
        let mut seen = vec![0; 250];
        for request in Configure::all(family, &name, &config) {
            assert!(request.encode().0.len() < 65_536);
            for part in &request.parts {
                seen[usize::from(part.peer.public_key.bytes()[0])] += part.allowed.len();
            }
        }
        assert!(seen.iter().enumerate().all(|(number, count)| number * 9 == *count), "{seen:?}");
    }
}
