//! The connections that the kernel keeps track of: `linux/netfilter/nfnetlink_conntrack.h`, `conntrack(8)`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::family::Family;
use crate::firewall::CtStatus;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::sockets::Transport;
use crate::wire::{Attributes, Malformed, Message, NESTED, Received};

/// `NFNL_SUBSYS_CTNETLINK`, and `IPCTNL_MSG_CT_*`.
const SUBSYSTEM: u16 = 1;
const NEW: u16 = SUBSYSTEM << 8;
const GET: u16 = SUBSYSTEM << 8 | 1;
const DELETE: u16 = SUBSYSTEM << 8 | 2;

/// `CTA_*`.
const TUPLE_ORIG: u16 = 1;
const TUPLE_REPLY: u16 = 2;
const STATUS: u16 = 3;
const ID: u16 = 12;
const ZONE: u16 = 18;

/// `CTA_TUPLE_*`, `CTA_IP_*`, `CTA_PROTO_*`.
const TUPLE_IP: u16 = 1;
const TUPLE_PROTO: u16 = 2;
const V4_SRC: u16 = 1;
const V4_DST: u16 = 2;
const V6_SRC: u16 = 3;
const V6_DST: u16 = 4;
const PROTO_NUM: u16 = 1;
const SRC_PORT: u16 = 2;
const DST_PORT: u16 = 3;

/// The packets of one direction of a connection: `struct nf_conntrack_tuple`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tuple {
    /// TCP or UDP.
    pub transport: Transport,
    /// Where they come from.
    pub source: SocketAddr,
    /// Where they go, of the same family.
    pub destination: SocketAddr,
}

/// A connection that the kernel keeps track of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The packets of who began it, as they came.
    pub original: Tuple,
    /// The answers, as they come: where the connection is translated they come from, or go to, somebody else.
    pub reply: Tuple,
    /// What happened to it: `IPS_*`.
    pub status: CtStatus,
    /// Its number, which another one of the same addresses and ports does not have.
    pub id: u32,
    /// Its zone, `nf_ct_zone`; 0 unless a rule chose another.
    pub zone: u16,
}

impl Connection {
    /// All of TCP and UDP in the namespace that `netfilter`, of [`Protocol::Netfilter`](crate::Protocol::Netfilter), is bound to.
    ///
    /// # Errors
    /// [`Error`]; `EINVAL` where the kernel or its module `nf_conntrack_netlink` does not tell.
    #[doc(alias = "IPCTNL_MSG_CT_GET")]
    pub fn list(netfilter: &mut Netlink) -> Result<Vec<Self>, Error> {
        netfilter.dump(&List, |received| if received.kind == NEW { Self::read(received) } else { Ok(None) })
    }

    /// `None` for what is neither TCP nor UDP.
    pub(crate) fn read(received: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (_, attributes) = received.split::<4>()?;
        let tuple = |kind| Tuple::read(&attributes.find(kind).ok_or(Malformed)?.nested());
        let (Some(original), Some(reply)) = (tuple(TUPLE_ORIG)?, tuple(TUPLE_REPLY)?) else {
            return Ok(None);
        };
        let number = |kind| attributes.find(kind).map_or(Ok(0), |attribute| attribute.be32());
        let zone = attributes
            .find(ZONE)
            .map_or(Ok(0), |zone| crate::wire::at(zone.payload, 0).map(u16::from_be_bytes));
        Ok(Some(Self { original, reply, status: CtStatus(number(STATUS)?), id: number(ID)?, zone: zone? }))
    }
}

impl Tuple {
    /// `None` where it is neither of TCP nor of UDP.
    fn read(attributes: &Attributes<'_>) -> Result<Option<Self>, Malformed> {
        let nested = |kind| Ok(attributes.find(kind).ok_or(Malformed)?.nested());
        let (ip, proto) = (nested(TUPLE_IP)?, nested(TUPLE_PROTO)?);
        let transport = match i32::from(proto.find(PROTO_NUM).ok_or(Malformed)?.u8()?) {
            libc::IPPROTO_TCP => Transport::Tcp,
            libc::IPPROTO_UDP => Transport::Udp,
            _ => return Ok(None),
        };
        let socket = |four, six, port| {
            let address = ip.find(four).or_else(|| ip.find(six)).ok_or(Malformed)?.ip()?;
            let port = proto.find(port).ok_or(Malformed)?;
            let port = crate::wire::at(port.payload, 0).map(u16::from_be_bytes)?;
            Ok(SocketAddr::new(address, port))
        };
        let source = socket(V4_SRC, V6_SRC, SRC_PORT)?;
        let destination: SocketAddr = socket(V4_DST, V6_DST, DST_PORT)?;
        if source.is_ipv4() == destination.is_ipv4() {
            Ok(Some(Self { transport, source, destination }))
        } else {
            Err(Malformed)
        }
    }

    fn put(&self, kind: u16, message: &mut Message) {
        message.nest(kind | NESTED, |tuple| {
            tuple.nest(TUPLE_IP | NESTED, |ip| {
                let (source, destination) =
                    if self.source.is_ipv4() { (V4_SRC, V4_DST) } else { (V6_SRC, V6_DST) };
                ip.put_ip(source, self.source.ip());
                ip.put_ip(destination, self.destination.ip());
            });
            tuple.nest(TUPLE_PROTO | NESTED, |proto| {
                let number = match self.transport {
                    Transport::Tcp => libc::IPPROTO_TCP,
                    Transport::Udp => libc::IPPROTO_UDP,
                };
                proto.put_u8(PROTO_NUM, u8::try_from(number).expect("protocols have 8 bits"));
                proto.put_be16(SRC_PORT, self.source.port());
                proto.put_be16(DST_PORT, self.destination.port());
            });
        });
    }
}

impl fmt::Display for Tuple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {} to {}", self.transport, self.source, self.destination)
    }
}

struct List;

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list connections")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        Encoded(message(GET, None))
    }
}

/// Has the kernel forget a connection: packets of it are those of nobody's from then on, and rules decide about them anew.
///
/// `ENOENT` says that it is over, or that another one has its addresses and ports now.
#[derive(Clone, Debug)]
#[doc(alias = "IPCTNL_MSG_CT_DELETE")]
pub struct ForgetConnection(pub Connection);

impl fmt::Display for ForgetConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "forget the connection of {}", self.0.original)
    }
}

impl Request for ForgetConnection {
    fn encode(&self) -> Encoded {
        let Connection { original, id, zone, .. } = &self.0;
        // Without a tuple the kernel would forget all connections.
        let mut request = message(DELETE, Some(original.source.ip()));
        original.put(TUPLE_ORIG, &mut request);
        request.put_be32(ID, *id);
        if *zone != 0 {
            request.put_be16(ZONE, *zone);
        }
        Encoded(request)
    }
}

/// A request about the connections of the family of an address, or of all: `struct nfgenmsg`.
fn message(kind: u16, family: Option<IpAddr>) -> Message {
    Message::new(kind, 0, &[Family::number_or_all(family.map(Family::of)), 0, 0, 0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Messages, captured};
    use proptest::prelude::*;

    fn written(message: &Message) -> Vec<u8> {
        let mut buffer = Vec::new();
        message.write(1, 0, &mut buffer);
        buffer
    }

    /// As the kernel tells it.
    fn told(connection: &Connection) -> Message {
        let mut message = message(NEW, Some(connection.original.source.ip()));
        connection.original.put(TUPLE_ORIG, &mut message);
        connection.reply.put(TUPLE_REPLY, &mut message);
        message.put_be32(STATUS, connection.status.0);
        message.put_be32(ID, connection.id);
        message.put_be16(ZONE, connection.zone);
        message
    }

    fn tuple() -> impl Strategy<Value = Tuple> {
        let four = (any::<[u8; 4]>(), any::<[u8; 4]>()).prop_map(|(a, b)| (IpAddr::from(a), IpAddr::from(b)));
        let six =
            (any::<[u8; 16]>(), any::<[u8; 16]>()).prop_map(|(a, b)| (IpAddr::from(a), IpAddr::from(b)));
        (prop_oneof![four, six], any::<(u16, u16, bool)>()).prop_map(
            |((from, to), (source, destination, udp))| Tuple {
                transport: if udp { Transport::Udp } else { Transport::Tcp },
                source: SocketAddr::new(from, source),
                destination: SocketAddr::new(to, destination),
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            original in tuple(), reply in tuple(), status: u32, id: u32, zone: u16,
        ) {
            let connection = Connection { original, reply, status: CtStatus(status), id, zone };
            let bytes = written(&told(&connection));
            let received = Messages::new(&bytes).next().unwrap().unwrap();
            prop_assert_eq!(Connection::read(&received), Ok(Some(connection)));
        }

        #[test]
        fn no_bytes_panic(body: Vec<u8>) {
            let _ = Connection::read(&Received { kind: NEW, flags: 0, sequence: 0, body: &body });
        }
    }

    #[test]
    fn what_is_to_be_forgotten_is_named_by_all_that_it_has() {
        let tuple = Tuple {
            transport: Transport::Tcp,
            source: "192.0.2.1:1025".parse().unwrap(),
            destination: "192.0.2.2:80".parse().unwrap(),
        };
        let connection = Connection { original: tuple, reply: tuple, status: CtStatus::DNAT, id: 7, zone: 0 };
        // `conntrack -D -p tcp -s 192.0.2.1 -d 192.0.2.2 --sport 1025 --dport 80`, and the number.
        let expected = captured(
            "02 00 00 00 34 00 01 80 14 00 01 80 08 00 01 00 c0 00 02 01 08 00 02 00 c0 00 02 02 \
             1c 00 02 80 05 00 01 00 06 00 00 00 06 00 02 00 04 01 00 00 06 00 03 00 00 50 00 00 08 00 0c 00 00 00 00 07",
        );
        assert_eq!(ForgetConnection(connection).encode().0.body(), expected);
    }
}
