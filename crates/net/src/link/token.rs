//! The lower half of the IPv6 addresses that an interface gives itself when a router advertises a prefix: `ip-token(8)`.

use std::fmt;
use std::net::Ipv6Addr;

use super::attribute as ifla;
use super::header::LinkHeader;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received, at};

/// `IFLA_PROTINFO`, and `IFLA_INET6_TOKEN` in it and in `AF_SPEC`.
const PROTOCOL_DATA: u16 = 12;
const TOKEN: u16 = 7;
const IPV6: u8 = 10;

/// The token of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceToken {
    /// The interface.
    pub index: u32,
    /// Its lower 64 bits count; `::` is none, so that the interface chooses for itself.
    pub token: Ipv6Addr,
}

impl InterfaceToken {
    /// That of every interface which can have one, in the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    pub fn list(route: &mut Netlink) -> Result<Vec<Self>, Error> {
        route.dump(&List, Self::read)
    }

    /// `None` for an interface without neighbours, or without IPv6.
    fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = message.split()?;
        let LinkHeader { family, index, flags, .. } = LinkHeader::read(&header)?;
        let alone = (libc::IFF_LOOPBACK | libc::IFF_NOARP).cast_unsigned();
        let data = attributes.find(PROTOCOL_DATA).filter(|_| family == IPV6 && flags & alone == 0);
        let Some(token) = data.and_then(|data| data.nested().find(TOKEN)) else { return Ok(None) };
        Ok(Some(Self { index, token: Ipv6Addr::from(at::<16>(token.payload, 0)?) }))
    }
}

/// `struct ifinfomsg`.
fn header(index: u32) -> [u8; LinkHeader::LENGTH] {
    LinkHeader { family: IPV6, index, ..LinkHeader::default() }.bytes()
}

struct List;

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list tokens of links")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        Encoded(Message::new(libc::RTM_GETLINK, 0, &header(0)))
    }
}

/// A token to give.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct SetInterfaceToken {
    /// Which, and whose.
    pub token: InterfaceToken,
}

impl fmt::Display for SetInterfaceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "set token `{}` of link {}", self.token.token, self.token.index)
    }
}

impl Request for SetInterfaceToken {
    fn encode(&self) -> Encoded {
        let mut message = Message::new(libc::RTM_SETLINK, 0, &header(self.token.index));
        message.nest(ifla::AF_SPEC, |families| {
            families.nest(ifla::AF_INET6, |inet6| inet6.put(TOKEN, &self.token.token.octets()));
        });
        Encoded(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::captured;
    use proptest::prelude::*;

    /// `ip token set ::9 dev va` of iproute2 6.1, where `va` is number 3.
    const ASKED_BY_IPROUTE2: &str = "
        3c 00 00 00 13 00 05 00 01 00 00 00 00 00 00 00 0a 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00
        1c 00 1a 00 18 00 0a 00 14 00 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 09";

    #[test]
    fn what_we_ask_is_what_iproute2_asks() {
        let token = InterfaceToken { index: 3, token: "::9".parse().unwrap() };
        let mut ours = Vec::new();
        SetInterfaceToken { token }.encode().0.write(1, libc::NLM_F_ACK, &mut ours);
        assert_eq!(ours, captured(ASKED_BY_IPROUTE2));
    }

    proptest! {
        #[test]
        fn what_the_kernel_tells_is_read(index: u32, token: Ipv6Addr) {
            let mut message = Message::new(libc::RTM_NEWLINK, 0, &header(index));
            message.nest(PROTOCOL_DATA, |data| data.put(TOKEN, &token.octets()));
            let received = Received { kind: libc::RTM_NEWLINK, flags: 0, sequence: 0, body: message.body() };
            prop_assert_eq!(InterfaceToken::read(&received).unwrap(), Some(InterfaceToken { index, token }));
        }

        #[test]
        fn no_message_panics(body: Vec<u8>) {
            let _ = InterfaceToken::read(&Received { kind: libc::RTM_NEWLINK, flags: 0, sequence: 0, body: &body });
        }
    }
}
