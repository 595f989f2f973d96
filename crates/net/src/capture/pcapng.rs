//! The file format `pcapng`, as Wireshark reads it: see draft-ietf-opsawg-pcapng.

use std::io::{self, Write};

use insula_sys::packet::PacketWay;

use super::socket::Packet;

/// How the first bytes of a packet are to be read: `LINKTYPE_*`, see the tcpdump group's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkType {
    /// An Ethernet header, which the loopback has as well.
    Ethernet,
    /// An IP header, as from `tun` and `wireguard`.
    Raw,
}

impl LinkType {
    /// That of an interface with the hardware type `ARPHRD_*`.
    #[must_use]
    pub const fn of(hardware: u16) -> Self {
        match hardware {
            libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Self::Ethernet,
            _ => Self::Raw,
        }
    }

    const fn number(self) -> u16 {
        match self {
            Self::Ethernet => 1,
            Self::Raw => 101,
        }
    }
}

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
/// `shb_userappl`, `if_name`, `if_tsresol`, `epb_flags`.
const USER_APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const RESOLUTION: u16 = 9;
const FLAGS: u16 = 2;

/// A file being written.
#[derive(Debug)]
pub struct Pcapng<W> {
    out: W,
    /// The names of the interfaces that have been described, in their order.
    interfaces: Vec<Box<str>>,
}

impl<W: Write> Pcapng<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// That of writing.
    pub fn new(mut out: W) -> io::Result<Self> {
        let mut body = Vec::new();
        body.extend_from_slice(&BYTE_ORDER.to_ne_bytes());
        // Version 1.0; the length of the section is not known.
        body.extend_from_slice(&1_u16.to_ne_bytes());
        body.extend_from_slice(&0_u16.to_ne_bytes());
        body.extend_from_slice(&u64::MAX.to_ne_bytes());
        option(&mut body, USER_APPLICATION, b"insula");
        option(&mut body, 0, b"");
        block(&mut out, SECTION_HEADER, &body)?;
        Ok(Self { out, interfaces: Vec::new() })
    }

    /// Writes a packet that passes the interface called `interface`: of several namespaces, one name for each of their interfaces.
    ///
    /// # Errors
    /// That of writing.
    pub fn write(&mut self, interface: &str, packet: &Packet<'_>) -> io::Result<()> {
        let number = self.interface(interface, packet.link_type)?;
        let mut body = Vec::with_capacity(packet.bytes.len() + 64);
        body.extend_from_slice(&number.to_ne_bytes());
        let nanoseconds = u64::try_from(packet.time.as_nanos()).unwrap_or(u64::MAX);
        for half in [nanoseconds >> 32, nanoseconds & 0xffff_ffff] {
            body.extend_from_slice(&u32::try_from(half).expect("it has 32 bits").to_ne_bytes());
        }
        for length in [packet.bytes.len(), packet.length] {
            body.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_ne_bytes());
        }
        body.extend_from_slice(packet.bytes);
        pad(&mut body);
        option(&mut body, FLAGS, &flags(packet.way).to_ne_bytes());
        option(&mut body, 0, b"");
        block(&mut self.out, ENHANCED_PACKET, &body)
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// That of writing.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// The number of the interface in the file; it is described at its first packet.
    fn interface(&mut self, name: &str, link_type: LinkType) -> io::Result<u32> {
        let known = self.interfaces.iter().position(|known| **known == *name);
        let number = known.unwrap_or(self.interfaces.len());
        if known.is_none() {
            let mut body = Vec::new();
            body.extend_from_slice(&link_type.number().to_ne_bytes());
            // Reserved; packets are not cut.
            body.extend_from_slice(&[0; 6]);
            option(&mut body, INTERFACE_NAME, name.as_bytes());
            // Times are in units of 10^-9 s.
            option(&mut body, RESOLUTION, &[9]);
            option(&mut body, 0, b"");
            block(&mut self.out, INTERFACE_DESCRIPTION, &body)?;
            self.interfaces.push(name.into());
        }
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    }
}

/// Direction and kind of reception: inbound 1, outbound 2; unicast 1, multicast 2, broadcast 3, promiscuous 4.
const fn flags(way: PacketWay) -> u32 {
    match way {
        PacketWay::Here => 1 | 1 << 2,
        PacketWay::Multicast => 1 | 2 << 2,
        PacketWay::Broadcast => 1 | 3 << 2,
        PacketWay::Elsewhere => 1 | 4 << 2,
        PacketWay::Out => 2,
    }
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

/// An option; number 0 ends them.
fn option(body: &mut Vec<u8>, number: u16, value: &[u8]) {
    body.extend_from_slice(&number.to_ne_bytes());
    body.extend_from_slice(&u16::try_from(value.len()).expect("names are short").to_ne_bytes());
    body.extend_from_slice(value);
    pad(body);
}

/// A block: its type, its length before and after the body, which is padded.
fn block(out: &mut impl Write, kind: u32, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len() + 12).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut bytes = Vec::with_capacity(body.len() + 12);
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(&length.to_ne_bytes());
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(&length.to_ne_bytes());
    out.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn blocks_have_their_length_at_both_ends() {
        let mut file = Pcapng::new(Vec::new()).unwrap();
        let packet = Packet {
            index: 1,
            link_type: LinkType::Ethernet,
            way: PacketWay::Out,
            time: Duration::new(1_700_000_000, 123_456_789),
            length: 3,
            bytes: &[1, 2, 3],
        };
        file.write("web/eth0", &packet).unwrap();
        file.write("web/eth0", &packet).unwrap();
        let mut rest = &file.out[..];
        let mut kinds = Vec::new();
        while !rest.is_empty() {
            let word = |place: usize| u32::from_ne_bytes(rest[place..place + 4].try_into().unwrap());
            let length = word(4) as usize;
            assert_eq!(length % 4, 0);
            assert_eq!(word(length - 4) as usize, length);
            kinds.push(word(0));
            rest = &rest[length..];
        }
        assert_eq!(kinds, [SECTION_HEADER, INTERFACE_DESCRIPTION, ENHANCED_PACKET, ENHANCED_PACKET]);
    }
}
