//! A packet in a line.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::pcapng::LinkType;
use super::socket::Packet;
use crate::wire::at;

/// What a packet is, in short. It displays as `10.0.0.1:40000 > 10.0.0.2:80 tcp SYN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Summary {
    /// `ARP`: who asks for whom, or answers.
    Arp {
        /// Whether it is an answer.
        reply: bool,
        /// Who says it.
        from: Ipv4Addr,
        /// About whom, or to whom.
        to: Ipv4Addr,
    },
    /// TCP or UDP.
    Ports {
        /// 6 or 17.
        protocol: u8,
        /// Where it comes from.
        from: SocketAddr,
        /// Where it goes to.
        to: SocketAddr,
        /// The flags of TCP.
        flags: u8,
    },
    /// Another protocol on IP.
    Ip {
        /// Its number, `IPPROTO_*`.
        protocol: u8,
        /// Its first byte: the type, of ICMP.
        kind: u8,
        /// Where it comes from.
        from: IpAddr,
        /// Where it goes to.
        to: IpAddr,
    },
    /// Something else on Ethernet.
    Other {
        /// `ETH_P_*`, 0 where there is none.
        protocol: u16,
    },
}

const ETHERNET: usize = 14;

impl Summary {
    /// That of `packet`. What is cut short or makes no sense is [`Summary::Other`].
    #[must_use]
    pub fn of(packet: &Packet<'_>) -> Self {
        let mut bytes = packet.bytes;
        let mut protocol = match (packet.link_type, bytes.first().map(|first| first >> 4)) {
            (LinkType::Raw, Some(4)) => 0x0800,
            (LinkType::Raw, Some(6)) => 0x86dd,
            (LinkType::Raw, _) => 0,
            (LinkType::Ethernet, _) => {
                let protocol = at(bytes, 12).map_or(0, u16::from_be_bytes);
                bytes = bytes.get(ETHERNET..).unwrap_or_default();
                protocol
            }
        };
        // IEEE 802.1Q: what it is comes after the tag.
        if protocol == 0x8100 {
            protocol = at(bytes, 2).map_or(0, u16::from_be_bytes);
            bytes = bytes.get(4..).unwrap_or_default();
        }
        let read = match protocol {
            0x0800 => ipv4(bytes),
            0x86dd => ipv6(bytes),
            0x0806 => arp(bytes),
            _ => None,
        };
        read.unwrap_or(Self::Other { protocol })
    }
}

fn arp(bytes: &[u8]) -> Option<Summary> {
    let reply = u16::from_be_bytes(at(bytes, 6).ok()?) == 2;
    let from = at::<4>(bytes, 14).ok()?.into();
    Some(Summary::Arp { reply, from, to: at::<4>(bytes, 24).ok()?.into() })
}

fn ipv4(bytes: &[u8]) -> Option<Summary> {
    let header = usize::from(bytes.first()? & 15) * 4;
    let (from, to) = (Ipv4Addr::from(at::<4>(bytes, 12).ok()?), Ipv4Addr::from(at::<4>(bytes, 16).ok()?));
    let offset = u16::from_be_bytes(at(bytes, 6).ok()?) & 0x1fff;
    above(
        *bytes.get(9)?,
        from.into(),
        to.into(),
        bytes.get(header..).filter(|_| offset == 0).unwrap_or_default(),
    )
}

fn ipv6(bytes: &[u8]) -> Option<Summary> {
    let (from, to) = (Ipv6Addr::from(at::<16>(bytes, 8).ok()?), Ipv6Addr::from(at::<16>(bytes, 24).ok()?));
    let (mut protocol, mut payload) = (*bytes.get(6)?, bytes.get(40..)?);
    // Hop-by-hop options, as in reports of groups.
    if protocol == 0 {
        protocol = *payload.first()?;
        payload = payload.get(8 + usize::from(*payload.get(1)?) * 8..)?;
    }
    above(protocol, from.into(), to.into(), payload)
}

#[expect(clippy::unnecessary_wraps, reason = "what its callers return")]
fn above(protocol: u8, from: IpAddr, to: IpAddr, payload: &[u8]) -> Option<Summary> {
    let ports = matches!(protocol, 6 | 17).then(|| (at(payload, 0), at(payload, 2)));
    Some(match ports {
        Some((Ok(source), Ok(target))) => Summary::Ports {
            protocol,
            from: SocketAddr::new(from, u16::from_be_bytes(source)),
            to: SocketAddr::new(to, u16::from_be_bytes(target)),
            flags: if protocol == 6 { payload.get(13).copied().unwrap_or(0) } else { 0 },
        },
        _ => Summary::Ip { protocol, kind: payload.first().copied().unwrap_or(0), from, to },
    })
}

const TCP_FLAGS: [(u8, &str); 5] = [(2, "SYN"), (16, "ACK"), (8, "PSH"), (1, "FIN"), (4, "RST")];

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Arp { reply: false, from, to } => write!(f, "arp who has {to}? tell {from}"),
            Self::Arp { reply: true, from, to } => write!(f, "arp {from} is here, to {to}"),
            Self::Ports { protocol, from, to, flags } => {
                write!(f, "{from} > {to} {}", if protocol == 6 { "tcp" } else { "udp" })?;
                for (_, name) in TCP_FLAGS.iter().filter(|(bit, _)| flags & bit != 0) {
                    write!(f, " {name}")?;
                }
                Ok(())
            }
            Self::Ip { protocol, kind, from, to } => {
                write!(f, "{from} > {to} ")?;
                match (protocol, kind) {
                    (1, 8) | (58, 128) => f.write_str("echo request"),
                    (1, 0) | (58, 129) => f.write_str("echo reply"),
                    (1, 3) | (58, 1) => f.write_str("unreachable"),
                    (1, kind) => write!(f, "icmp type {kind}"),
                    (58, 133..=136) => f.write_str("neighbour discovery"),
                    (58, kind) => write!(f, "icmp6 type {kind}"),
                    _ => write!(f, "protocol {protocol}"),
                }
            }
            Self::Other { protocol } => write!(f, "ethertype 0x{protocol:04x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insula_sys::packet::PacketWay;
    use proptest::prelude::*;
    use std::time::Duration;

    fn packet(link_type: LinkType, bytes: &[u8]) -> Packet<'_> {
        Packet { index: 1, link_type, way: PacketWay::Out, time: Duration::ZERO, length: bytes.len(), bytes }
    }

    #[test]
    fn packets_read_as_people_write_them() {
        let mut bytes = vec![0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        bytes.extend_from_slice(&[0x9c, 0x40, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x12]);
        let shown = Summary::of(&packet(LinkType::Raw, &bytes)).to_string();
        assert_eq!(shown, "10.0.0.1:40000 > 10.0.0.2:80 tcp SYN ACK");
        let mut frame = vec![0; 14];
        frame[12] = 8;
        bytes[9] = 1;
        bytes[20] = 8;
        frame.extend_from_slice(&bytes);
        let shown = Summary::of(&packet(LinkType::Ethernet, &frame)).to_string();
        assert_eq!(shown, "10.0.0.1 > 10.0.0.2 echo request");
    }

    proptest! {
        #[test]
        fn no_packet_panics(mut bytes: Vec<u8>, protocol in prop::sample::select(vec![0x0800_u16, 0x86dd, 0x0806, 0x8100])) {
            let _ = Summary::of(&packet(LinkType::Raw, &bytes)).to_string();
            if bytes.len() >= 14 {
                bytes[12..14].copy_from_slice(&protocol.to_be_bytes());
            }
            let _ = Summary::of(&packet(LinkType::Ethernet, &bytes)).to_string();
        }
    }
}
