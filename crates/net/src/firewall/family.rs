//! Whose packets a table sees, and the message that every request to nftables begins with.

use std::fmt;

use crate::wire::Message;

/// The packets that a table sees: `NFPROTO_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words of nft(8)")]
pub enum Family {
    /// IPv4 and IPv6.
    Inet,
    Ip,
    Arp,
    Netdev,
    Bridge,
    Ip6,
    /// One that is not known here.
    Other(u8),
}

impl Family {
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Inet => 1,
            Self::Ip => 2,
            Self::Arp => 3,
            Self::Netdev => 5,
            Self::Bridge => 7,
            Self::Ip6 => 10,
            Self::Other(number) => number,
        }
    }

    pub(super) const fn of(number: u8) -> Self {
        match number {
            1 => Self::Inet,
            2 => Self::Ip,
            3 => Self::Arp,
            5 => Self::Netdev,
            7 => Self::Bridge,
            10 => Self::Ip6,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet => f.write_str("inet"),
            Self::Ip => f.write_str("ip"),
            Self::Arp => f.write_str("arp"),
            Self::Netdev => f.write_str("netdev"),
            Self::Bridge => f.write_str("bridge"),
            Self::Ip6 => f.write_str("ip6"),
            Self::Other(number) => write!(f, "family {number}"),
        }
    }
}

/// `NFNL_SUBSYS_NFTABLES`.
pub(super) const SUBSYSTEM: u16 = 10;

/// The type of a message of nftables in `struct nlmsghdr`: `NFT_MSG_*` of the subsystem.
pub(super) fn kind(number: i32) -> u16 {
    SUBSYSTEM << 8 | u16::try_from(number).expect("NFT_MSG_* are small numbers")
}

/// A request `NFT_MSG_*` about a family, or about all of them: `struct nfgenmsg` in `linux/netfilter/nfnetlink.h`.
pub(super) fn message(number: i32, flags: i32, family: Option<Family>) -> Message {
    Message::new(kind(number), flags, &[family.map_or(0, Family::number), 0, 0, 0])
}
